import type { Store } from "driftdb";
import { onScopeDispose, shallowRef } from "vue";

/** What is in a store, for as long as the component is there. */
export function useStore<T>(store: Store<T>) {
  const value = shallowRef(store.getSnapshot());
  const stop = store.subscribe((next) => {
    value.value = next;
  });
  onScopeDispose(stop);
  return value;
}
