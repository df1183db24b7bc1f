// What is being said in the first few calls in progress, for their rows on the board.
import { SPOKEN } from './documents.js';
import { createWords } from './words.js';

/** How many calls are listened to, and milliseconds between beginning with two of them. */
const MOST = 4;
const GAP = 4000;

export function createOverhearing(line, changed) {
  const heard = new Map();
  let last = 0;

  const leave = (id) => {
    heard.get(id)?.stop();
    heard.delete(id);
  };

  return {
    /** Listen to some of these calls, and no longer to those that are not among them. */
    choose(running) {
      const talking = running.filter(({ status }) => status === 'IN_PROGRESS');
      const ids = new Set(talking.map(({ id }) => id));
      for (const id of [...heard.keys()]) if (!ids.has(id)) leave(id);
      // A campaign begins many calls a second, and to subscribe counts as a request.
      const next = talking.find(({ id }) => !heard.has(id));
      if (!next || heard.size >= MOST || Date.now() - last < GAP) return;
      last = Date.now();
      const words = createWords();
      const take = (event) => {
        words.take(event);
        changed();
      };
      const end = () => leave(next.id);
      const stop = line.follow(SPOKEN, { id: next.id }, { next: take, lost: end, error: end });
      heard.set(next.id, { words, stop });
    },
    /** The last words of each. */
    lines() {
      const found = new Map();
      for (const [id, { words }] of heard) {
        const { turns, partial } = words.get();
        const latest = partial ?? turns.at(-1);
        if (latest) found.set(id, latest);
      }
      return found;
    },
    close() {
      for (const id of [...heard.keys()]) leave(id);
    },
  };
}
