import { type Others, SyncedWebRTCConnections } from "driftdb";
import { useMemo } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { type PresenceOptions, useOthers } from "./use-presence.js";

/** What {@link useWebRtcPresence} may be told beside. */
export interface WebRtcPresenceOptions<T, S> extends Omit<PresenceOptions<T, S>, "self"> {
  /**
   * The STUN and TURN servers by which browsers find a way to each other, as JSON. Default none, which is enough within
   * one network. Other ones are used for what is connected from then on.
   */
  readonly iceServers?: RTCIceServer[] | undefined;
}

/**
 * What each of the others shows of itself, from browser to browser: as {@link usePresence}, over data channels that the
 * room only brings about. For what changes many times a second, and goes on while the server is away. The code of it is
 * loaded by the first component that mounts with it.
 *
 * @param key - Names it within the room.
 * @param value - What this client shows of itself, as JSON of at most 64 KiB; undefined to show nothing, and only look.
 *   All components of a page that use a key are one: the value that was changed last counts.
 * @param options - A selector, ICE servers, and more.
 * @returns Those who can be reached, and show something, by client id, each a `{value, seq}`, of which `seq` rises with
 *   each value that comes; or what `select` makes of them. Empty on the server, and at first. A browser without WebRTC
 *   is told to the provider's `onError`.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useWebRtcPresence<T, S = Others<T>>(
  key: string,
  value: T | undefined,
  options?: WebRtcPresenceOptions<T, S>,
): S;
/** @internal */
export function useWebRtcPresence<T, S, Input>(
  key: string,
  value: Input | undefined,
  options?: WebRtcPresenceOptions<T, S>,
  schema?: StandardSchema<unknown, T>,
): S;
export function useWebRtcPresence<T, S, Input>(
  key: string,
  value: Input | undefined,
  { select, iceServers, minPresenceInterval }: WebRtcPresenceOptions<T, S> = {},
  schema?: StandardSchema<unknown, T>,
): S {
  const db = useDatabaseFor("useWebRtcPresence");
  // Written inline, they are another array at each render.
  const servers = JSON.stringify(iceServers);
  const connections = useMemo(
    () =>
      new SyncedWebRTCConnections<T, Input>({
        db,
        key,
        minPresenceInterval,
        iceServers: servers && JSON.parse(servers),
        parse: parser(schema, key),
      }),
    [db, key, minPresenceInterval, servers, schema],
  );
  return useOthers(db, connections, value, select);
}
