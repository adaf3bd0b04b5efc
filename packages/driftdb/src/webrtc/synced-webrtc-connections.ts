import type { Held, Key } from "driftdb-protocol";
import type { DbConnection } from "../connection/db-connection.js";
import { DriftDBError } from "../errors.js";
import type { Holders } from "../holds/holders.js";
import { keyHolds } from "../holds/key-holds.js";
import { PresenceListener, type PresenceOptions } from "../holds/presence-listener.js";
import { checkSize, toJson } from "../wire/encode-message.js";
import type { Mesh, Viewer } from "./mesh.js";

/** What {@link SyncedWebRTCConnections} are made of. */
export interface WebRTCOptions<T, Input = T> extends Omit<PresenceOptions<T, Input>, "self"> {
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
 * ICE servers that were given last are used for what is made from then on.
 *
 * The code of it is loaded by the first `subscribe`. What goes wrong then, the connection's `errorListener` is told:
 * `no_webrtc` where there is no RTCPeerConnection, and what that throws for the ICE servers.
 */
export class SyncedWebRTCConnections<T, Input = T> extends PresenceListener<T, Input> {
  /**
   * @param options as of PresenceListener, and `iceServers`. The default key is another one. A state, which
   * `updateState` takes, has at most 64 KiB.
   */
  constructor(options: WebRTCOptions<T, Input>) {
    super(options, loaded(options.db, `__webrtc:${options.key ?? ""}`, options.iceServers));
  }
}

/** What `checkSize` is to leave of its 1 MiB: every WebRTC takes messages of 64 KiB (RFC 8841, 6.1). */
const SPARE = 983_040;

/** A mesh, as soon as it is loaded. */
function loaded(db: DbConnection, key: Key, iceServers: RTCIceServer[] | undefined): Holders {
  let mesh: Mesh | undefined;
  return {
    get entries() {
      return mesh?.entries ?? new Map<string, Held>();
    },
    get version() {
      return mesh?.version ?? 0;
    },
    join(onChange) {
      let left = false;
      let shown: Parameters<Viewer["set"]> | undefined;
      let viewer: Viewer | undefined;
      import("./mesh.js")
        .then(({ meshOf }) => {
          if (left) return;
          mesh = meshOf(db, key, keyHolds(db, key), DriftDBError);
          viewer = mesh.join(onChange, iceServers);
          if (shown) viewer.set(...shown);
          onChange();
        })
        .catch(db.report);
      return {
        set(value, interval = 0) {
          const text = value === undefined ? value : toJson({ value }, key);
          checkSize(text ?? "", SPARE);
          shown = [text, interval];
          viewer?.set(...shown);
        },
        leave() {
          left = true;
          viewer?.leave();
        },
      };
    },
  };
}
