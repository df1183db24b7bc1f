// The page's one WebSocket: every subscription goes over it, and goes on where it was cut off.
import { createClient } from 'graphql-ws';
import { GRAPH } from './ask.js';

/** How the connection stands. */
export const Line = {
  CONNECTING: 'connecting',
  LIVE: 'live',
  RECONNECTING: 'reconnecting',
  REFUSED: 'refused',
};

/** What passes: subscribe again in a moment. */
export const PASSING = ['RATE_LIMITED', 'TIMEOUT', 'UNAVAILABLE'];
/** From where nothing can be resumed: what is shown must be read anew. */
const LOST = ['GAP', 'INVALID_CURSOR'];
const PATIENCE = 3000;
const LONGEST = 10_000;
/** Milliseconds between two signs of life, and for which one is waited for. */
const ALIVE = 12_000;
const SILENT = 6000;

/** Open the line for a key; `tell` hears how it stands. */
export function openLine(key, tell) {
  const followed = new Set();
  let closed = false;
  let silence;
  let standing = Line.CONNECTING;
  let reachable = true;
  const report = () => {
    if (closed) return;
    tell(reachable || standing === Line.REFUSED ? standing : Line.RECONNECTING);
  };
  const stands = (state) => {
    standing = state;
    report();
  };
  const address = new URL(GRAPH);
  address.protocol = address.protocol.replace('http', 'ws');
  const client = createClient({
    url: address.href,
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait,
    keepAlive: ALIVE,
    lazyCloseTimeout: 60_000,
    on: {
      connecting: (again) => stands(again ? Line.RECONNECTING : Line.CONNECTING),
      connected: () => stands(Line.LIVE),
      closed(event) {
        clearTimeout(silence);
        stands(event.code === 4401 ? Line.REFUSED : Line.RECONNECTING);
      },
      ping(received, payload) {
        // Every subscription has got all up to the cursor of a ping of the server's.
        if (!received) silence = setTimeout(() => client.terminate(), SILENT);
        else if (payload?.cursor) for (const going of followed) going.after = payload.cursor;
      },
      pong: (received) => received && clearTimeout(silence),
    },
  });

  /**
   * Follow a subscription that takes `$after` and selects `cursor`; gives what ends it.
   *
   * `sink.next(event)` has each event once; `sink.lost()` says that some can't be had any more:
   * then it has ended, and what is shown must be read anew.
   */
  function follow(query, variables, sink) {
    const going = { ...variables };
    let stop;
    let over = false;
    const end = () => {
      over = true;
      followed.delete(going);
    };
    const begin = () => {
      followed.add(going);
      stop = client.subscribe(
        { query, variables: going },
        {
          next({ data }) {
            for (const event of Object.values(data ?? {})) {
              if (!event) continue;
              going.after = event.cursor;
              if (!over) sink.next(event);
            }
          },
          error(reason) {
            const failure = Array.isArray(reason) ? reason[0] : null;
            const code = failure?.extensions?.code;
            if (over) return;
            if (PASSING.includes(code)) {
              const timer = setTimeout(begin, PATIENCE);
              stop = () => clearTimeout(timer);
              return;
            }
            end();
            if (LOST.includes(code)) sink.lost();
            else if (failure) sink.error?.({ code, message: failure.message });
          },
          complete() {
            if (!over) sink.complete?.();
            end();
          },
        },
      );
    };
    begin();
    return () => {
      end();
      stop();
    };
  }

  return {
    key,
    follow,
    /** Whether a query was answered. */
    reached(answered) {
      reachable = answered;
      report();
    },
    /** A query was told that the key is not good. */
    refuse: () => stands(Line.REFUSED),
    close() {
      closed = true;
      clearTimeout(silence);
      client.dispose();
    },
  };
}

/** Wait longer each time, up to some seconds; not at all once the network is back. */
function retryWait(retries) {
  const longest = Math.min(500 * 2 ** retries, LONGEST);
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener('online', go);
      resolve();
    };
    const timer = setTimeout(go, longest * (0.5 + Math.random() / 2));
    addEventListener('online', go);
  });
}
