import type { ReactElement } from "react";
import { encode } from "uqr";

/** A QR code, as the content of an SVG element. */
export interface QRImage {
  readonly text: string;
  readonly viewBox: string;
  readonly shapes: ReactElement;
}

/**
 * Draws a QR code of error correction level M, with the quiet zone around it. Each module is 1 × 1.
 *
 * @throws {Error} if the text is longer than such a code can be, which is 2,331 bytes.
 */
export function qrImage(text: string): QRImage {
  const { data, size } = encoded(text);
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : [])));
  const shapes = (
    <>
      <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
      <path fill="#000" d={dark.join("")} />
    </>
  );
  return { text, viewBox: `0 0 ${size} ${size}`, shapes };
}

function encoded(text: string): { readonly data: boolean[][]; readonly size: number } {
  try {
    return encode(text, { ecc: "M", border: 4 });
  } catch {
    throw new Error(
      `a URL of ${text.length} characters is too long for a QR code: give RoomQRCode a shorter url`,
    );
  }
}
