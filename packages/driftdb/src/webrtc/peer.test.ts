import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Peer } from "./peer.js";
import type { Signal } from "./peer-channel.js";

/**
 * What there is of RTCPeerConnection and RTCDataChannel, by the rules of W3C's recommendation for their
 * states.
 */
class FakeConnection {
  static all: FakeConnection[] = [];
  signalingState = "stable";
  connectionState = "new";
  localDescription: { type: string; sdp: string } | null = null;
  /** What was agreed on: the two descriptions. */
  local = "";
  remote = "";
  restarts = 0;
  /** Whether it has failed since, so that another agreement is needed. */
  lost = false;
  readonly name = FakeConnection.all.length;
  readonly sent: string[] = [];
  #descriptions = 0;
  #offered = "";
  onnegotiationneeded: (() => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  readonly channel = {
    readyState: "connecting",
    bufferedAmount: 0,
    onopen: null as (() => void) | null,
    onclose: null as (() => void) | null,
    onmessage: null as ((event: { data: string }) => void) | null,
    onbufferedamountlow: null as (() => void) | null,
    send: (text: string) => void this.sent.push(text),
  };

  constructor(readonly configuration: RTCConfiguration) {
    FakeConnection.all.push(this);
  }

  createDataChannel() {
    this.#negotiate();
    return this.channel;
  }

  setConfiguration(): void {}

  restartIce(): void {
    this.restarts++;
    this.#negotiate();
  }

  #negotiate(): void {
    setTimeout(() => {
      if (this.signalingState === "stable" && (!this.local || this.restarts)) this.onnegotiationneeded?.();
    });
  }

  async setLocalDescription(): Promise<void> {
    await null;
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    const sdp = `${this.name}/${++this.#descriptions}`;
    this.localDescription = { type, sdp };
    if (type === "answer") this.#agree(sdp, this.#offered);
    else this.signalingState = "have-local-offer";
  }

  async setRemoteDescription({ type, sdp }: { type: string; sdp: string }): Promise<void> {
    const mine = this.localDescription?.sdp ?? "";
    const wrong = type === "answer" && this.signalingState !== "have-local-offer";
    if (wrong) throw new Error(`an answer while ${this.signalingState}`);
    if (type === "answer") this.#agree(mine, sdp);
    else {
      this.#offered = sdp;
      this.signalingState = "have-remote-offer";
    }
    await null;
  }

  #agree(local: string, remote: string): void {
    this.signalingState = "stable";
    this.local = local;
    this.remote = remote;
    this.lost = false;
  }

  become(state: string): void {
    if (this.connectionState === state) return;
    this.connectionState = state;
    this.lost = state === "failed";
    this.onconnectionstatechange?.();
    if (state === "connected" && this.channel.readyState === "connecting") {
      this.channel.readyState = "open";
      this.channel.onopen?.();
    }
  }

  close(): void {
    this.signalingState = this.channel.readyState = "closed";
  }

  /** The other side has closed. */
  end(): void {
    this.channel.readyState = "closed";
    this.channel.onclose?.();
  }
}

/** One of two sides, and what it has to say to the other one. */
class Side {
  /** The servers tell whose connections are whose. */
  readonly page = { iceServers: [] as RTCIceServer[], online: true, text: "hello" as string | undefined };
  readonly out: Signal[] = [];
  readonly errors: unknown[] = [];
  readonly took: (string | undefined)[] = [];
  readonly peer: Peer;

  constructor(polite: boolean) {
    const user = {
      page: this.page,
      signal: (signal: Signal) => void this.out.push(signal),
      took: (text: string | undefined) => void this.took.push(text),
      report: (error: unknown) => void this.errors.push(error),
    };
    this.peer = new Peer(user, polite);
  }

  /** The newest connection of this side. */
  get link(): FakeConnection | undefined {
    return FakeConnection.all.findLast(
      ({ configuration }) => configuration.iceServers === this.page.iceServers,
    );
  }
}

