// All that the page knows with one key, fed over one line.
import { ask, Refusal } from './ask.js';
import { createBoard } from './board.js';
import { createCampaigns } from './campaigns.js';
import { createDetail } from './detail.js';
import { AGENTS, BOARD, CALLS, VIEWER } from './documents.js';
import { createFeed } from './feed.js';
import { Line, openLine } from './line.js';
import { createOverhearing } from './overhearing.js';
import { createShown } from './shown.js';
import { watch } from './watch.js';

/** Sit down with a key. */
export function openDesk(key) {
  const board = createBoard();
  let standing = { state: Line.CONNECTING, since: Date.now(), viewer: null };
  let ready = false;
  let failure = null;
  let detail = null;

  const state = createShown(() => standing);
  const stand = (more) => {
    standing = { ...standing, ...more };
    state.flush();
  };
  const line = openLine(key, (next) => {
    if (next !== standing.state) stand({ state: next, since: Date.now() });
  });

  const overhearing = createOverhearing(line, () => calls.changed());
  const calls = createShown(() => {
    const lists = board.lists();
    overhearing.choose(lists.running);
    return { ...lists, lines: overhearing.lines(), ready, failure };
  });
  const opened = createShown(() => detail);

  const take = (call) => {
    if (!call) return;
    board.take(call);
    if (call.id === detail?.id) detail.newer(board.find(call.id) ?? call);
  };

  const stopCalls = watch(
    line,
    { query: BOARD, subscription: CALLS },
    {
      read(data) {
        const { running, queued, scheduled, doubtful, recent } = data;
        board.read([running, queued, scheduled, doubtful, recent].flatMap(({ nodes }) => nodes));
        ready = true;
        calls.flush();
      },
      next(event) {
        take(event.call);
        calls.changed();
      },
      failed(error) {
        failure = error;
        calls.changed();
      },
    },
  );
  const campaigns = createCampaigns(line);
  const feed = createFeed(line, ({ type }) => {
    if (type.startsWith('CAMPAIGN_') || type === 'RECIPIENTS_ADDED') campaigns.changed();
  });
  const stopViewer = watch(
    line,
    { query: VIEWER },
    { read: ({ viewer }) => stand({ viewer }), failed() {} },
  );

  return {
    state,
    calls,
    campaigns: campaigns.shown,
    feed: feed.shown,
    opened,
    /** Show a call, or none. */
    open(id) {
      if (detail?.id === (id ?? undefined)) return;
      detail?.close();
      board.pin(id);
      detail = id ? createDetail(line, id) : null;
      opened.flush();
    },
    /** Who may call, with whom the workspace calls if nobody is named; empty for keys without agents. */
    async agents() {
      try {
        const { agents, viewer } = await ask(line.key, AGENTS);
        return { agents: agents.nodes, usual: viewer.workspace.defaultAgent?.id ?? null };
      } catch {
        return { agents: [], usual: null };
      }
    },
    /** Carry out a mutation that names its call; its order is the same however often it is sent. */
    async order(document, input, key) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const [payload] = Object.values(await ask(line.key, document, { input, key }));
          take(payload.call);
          calls.flush();
          return payload;
        } catch (error) {
          if (error.code === 'UNAUTHENTICATED') line.refuse();
          if (error instanceof Refusal || attempt === 3) throw error;
          await new Promise((resolve) => setTimeout(resolve, 600 * attempt));
        }
      }
    },
    close() {
      detail?.close();
      stopCalls();
      stopViewer();
      campaigns.close();
      feed.close();
      overhearing.close();
      line.close();
    },
  };
}
