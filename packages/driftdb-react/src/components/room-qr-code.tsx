import { type CSSProperties, type ReactElement, useEffect, useState, useSyncExternalStore } from "react";
import { useDatabaseFor } from "../room/context.js";
import { urlWithRoom } from "../room/page-url.js";
import { statusStore } from "../room/status-store.js";
import { reportTo } from "../stores/report-to.js";
import type { QRImage } from "./qr-image.js";

/** The props of {@link RoomQRCode}. */
export interface RoomQRCodeProps {
  /** The URL to show. Default: the page's URL with the room's id in it. */
  readonly url?: string | undefined;
  /** The class of the SVG element. */
  readonly className?: string | undefined;
  /** The style of the SVG element. By default, it is as wide as its container, and at most 16rem. */
  readonly style?: CSSProperties | undefined;
}

const BOX: CSSProperties = { display: "block", width: "100%", maxWidth: "16rem" };

/**
 * Follows the page's URL, whether a router or the back button changes it. Browsers from before 2026 do not
 * tell of a router's change: there, the code follows at the next render.
 */
function watchUrl(onChange: () => void): () => void {
  const watching = new AbortController();
  const { navigation } = window as { navigation?: EventTarget };
  navigation?.addEventListener("currententrychange", onChange, watching);
  addEventListener("popstate", onChange, watching);
  return () => watching.abort();
}

/**
 * Shows a QR code of the page's URL with the room in it, so that others can join with their phones. The page
 * draws it, dark on light in every colour scheme, and no other server learns the room's id. On the server,
 * and until the room is known, it takes the same space and is empty. The code that draws it, 4 kB, loads when
 * the component is first used.
 *
 * @throws {Error} without a {@link DriftDBProvider} above it.
 *
 * @example
 * ```tsx
 * import { RoomQRCode } from "driftdb-react";
 *
 * export function Invitation() {
 *   return <RoomQRCode style={{ maxWidth: "8rem" }} />;
 * }
 * ```
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
    // Imports finish in the order of the effects, so that the newest text is drawn last.
    import("./qr-image.js")
      .then(({ qrImage }) => setDrawn(qrImage(text)))
      .catch((error) => reportTo(db, error));
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
