// What is said in a call, as far as it is known: whole turns, and what is just being said.

/** Most turns that are kept of a call. */
const KEPT = 1000;

export function createWords() {
  const turns = new Map();
  let partial = null;
  let shown = { turns: [], partial };

  const show = () => {
    const list = [...turns.values()].sort((one, other) => one.position - other.position);
    list.slice(0, -KEPT).forEach(({ position }) => turns.delete(position));
    shown = { turns: list.slice(-KEPT), partial };
  };

  return {
    /** Whole turns, as a query gives them. */
    read(list) {
      for (const turn of list) turns.set(turn.position, turn);
      show();
    },
    /** An event of the subscription. */
    take(event) {
      if (event.turn) turns.set(event.turn.position, event.turn);
      partial = event.partial ?? (event.turn && partial?.speaker === event.turn.speaker ? null : partial);
      show();
    },
    /** Nobody speaks any more. */
    hush() {
      partial = null;
      show();
    },
    get: () => shown,
  };
}
