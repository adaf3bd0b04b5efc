import { callSafely } from "../call-safely.js";
import { randomId } from "../client-id.js";

/** What two pages send each other through the room until they are connected. */
export interface Signal {
  /** The id of the sender's channel. Another one means that the sender has begun again. */
  link: string;
  /** The id of the recipient's channel; missing until the sender knows it. */
  to?: string;
  description?: { type: "offer" | "answer"; sdp: string };
  candidate?: RTCIceCandidateInit;
}

/** Callbacks from a `PeerChannel` to its owner. */
export interface ChannelUser {
  /** What all channels of a page have in common. */
  readonly page: { readonly iceServers: RTCIceServer[] };
  signal(signal: Signal): void;
  /** The state of the other page, as it sent it; undefined when that page cannot be reached. */
  took(text: string | undefined): void;
  report(error: unknown): void;
}

/**
 * One RTCPeerConnection with one data channel, and its negotiation. Either side may begin that at any time.
 * If both do, the polite one takes its offer back ("perfect negotiation" of W3C's WebRTC recommendation,
 * 10.7).
 *
 * The channel is reliable and ordered: on an unreliable one, the last state before a pause could be lost, and
 * states could overtake each other. At most one state is in its buffer, so that a slow line does not fill
 * with outdated states.
 */
export class PeerChannel {
  readonly id = randomId();
  /** The id of the other side's channel; empty until it is known. */
  remote = "";
  readonly #user: ChannelUser;
  readonly #polite: boolean;
  readonly #pc: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #closed = false;
  #offering = false;
  #answered = false;
  /** The state to send when the buffer is empty. */
  #next: string | undefined;

  /**
   @param up called when the channel can be written to, also after an interruption.
   * @param down called when nothing comes through any more; `failed` says whether a restart may help.
   */
  constructor(user: ChannelUser, polite: boolean, up: () => void, down: () => void) {
    this.#user = user;
    this.#polite = polite;
    const pc = new RTCPeerConnection({ iceServers: user.page.iceServers });
    // Both sides make the channel, so that it belongs to no offer.
    const channel = pc.createDataChannel("", { negotiated: true, id: 0 });
    this.#pc = pc;
    this.#channel = channel;
    const opened = () => pc.connectionState === "connected" && this.isUp && up();
    pc.onnegotiationneeded = () => void this.#guard(() => this.#offer());
    pc.onicecandidate = ({ candidate }) => candidate && this.#signal({ candidate: candidate.toJSON() });
    pc.onconnectionstatechange = () => {
      if (this.failed) down();
      else opened();
    };
    channel.onopen = opened;
    channel.onclose = down;
    channel.onmessage = ({ data }) => callSafely(() => user.took(data), user.report);
    channel.onbufferedamountlow = () => this.#next !== undefined && this.write(this.#next);
  }

  /** Whether messages come through, as far as is known. */
  get isUp(): boolean {
    return this.#channel.readyState === "open" && !this.failed;
  }

  /** Whether the path to the other side is gone: `restart` looks for another one. */
  get failed(): boolean {
    return this.#pc.connectionState === "failed";
  }

  restart(): void {
    this.#pc.setConfiguration({ iceServers: this.#user.page.iceServers });
    this.#pc.restartIce();
  }

  /** Sends a text, if the channel is open. While its buffer is not empty, only the newest text waits. */
  write(text: string): void {
    const channel = this.#channel;
    if (channel.readyState !== "open") return;
    this.#next = channel.bufferedAmount ? text : undefined;
    if (this.#next === undefined) channel.send(text);
  }

  /** Takes a signal of the other side that is for this channel. */
  take({ link, description, candidate }: Signal): Promise<void> {
    return this.#guard(async () => {
      const pc = this.#pc;
      if (description) {
        const { type } = description;
        const free = pc.signalingState === "stable" || this.#answered;
        if (type === "offer" && !this.#polite && (this.#offering || !free)) return;
        this.remote = link;
        this.#answered = type === "answer";
        await pc.setRemoteDescription(description).finally(() => {
          this.#answered = false;
        });
        if (type === "offer") await this.#describe();
      } else if (candidate && this.remote) {
        // A candidate of an offer that was taken back is of no use, and no error.
        await pc.addIceCandidate(candidate).catch(() => {});
      }
    });
  }

  close(): void {
    this.#closed = true;
    const [pc, channel] = [this.#pc, this.#channel];
    pc.onnegotiationneeded = pc.onicecandidate = pc.onconnectionstatechange = null;
    channel.onopen = channel.onclose = channel.onmessage = channel.onbufferedamountlow = null;
    pc.close();
  }

  async #offer(): Promise<void> {
    this.#offering = true;
    await this.#describe().finally(() => {
      this.#offering = false;
    });
  }

  /** Sends this side's description: an offer, or the answer to one. */
  async #describe(): Promise<void> {
    await this.#pc.setLocalDescription();
    const { type, sdp } = this.#pc.localDescription ?? {};
    this.#signal({ description: { type, sdp } as Required<Signal>["description"] });
  }

  #signal(signal: Pick<Signal, "description" | "candidate">): void {
    if (!this.#closed)
      this.#user.signal({ link: this.id, ...(this.remote && { to: this.remote }), ...signal });
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    await work().catch((error) => {
      if (!this.#closed) this.#user.report(error);
    });
  }
}
