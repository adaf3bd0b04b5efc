import type { Held, Key } from "driftdb-protocol";
import type { DbConnection } from "../connection/db-connection.js";
import { DriftDBError } from "../errors.js";
import type { Holders } from "../holds/holders.js";
import { keyHolds } from "../holds/key-holds.js";
import { PresenceListener, type PresenceOptions } from "../holds/presence-listener.js";
import { checkSize, toJson } from "../wire/encode-message.js";
import type { Mesh, Viewer } from "./mesh.js";

/** The options of {@link SyncedWebRTCConnections}. */
export interface WebRTCOptions<T, Input = T> extends Omit<PresenceOptions<T, Input>, "self"> {
  /**
   * The STUN and TURN servers by which browsers find a path to each other, as `RTCPeerConnection` takes them.
   * Default none, which is enough within one network.
   */
  iceServers?: RTCIceServer[] | undefined;
}

/**
 * What each client of the room shows of itself, from browser to browser: like PresenceListener, but over
 * WebRTC data channels. The room passes on their signals. The channels go on while the server is away. They
 * end with `disconnect()`, in another room, and when the room says that the other client has left. One that
 * fails is made again, for as long as both clients are in the room.
 *
 * The snapshot has the clients that can be reached, and have shown a state. `seq` rises with each state that
 * came from any of them. All listeners for a key on one connection share its channels: the newest state
 * counts, and the newest ICE servers are used for new channels.
 *
 * The first `subscribe` loads the code. Errors then go to the connection's `errorListener`: `no_webrtc` where
 * there is no RTCPeerConnection, and whatever that throws for the ICE servers.
 *
 * @example
 * const cursors = new SyncedWebRTCConnections<{ x: number; y: number }>({ db, key: "cursors" });
 * const undo = cursors.subscribe((others) => draw(Object.values(others)));
 * onpointermove = ({ x, y }) => cursors.updateState({ x, y });
 */
export class SyncedWebRTCConnections<T, Input = T> extends PresenceListener<T, Input> {
  /**
   * @param options as for PresenceListener, and `iceServers`. The default key is another one. A state for
   * `updateState` has at most 64 KiB as JSON.
   */
  constructor(options: WebRTCOptions<T, Input>) {
    super(options, loaded(options.db, `__webrtc:${options.key ?? ""}`, options.iceServers));
  }
}

/** Bytes that `checkSize` spares of its 1 MiB: every WebRTC takes messages of 64 KiB (RFC 8841, 6.1). */
const SPARE = 983_040;

/** The holders of a mesh, which is loaded when the first one joins. */
function loaded(db: DbConnection, key: Key, iceServers: RTCIceServer[] | undefined): Holders {
  let mesh: Mesh | undefined;
  return {
    get entries() {
      return mesh?.entries ?? new Map<string, Held>();
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
