// One thing that is shown: read by a query, then followed from the query's cursor.
import { ask, Refusal } from './ask.js';
import { PASSING } from './line.js';

const SHORTEST = 1000;
const LONGEST = 15_000;

/**
 * Keep something up to date until the function that this gives is called.
 *
 * `read(data)` gets the query's answer, at first and after each loss; `next(event)` each event
 * behind it; `failed({code, message, missing})` what a person must see to, or null once it is well.
 */
export function watch(line, { query, variables, subscription, follows = () => true }, sink) {
  let over = false;
  let timer;
  let pause = SHORTEST;
  let stop = () => {};

  const begin = async () => {
    let data;
    try {
      data = await ask(line.key, query, variables);
    } catch (error) {
      if (!over) refused(error);
      return;
    }
    if (over) return;
    pause = SHORTEST;
    line.reached(true);
    sink.failed(null);
    sink.read(data);
    if (!subscription || !follows(data)) return;
    stop = line.follow(
      subscription,
      { ...variables, after: data.cursor },
      { next: sink.next, lost: begin, error: sink.failed, complete: sink.complete },
    );
  };

  const refused = (error) => {
    const answered = error instanceof Refusal;
    if (error.code === 'UNAUTHENTICATED') {
      line.refuse();
      return;
    }
    if (answered) sink.failed(error);
    else line.reached(false);
    if (answered && !PASSING.includes(error.code)) return;
    timer = setTimeout(begin, Math.max(pause, Math.min(error.seconds ?? 0, 60) * 1000));
    pause = Math.min(2 * pause, LONGEST);
  };

  begin();
  return () => {
    over = true;
    clearTimeout(timer);
    stop();
  };
}
