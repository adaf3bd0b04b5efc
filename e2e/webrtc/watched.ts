import type { DbConnection, SyncedWebRTCConnections } from "driftdb";

export type Point = [number, number];

export interface Connected {
  db: DbConnection;
  cursors: SyncedWebRTCConnections<Point>;
}

/** Has the page remember its RTCPeerConnections, and hold frames back on their way to the server. */
export function watched() {
  const made: RTCPeerConnection[] = [];
  const held: (() => void)[] = [];
  let holding = false;
  const watch = {
    errors: [] as string[],
    seen: [] as string[],
    keys: new Set<string>(),
    /** How many offers were taken while an own one was on its way. */
    collisions: 0,
    /** How many RTCPeerConnections there ever were. */
    made: () => made.length,
    open: () => made.filter((pc) => pc.signalingState !== "closed"),
    /** How many of those that stay here are offers. */
    offers: 0,
    /** From now on frames stay here, until `release`. */
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
