import { type CSSProperties, type ReactElement, useEffect, useState, useSyncExternalStore } from "react";
import { useDatabaseFor } from "../room/context.js";
import { urlWithRoom } from "../room/page-url.js";
import { statusStore } from "../room/status-store.js";
import type { QRImage } from "./qr-image.js";

/** What {@link RoomQRCode} takes. */
export interface RoomQRCodeProps {
  /** Another URL to show, as it is. Default: the page's, with the room in it. */
  readonly url?: string | undefined;
  readonly className?: string | undefined;
  /** As wide as there is room, 16rem at most, by default. */
  readonly style?: CSSProperties | undefined;
}

const BOX: CSSProperties = { display: "block", width: "100%", maxWidth: "16rem" };

/**
 * Follows the page's URL. What a router does shows here too, except in browsers from before 2026: there, at the next
 * render or use of the back button.
 */
function watchUrl(onChange: () => void): () => void {
  const { navigation } = window as { navigation?: EventTarget };
  navigation?.addEventListener("currententrychange", onChange);
  addEventListener("popstate", onChange);
  return () => {
    navigation?.removeEventListener("currententrychange", onChange);
    removeEventListener("popstate", onChange);
  };
}

/**
 * A QR code of the page's URL with the room in it, for others to come in with their phones. It is drawn in the page, dark
 * on light in every colour scheme, and nobody is told the room's id. Before the room is known and the code is drawn, and
 * on the server, it is as large, and empty.
 *
 * @throws Error if there is no {@link DriftDBProvider} above it.
 */
export function RoomQRCode({ url, className, style }: RoomQRCodeProps): ReactElement {
  const db = useDatabaseFor("RoomQRCode");
  const status = statusStore(db);
  const room = useSyncExternalStore(
    status.subscribe,
    () => status.room,
    () => undefined,
  );
  const page = useSyncExternalStore(
    watchUrl,
    () => location.href,
    () => "",
  );
  const text = url ?? (page && room && urlWithRoom(room));
  const [drawn, setDrawn] = useState<QRImage>();
  useEffect(() => {
    if (!text) return;
    // In the order of the effects: the newest text is the last one drawn.
    import("./qr-image.js")
      .then(({ qrImage }) => setDrawn(qrImage(text)))
      .catch((error) => db.errorListener.dispatch(error) || console.error(error));
  }, [db, text]);
  const image = drawn?.text === text ? drawn : undefined;
  return (
    <svg
      role="img"
      aria-label="QR code that leads to this room"
      aria-hidden={!image}
      viewBox={image?.viewBox ?? "0 0 1 1"}
      shapeRendering="crispEdges"
      className={className}
      style={{ ...BOX, ...style }}
    >
      {image?.shapes}
    </svg>
  );
}
