import { DriftDBError } from "./errors.js";
import { PresenceListener, type PresenceOptions } from "./presence.js";
import { meshOf } from "./webrtc-mesh.js";

/** What {@link SyncedWebRTCConnections} are made of. */
export interface WebRTCOptions<T> extends Omit<PresenceOptions<T>, "self"> {
  /**
   * The STUN and TURN servers by which browsers find a way to each other, as `RTCPeerConnection` takes them. Default
   * none, which is enough within one network.
   */
  iceServers?: RTCIceServer[] | undefined;
}

/**
 * What each client of the room shows of itself, from browser to browser: as PresenceListener, over data channels that
 * the room only brings about. They go on while the server is away, and end with `disconnect()`, in another room, and
 * when the room says that the other one has left. One that fails is made anew, for as long as both are in the room.
 *
 * The snapshot is who can be reached, and has shown something. Its `seq` rises with each state that came, whoever's it
 * is. However many there are for a key on one connection, they share its channels: what was shown last counts, and the
 * ICE servers of the one that was subscribed to last are used for what is made from then on.
 */
export class SyncedWebRTCConnections<T> extends PresenceListener<T> {
  /**
   * @param options as of PresenceListener, and `iceServers`. `updateState` takes at most 64 KiB.
   * @throws {DriftDBError} `no_webrtc` where there is no RTCPeerConnection. What that throws for the ICE servers.
   */
  constructor(options: WebRTCOptions<T>) {
    if (!globalThis.RTCPeerConnection) {
      throw new DriftDBError("no_webrtc", "no RTCPeerConnection: use PresenceListener here");
    }
    const { db, key = "default", iceServers } = options;
    if (iceServers) new RTCPeerConnection({ iceServers }).close();
    const mesh = meshOf(db, `__webrtc:${key}`);
    super(options, {
      entries: mesh.entries,
      get version() {
        return mesh.version;
      },
      join: (onChange) => mesh.join(onChange, iceServers),
    });
  }
}
