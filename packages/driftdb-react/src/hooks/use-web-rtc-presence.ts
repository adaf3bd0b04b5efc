import { type Others, SyncedWebRTCConnections } from "driftdb";
import { useMemo } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { useOthers } from "../stores/use-others.js";
import type { UsePresenceOptions } from "./use-presence.js";

/** The options of {@link useWebRtcPresence}. */
export interface UseWebRtcPresenceOptions<T, S> extends Omit<UsePresenceOptions<T, S>, "self"> {
  /**
   * The STUN and TURN servers that help browsers to reach each other, as JSON. Default none, which is enough
   * within one network. Changed servers apply to connections that are made from then on.
   */
  readonly iceServers?: RTCIceServer[] | undefined;
}

/**
 * Like {@link usePresence}, with values that go from browser to browser. The room only connects the browsers,
 * over WebRTC data channels. Use it for values that change many times a second and must go on while the
 * server is away. Its code, 2 kB, loads with the first component that uses it.
 *
 * @param key - The name of the presence within the room.
 * @param value - The JSON value of at most 64 KiB that this client shows; undefined to show nothing, and only
 *   look. All components of a page that use a key are one presence, which shows the value that changed last.
 * @param options - A selector, ICE servers, and more.
 * @returns The clients that can be reached and show something, by client id, each a `{value, seq}`, or the
 *   result of `select`. `seq` rises with each value that arrives. At first, and on the server, it is
 *   empty. A browser without WebRTC reports that to the provider's `onError`.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useWebRtcPresence } from "driftdb-react";
 *
 * export function Pointers({ at }: { at: { x: number; y: number } }) {
 *   const others = useWebRtcPresence("pointers", at, {
 *     iceServers: [{ urls: "stun:stun.example.com" }],
 *   });
 *   return Object.entries(others).map(([client, { value }]) => (
 *     <i key={client} style={{ position: "fixed", left: value.x, top: value.y }} />
 *   ));
 * }
 * ```
 */
export function useWebRtcPresence<T, S = Others<T>>(
  key: string,
  value: T | undefined,
  options?: UseWebRtcPresenceOptions<T, S>,
): S;
/** @internal With a schema. */
export function useWebRtcPresence<T, S, Input>(
  key: string,
  value: Input | undefined,
  options?: UseWebRtcPresenceOptions<T, S>,
  schema?: StandardSchema<unknown, T>,
): S;
export function useWebRtcPresence<T, S, Input>(
  key: string,
  value: Input | undefined,
  { select, iceServers, minPresenceInterval }: UseWebRtcPresenceOptions<T, S> = {},
  schema?: StandardSchema<unknown, T>,
): S {
  const db = useDatabaseFor("useWebRtcPresence");
  // Servers that are written inline are another array in each render.
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
