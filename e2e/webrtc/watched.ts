import type { DbConnection, SyncedWebRTCConnections } from "driftdb";

export type Point = [number, number];

export interface Connected {
  db: DbConnection;
  cursors: SyncedWebRTCConnections<Point>;
}

/** Lets the page remember its RTCPeerConnections, and hold back frames to the server. */
export function watched() {
  const made: RTCPeerConnection[] = [];
  const held: (() => void)[] = [];
  let holding = false;
  const watch = {
    errors: [] as string[],
    seen: [] as string[],
    keys: new Set<string>(),
    /** Offers that were accepted while an own offer was under way. */
    collisions: 0,
    /** RTCPeerConnections that the page has made. */
    made: () => made.length,
    open: () => made.filter((pc) => pc.signalingState !== "closed"),
    /** Held frames that are offers. */
    offers: 0,
    /** From now on the page holds frames, until `release`. */
    hold() {
      holding = true;
    },
    release() {
      holding = false;
      watch.offers = 0;
      for (const send of held.splice(0)) send();
    },
  };
  const { RTCPeerConnection, WebSocket } = window;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      made.push(this);
    }

    override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      if (description.type === "offer" && this.signalingState === "have-local-offer") watch.collisions++;
      return super.setRemoteDescription(description);
    }
  };
  window.WebSocket = class extends WebSocket {
    override send(data: string): void {
      if (holding) {
        if (data.includes('"type":"offer"')) watch.offers++;
        held.push(() => super.send(data));
      } else super.send(data);
    }
  };
  return watch;
}
