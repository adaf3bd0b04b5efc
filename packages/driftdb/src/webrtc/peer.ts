import { callSafely } from "../call-safely.js";
import { type ChannelUser, PeerChannel, type Signal } from "./peer-channel.js";

/** After which time without success it is tried anew, in milliseconds: at first, and at most. */
const RETRY = 5_000;
const MOST = 30_000;

/** What a peer asks, and tells, whoever uses it. */
export interface PeerUser extends ChannelUser {
  readonly page: {
    readonly iceServers: RTCIceServer[];
    /** Whether signals reach the room. */
    readonly online: boolean;
    /** What the others are shown; undefined if there was nothing yet. */
    readonly text: string | undefined;
  };
}

/**
 * Another page of the room, and the link to it. Signals may be lost, and so may the way to the other side: what is not
 * up after a while is tried anew, less and less often, first by a restart of what is there, then with a new link. At
 * first the impolite side begins; the other one only when it waits for that in vain.
 */
export class Peer {
  readonly #user: PeerUser;
  readonly #polite: boolean;
  #link: PeerChannel | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How often it was tried since it was up last. */
  #tries = 0;

  constructor(user: PeerUser, polite: boolean) {
    this.#user = user;
    this.#polite = polite;
    if (polite) this.#wait();
    else this.retry();
  }

  /** Tries it anew, if it is not up. Without the room there is no use in that: call it when the room is back. */
  readonly retry = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#link?.isUp) return;
    this.#user.took(undefined);
    if (!this.#user.page.online) return;
    this.#wait();
    if (!this.#tries++ && this.#link?.failed) this.#link.restart();
    else this.#make();
  };

  /** Takes what the other side says. */
  take(signal: Signal): void {
    const link = this.#link;
    if (signal.to ? signal.to !== link?.id : signal.link !== link?.remote) {
      // It is for a link that is no more, or from one that is not known: only its offer says enough.
      if (signal.to || signal.description?.type !== "offer") return;
      if (!link || link.remote) {
        this.#wait();
        this.#make();
      }
    }
    void this.#link?.take(signal);
  }

  /** Shows the other side what there is to be shown. */
  show(): void {
    const { text } = this.#user.page;
    if (text !== undefined) callSafely(() => this.#link?.write(text), this.#user.report);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#drop();
  }

  #make(): void {
    this.#drop();
    callSafely(() => {
      this.#link = new PeerChannel(
        this.#user,
        this.#polite,
        () => this.#up(),
        () => this.#down(),
      );
    }, this.#user.report);
  }

  #drop(): void {
    this.#link?.close();
    this.#link = undefined;
    this.#user.took(undefined);
  }

  #up(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tries = 0;
    this.show();
  }

  #down(): void {
    // While it waits for the outcome of a try, that is this outcome, and the next try is due later.
    if (this.#timer) return;
    // Whoever closes has left, or begins anew: the room is about to say so. One that reloads was not away.
    if (this.#link?.failed) this.retry();
    else this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.retry, Math.min(RETRY * 2 ** this.#tries, MOST));
  }
}
