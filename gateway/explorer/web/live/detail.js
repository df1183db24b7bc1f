// The call in view: all that is known of it, and its words as they are spoken.
import { ask } from './ask.js';
import { isOver } from './board.js';
import { DETAIL, SPOKEN } from './documents.js';
import { createShown } from './shown.js';
import { watch } from './watch.js';
import { createWords } from './words.js';

const SOON = 300;
/** Most pages of a transcript that are read. */
const PAGES = 10;

export function createDetail(line, id) {
  const words = createWords();
  let call = null;
  let ready = false;
  let failure = null;
  let over = false;
  let timer = null;
  const shown = createShown(() => ({ id, call, ready, failure, words: words.get() }));

  const read = async (data) => {
    if (over) return;
    ready = true;
    if (data.call && (!call || data.call.version >= call.version)) call = data.call;
    if (call && isOver(call)) words.hush();
    if (data.call) words.read(data.call.transcript.nodes);
    shown.flush();
    let info = data.call?.transcript.pageInfo;
    for (let page = 1; info?.hasNextPage && page < PAGES && !over; page += 1) {
      const more = await ask(line.key, DETAIL, { id, after: info.endCursor }).catch(() => null);
      words.read(more?.call?.transcript.nodes ?? []);
      info = more?.call?.transcript.pageInfo;
      shown.changed();
    }
  };

  /** Read it again, as its recording, its analysis or a link to it has changed. */
  const renew = async () => {
    const data = await ask(line.key, DETAIL, { id }).catch(() => null);
    if (data) await read(data);
    return Boolean(data);
  };

  const close = watch(
    line,
    {
      query: DETAIL,
      variables: { id },
      subscription: SPOKEN,
      // After the last artifact nothing more is said.
      follows: (data) => data.call && !(isOver(data.call) && data.call.artifactsAt),
    },
    {
      read,
      next(event) {
        words.take(event);
        shown.changed();
      },
      failed(error) {
        failure = error;
        shown.changed();
      },
    },
  );

  return {
    id,
    shown,
    renew,
    /** The board has a newer copy. */
    newer(copy) {
      if (!call || copy.version <= call.version) return;
      call = { ...call, ...copy };
      if (isOver(copy)) {
        words.hush();
        // What it cost, its summary and its recording stand in the whole copy alone.
        clearTimeout(timer);
        timer = setTimeout(renew, SOON);
      }
      shown.changed();
    },
    close() {
      over = true;
      clearTimeout(timer);
      close();
    },
  };
}