const SECOND = 1_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("RTCPeerConnection", FakeConnection);
  FakeConnection.all = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("one side", () => {
  const connections = () => FakeConnection.all.length;

  test("the impolite side begins immediately, the polite one only if nothing arrives", async () => {
    const impolite = new Side(false);
    await pass(0);
    expect(impolite.out).toMatchObject([{ description: { type: "offer" } }]);
    const polite = new Side(true);
    await pass(4 * SECOND);
    expect(polite.out).toEqual([]);
    impolite.peer.close();
    await pass(2 * SECOND);
    expect(polite.out).toMatchObject([{ description: { type: "offer" } }]);
    polite.peer.close();
  });

  test("retries an unanswered offer, less and less often", async () => {
    const side = new Side(false);
    const at = [5, 10, 20, 30, 30];
    for (const [n, seconds] of at.entries()) {
      expect(connections()).toBe(n + 1);
      await pass(seconds * SECOND - 1);
      expect(connections()).toBe(n + 1);
      await pass(1);
    }
    expect(FakeConnection.all.filter(({ signalingState }) => signalingState !== "closed")).toHaveLength(1);
    side.peer.close();
    await pass(100 * SECOND);
    expect(vi.getTimerCount()).toBe(0);
    expect(FakeConnection.all.every(({ signalingState }) => signalingState === "closed")).toBe(true);
  });

  test("tries nothing without the room, and retries a failed channel when the room is back", async () => {
    const side = new Side(false);
    await pass(0);
    const [link] = FakeConnection.all as [FakeConnection];
    link.become("connected");
    expect(link.sent).toEqual(["hello"]);
    side.page.online = false;
    side.took.length = 0;
    link.become("disconnected");
    link.become("connected");
    expect(side.took).toEqual([]);
    link.become("failed");
    expect(side.took).toEqual([undefined]);
    await pass(100 * SECOND);
    expect([connections(), link.restarts]).toEqual([1, 0]);
    side.page.online = true;
    side.peer.retry();
    // First what is there, then another.
    expect([connections(), link.restarts]).toEqual([1, 1]);
    await pass(5 * SECOND);
    expect([connections(), link.restarts, link.signalingState]).toEqual([2, 1, "closed"]);
    side.peer.close();
  });

  test("sends only the last of the states that are set while the buffer is full", async () => {
    const side = new Side(false);
    await pass(0);
    const [{ channel, sent, ...link }] = FakeConnection.all as [FakeConnection];
    expect(link.connectionState).toBe("new");
    side.peer.show();
    expect(sent).toEqual([]);
    FakeConnection.all[0]?.become("connected");
    channel.bufferedAmount = 5;
    for (const text of ["1", "2", "3"]) {
      side.page.text = text;
      side.peer.show();
    }
    channel.bufferedAmount = 0;
    channel.onbufferedamountlow?.();
    channel.onbufferedamountlow?.();
    expect(sent).toEqual(["hello", "3"]);
    side.peer.close();
  });

  test("ignores signals for a closed channel, or from an unknown one", async () => {
    const side = new Side(true);
    const description = { type: "offer", sdp: "x" } as const;
    side.peer.take({ link: "there", to: "another", description });
    side.peer.take({ link: "there", candidate: {} });
    side.peer.take({ link: "there", description: { type: "answer", sdp: "x" } });
    expect(connections()).toBe(0);
    side.peer.take({ link: "there", description });
    await pass(0);
    expect(side.out).toMatchObject([{ to: "there", description: { type: "answer" } }]);
    side.peer.take({ link: "there again", description });
    await pass(0);
    expect(connections()).toBe(2);
    expect(side.out[1]).toMatchObject({ to: "there again", description: { type: "answer" } });
    expect(side.out[1]?.link).not.toBe(side.out[0]?.link);
    expect(side.errors).toEqual([]);
    side.peer.close();
  });
});

/** Numbers from 0 to 1, the same ones for a seed. */
function randomFrom(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe("two sides", () => {
  test.each(Array.from({ length: 200 }, (_, seed) => seed))(
    "come together, whatever is lost, late or begun at once: seed %i",
    async (seed) => {
      const random = randomFrom(seed);
      const sides = [new Side(false), new Side(true)] as const;
      const up = () =>
        sides.every(({ link }) => link?.connectionState === "connected" && link.signalingState !== "closed");
      /** Some time, in which things go wrong or do not. */
      const tick = async (rough: boolean) => {
        for (const [n, { link, peer }] of sides.entries()) {
          const { out } = sides[1 - n] as Side;
          while (out.length && (!rough || random() < 0.4)) {
            const signal = out.shift() as Signal;
            if (!rough || random() < 0.7) peer.take(signal);
          }
          if (rough && random() < 0.02) link?.become("failed");
          if (rough && random() < 0.02) peer.retry();
          const other = FakeConnection.all.find(({ local }) => local && local === link?.remote);
          if (link?.connectionState !== "connected") continue;
          if (other?.signalingState === "closed") link.end();
          if (other?.lost) link.become("failed");
        }
        const [a, b] = sides.map(({ link }) => link);
        const agreed = a?.local && b?.local && a.local === b.remote && b.local === a.remote;
        if (agreed && !a.lost && !b.lost) {
          a.become("connected");
          b.become("connected");
        } else if (!sides.some(({ out }) => out.length)) {
          // An answer was lost: each of them looks for a way that the other one does not know of.
          for (const link of [a, b]) if (link?.connectionState === "connected") link.become("failed");
        }
        await pass(50);
      };
      for (let n = 0; n < 400; n++) await tick(true);
      for (let n = 0; n < 2_000 && !up(); n++) await tick(false);
      expect(up()).toBe(true);
      // With each other.
      expect(sides[0].link?.remote).toBe(sides[1].link?.local);
      expect(sides.flatMap(({ errors }) => errors)).toEqual([]);
      for (const { peer } of sides) peer.close();
      expect(vi.getTimerCount()).toBe(0);
    },
  );
});
