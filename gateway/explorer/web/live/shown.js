// What components show, told to them a few times a second however much happens.
import { useSyncExternalStore } from 'react';

/** Milliseconds between two renderings. */
const PACE = 120;

/** Something that changes; `make` gives it as it is to be shown. */
export function createShown(make) {
  let shown = make();
  let timer = null;
  const listeners = new Set();
  const flush = () => {
    timer = null;
    shown = make();
    for (const listener of listeners) listener();
  };
  return {
    /** It has changed: show it soon. */
    changed() {
      timer ??= setTimeout(flush, PACE);
    },
    /** It has changed by a person's hand: show it now. */
    flush() {
      clearTimeout(timer);
      flush();
    },
    get: () => shown,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The thing as it is to be shown, in a component. */
export const useShown = (shown) => useSyncExternalStore(shown.subscribe, shown.get);
