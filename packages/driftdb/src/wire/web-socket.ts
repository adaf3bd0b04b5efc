/** A message as it goes over the wire. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** The part of a WebSocket that `WebSocketConstructor` has to have by type. */
export interface WebSocketLike {
  send(data: Frame): void;
  close(code?: number): void;
}

/** The `WebSocket` of browsers, or that of the package `ws`. */
export type WebSocketConstructor = new (url: string) => WebSocketLike;

/** A WebSocket with the properties for its events, which browsers and `ws` both have. */
export interface Socket extends WebSocketLike {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null;
  onclose: ((event: { code: number; reason?: string }) => void) | null;
  onerror: () => void;
}
