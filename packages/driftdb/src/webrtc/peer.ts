import { callSafely } from "../call-safely.js";
import { type ChannelUser, PeerChannel, type Signal } from "./peer-channel.js";

/** How long to wait for success before the next try, in milliseconds: at first, and at most. */
const RETRY = 5_000;
const MOST = 30_000;

/** Callbacks from a `Peer` to its owner. */
export interface PeerUser extends ChannelUser {
  readonly page: {
    readonly iceServers: RTCIceServer[];
    /** Whether signals reach the room. */
    readonly online: boolean;
    /** The state that the others are shown, as JSON; undefined if there was none yet. */
    readonly text: string | undefined;
  };
}

/**
 * Another page of the room, and the channel to it. Signals may be lost, and so may the path to the other
 * page. A channel that is not up after a while is tried again, less and less often: first by a restart of it,
 * then with a new one. At first the impolite side begins; the polite one begins if it has waited for too
 * long.
 */
export class Peer {
  readonly #user: PeerUser;
  readonly #polite: boolean;
  #link: PeerChannel | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many tries there were since the channel was last up. */
  #tries = 0;

  constructor(user: PeerUser, polite: boolean) {
    this.#user = user;
    this.#polite = polite;
    if (polite) this.#wait();
    else this.retry();
  }

  /**
   * Tries again, if the channel is not up. That needs the room for signals: call it when the room is back.
   */
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

  /** Takes a signal of the other page. */
  take(signal: Signal): void {
    const link = this.#link;
    if (signal.to ? signal.to !== link?.id : signal.link !== link?.remote) {
      // It is for a channel that is gone, or from an unknown one: of that, only an offer says enough.
      if (signal.to || signal.description?.type !== "offer") return;
      if (!link || link.remote) {
        this.#wait();
        this.#make();
      }
    }
    void this.#link?.take(signal);
  }

  /** Sends the newest state to the other page. */
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
    // This is the outcome of a try, and the timer of the next one runs already.
    if (this.#timer) return;
    // A page that closes its side has left, or begins again: the room is about to say so.
    if (this.#link?.failed) this.retry();
    else this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.retry, Math.min(RETRY * 2 ** this.#tries, MOST));
  }
}
