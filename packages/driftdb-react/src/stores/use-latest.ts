import { type RefObject, useInsertionEffect, useRef } from "react";

/**
 * A ref to what the component was last rendered with, for callbacks that outlive the render. It is set when the
 * render is committed, before any other effect, so that an abandoned render leaves no trace.
 */
export function useLatest<T>(value: T): RefObject<T> {
  const ref = useRef(value);
  useInsertionEffect(() => {
    ref.current = value;
  });
  return ref;
}
