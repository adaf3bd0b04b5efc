import { type RefObject, useInsertionEffect, useRef } from "react";

/**
 * Returns a ref to a value of the last committed render, for callbacks that outlive the render. The ref
 * changes on commit, before all other effects, so that an abandoned render leaves no trace.
 */
export function useLatest<T>(value: T): RefObject<T> {
  const ref = useRef(value);
  useInsertionEffect(() => {
    ref.current = value;
  });
  return ref;
}
