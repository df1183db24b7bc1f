// The calls that are known: under way, waiting and over, each as in its newest copy.

/** How many are kept of each kind. */
const KEPT = { running: 200, waiting: 60, doubtful: 20, ended: 100 };
const RUNNING = new Set(['DIALING', 'RINGING', 'IN_PROGRESS']);
const WAITING = new Set(['SCHEDULED', 'QUEUED']);

export const isRunning = ({ status }) => RUNNING.has(status);
export const isWaiting = ({ status }) => WAITING.has(status);
/** Whether nobody knows what became of it. */
export const isDoubtful = ({ status }) => status === 'UNKNOWN';
export const isOver = (call) => !isRunning(call) && !isWaiting(call) && !isDoubtful(call);

/** Since when the call has been where it is. */
export const since = (call) =>
  call.endedAt ?? call.answeredAt ?? call.dialedAt ?? call.queuedAt ?? call.createdAt;

const moment = (call) => call.endedAt ?? call.updatedAt;
const newest = (one, other) => (moment(one) < moment(other) ? 1 : -1);
// Those that talk stand before those that ring, the latest first.
const begun = (call) => `${call.answeredAt ? 1 : 0} ${call.answeredAt ?? call.dialedAt ?? ''}`;
const latest = (one, other) => (begun(one) < begun(other) ? 1 : -1);
// Those that are due stand before those that wait, the soonest first.
const due = (call) => (call.status === 'QUEUED' ? '' : (call.notBefore ?? call.createdAt));
const soonest = (one, other) => (due(one) > due(other) ? 1 : -1);

export function createBoard() {
  let calls = new Map();
  let pinned = null;

  /** Keep a copy of a call unless a newer one is known. */
  const take = (call) => {
    // A campaign's calls that wait are many, and told by its progress.
    if (call.status === 'SCHEDULED' && call.campaign && call.id !== pinned) calls.delete(call.id);
    else if ((calls.get(call.id)?.version ?? 0) <= call.version) calls.set(call.id, call);
  };

  const kept = (list, most) => {
    list.slice(most).forEach(({ id }) => id === pinned || calls.delete(id));
    return list.slice(0, most);
  };

  return {
    take,
    /** Begin anew with what was read. */
    read(list) {
      const before = calls;
      calls = new Map();
      for (const call of list) {
        const known = before.get(call.id);
        take(known && known.version > call.version ? known : call);
      }
    },
    find: (id) => calls.get(id),
    /** Never forget this one. */
    pin(id) {
      pinned = id;
    },
    /** What is shown, in its order; what is too much is forgotten. */
    lists() {
      const all = [...calls.values()];
      return {
        running: kept(all.filter(isRunning).sort(latest), KEPT.running),
        waiting: kept(all.filter(isWaiting).sort(soonest), KEPT.waiting),
        doubtful: kept(all.filter(isDoubtful).sort(newest), KEPT.doubtful),
        ended: kept(all.filter(isOver).sort(newest), KEPT.ended),
      };
    },
  };
}
