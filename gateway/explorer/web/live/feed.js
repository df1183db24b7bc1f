// The activity feed: the newest entries, read once and then followed.
import { FEED, HAPPENED } from './documents.js';
import { createShown } from './shown.js';
import { watch } from './watch.js';

/** How many entries are kept. */
const KEPT = 200;
// Each turn of each call is an event, too: they are read where the call is.
const QUIET = new Set(['CALL_TRANSCRIPT_TURN']);

/** Keep the feed; `heard` is told of each new entry. */
export function createFeed(line, heard) {
  let entries = [];
  let ready = false;
  let failure = null;
  const known = new Set();
  const shown = createShown(() => ({ entries, ready, failure }));

  const keep = (list) => {
    entries = list.slice(0, KEPT);
    for (const { id } of list.slice(KEPT)) known.delete(id);
  };

  const close = watch(
    line,
    { query: FEED, subscription: HAPPENED },
    {
      read({ activity }) {
        known.clear();
        const list = activity.nodes.filter(({ type }) => !QUIET.has(type));
        for (const { id } of list) known.add(id);
        keep(list);
        ready = true;
        shown.flush();
      },
      next({ activity }) {
        if (!activity || known.has(activity.id) || QUIET.has(activity.type)) return;
        known.add(activity.id);
        keep([activity, ...entries]);
        heard(activity);
        shown.changed();
      },
      failed(error) {
        failure = error;
        shown.changed();
      },
    },
  );
  return { shown, close };
}
