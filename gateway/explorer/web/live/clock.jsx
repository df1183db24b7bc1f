// One clock for everything on the page that ticks.
import { useSyncExternalStore } from 'react';
import { now } from './ask.js';
import { clock, instant, span } from './labels.js';

const listeners = new Set();
let timer = null;
let second = Math.floor(now() / 1000);

function subscribe(listener) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    second = Math.floor(now() / 1000);
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (!listeners.size) {
      clearInterval(timer);
      timer = null;
    }
  };
}

const useSecond = () => useSyncExternalStore(subscribe, () => second);

/** How long something has been going on. */
export function Ticking({ since }) {
  useSecond();
  return <span className="ticking">{span((now() - Date.parse(since)) / 1000)}</span>;
}

/** When something was. */
export function Time({ at, exact = false }) {
  return (
    <time dateTime={at} title={instant(at)}>
      {clock(at, exact)}
    </time>
  );
}
