// The campaigns that run or ended of late: read anew, at a steady pace, while they come on.
import { ask, Refusal } from './ask.js';
import { CAMPAIGNS, PROGRESSED } from './documents.js';
import { PASSING } from './line.js';
import { createShown } from './shown.js';

/** Milliseconds between a change and reading, between two readings, in sight and out of it, and
 * after a failed one. */
const SOON = 400;
const GAP = 4000;
const UNSEEN = 60_000;
const LATER = 10_000;

export function createCampaigns(line) {
  const following = new Map();
  let list = [];
  let ready = false;
  let failure = null;
  let timer = null;
  let last = 0;
  let over = false;
  const shown = createShown(() => ({ list, ready, failure }));

  /** Something has changed: read soon, however often this is called. */
  const changed = (wait = SOON) => {
    if (over) return;
    const gap = document.hidden ? UNSEEN : GAP;
    timer ??= setTimeout(read, Math.max(wait, last + gap - Date.now()));
  };
  const sighted = () => {
    if (document.hidden || timer === null) return;
    clearTimeout(timer);
    timer = null;
    changed();
  };
  document.addEventListener('visibilitychange', sighted);

  async function read() {
    timer = null;
    last = Date.now();
    try {
      const data = await ask(line.key, CAMPAIGNS);
      if (over) return;
      line.reached(true);
      failure = null;
      list = [...data.open.nodes, ...data.over.nodes];
      ready = true;
      follow(data.open.nodes, data.cursor);
    } catch (error) {
      if (!over) refused(error);
    }
    shown.changed();
  }

  function refused(error) {
    if (error.code === 'UNAUTHENTICATED') {
      line.refuse();
      return;
    }
    if (!(error instanceof Refusal)) line.reached(false);
    else failure = error;
    if (!(error instanceof Refusal) || PASSING.includes(error.code)) changed(LATER);
  }

  /** One subscription for each campaign that can come on, from where the answer stood. */
  function follow(open, cursor) {
    const ids = new Set(open.map(({ id }) => id));
    for (const [id, stop] of following) {
      if (!ids.has(id)) {
        following.delete(id);
        stop();
      }
    }
    for (const id of ids) {
      if (following.has(id)) continue;
      const again = () => {
        following.delete(id);
        changed();
      };
      const sink = { next: () => changed(), lost: again, error: again };
      following.set(id, line.follow(PROGRESSED, { id, after: cursor }, sink));
    }
  }

  read();
  return {
    shown,
    changed,
    close() {
      over = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', sighted);
      for (const stop of following.values()) stop();
    },
  };
}
