import type { Store } from "driftdb";
import { onScopeDispose, shallowRef } from "vue";

/** The value of a store, while the component exists. */
export function useStore<T>(store: Store<T>) {
  const value = shallowRef(store.getSnapshot());
  const stop = store.subscribe((next) => {
    value.value = next;
  });
  onScopeDispose(stop);
  return value;
}
