import { perFrame } from "driftdb";
import { db, slider } from "./room";

/** Shows the slider's value, at most once every 16 ms. Returns a function that stops it. */
export function showValue(element) {
  return perFrame(db, slider).subscribe((value) => {
    element.textContent = value ?? 0;
  });
}
