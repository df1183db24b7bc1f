// The board: calls in progress, those that wait, and the recent ones.
import { memo, useState } from 'react';
import { Badge } from './badge.jsx';
import { isRunning, since } from './board.js';
import { Ticking, Time } from './clock.jsx';
import { EXAMPLE } from './documents.js';
import { called, named, number, remark, span, trouble } from './labels.js';
import { OrderForm } from './order.jsx';
import { useShown } from './shown.js';

/** How many that wait are listed until somebody wants to see them all. */
const FEW = 4;

export function Calls({ desk, viewer, selected, onOpen }) {
  const { running, waiting, doubtful, ended, lines, ready, failure } = useShown(desk.calls);
  const [ordering, setOrdering] = useState(false);
  const empty = ready && ![running, waiting, doubtful, ended].some((list) => list.length);
  const may = viewer?.scopes.some((scope) => ['full', 'calls:write'].includes(scope));
  const placed = (call) => {
    setOrdering(false);
    onOpen(call.id);
  };
  const lists = { lines, selected, onOpen };
  return (
    <section className="calls" aria-labelledby="calls-title">
      <div className="title">
        <h2 id="calls-title">Calls</h2>
        {may && !ordering && !empty && (
          <button type="button" className="primary" onClick={() => setOrdering(true)}>
            Place a call
          </button>
        )}
      </div>
      {may && (ordering || empty) && (
        <OrderForm
          desk={desk}
          simulated={viewer.workspace.simulated}
          placed={placed}
          onCancel={empty ? null : () => setOrdering(false)}
        />
      )}
      {failure && <p className="trouble">{trouble(failure)}</p>}
      {!ready && !failure && <p className="quiet">Loading…</p>}
      {empty && <Empty />}
      {ready && !empty && (
        <>
          <List title="In progress" calls={running} {...lists}>
            Nobody is being called right now.
          </List>
          {waiting.length > 0 && (
            <List
              title="Waiting"
              calls={waiting}
              few={FEW}
              {...lists}
            />
          )}
          {doubtful.length > 0 && <List title="In doubt" calls={doubtful} {...lists} />}
          <List title="Recent" calls={ended} uncounted {...lists}>
            No call has ended yet.
          </List>
        </>
      )}
    </section>
  );
}

function List({ title, calls, few = Infinity, uncounted, lines, selected, onOpen, children }) {
  const [whole, setWhole] = useState(false);
  const more = whole ? 0 : calls.length - few - 1;
  const listed = more > 0 ? calls.slice(0, few) : calls;
  const id = `${title.toLowerCase().replace(' ', '-')}-title`;
  return (
    <>
      <h3 id={id}>
        {title}
        {!uncounted && <span className="count">{calls.length}</span>}
      </h3>
      {calls.length ? (
        <ul className="rows" aria-labelledby={id}>
          {listed.map((call) => (
            <Row
              key={call.id}
              call={call}
              line={lines.get(call.id)}
              open={call.id === selected}
              onOpen={onOpen}
            />
          ))}
        </ul>
      ) : (
        <p className="quiet">{children}</p>
      )}
      {more > 0 && (
        <button type="button" className="more" onClick={() => setWhole(true)}>
          Show all {calls.length}
        </button>
      )}
    </>
  );
}

const Row = memo(function Row({ call, line, open, onOpen }) {
  const said = call.status === 'IN_PROGRESS' && line;
  return (
    <li className={open ? 'row open' : 'row'} data-call={call.id} data-status={call.status}>
      <Badge status={call.status} />
      <span className="who">
        <button type="button" aria-expanded={open} onClick={() => onOpen(open ? null : call.id)}>
          {called(call)}
        </button>
      </span>
      <span className="number">{named(call) && number(call.toNumber)}</span>
      <span className="agent">{call.agent?.name}</span>
      <span className={said ? 'remark said' : 'remark'}>{said ? `“${said.text}”` : remark(call)}</span>
      <Length call={call} />
      <span className="when">
        <Time at={since(call)} />
      </span>
    </li>
  );
});

/** How long the conversation has lasted, or the phone has been ringing. */
export function Length({ call }) {
  const begun = call.answeredAt ?? call.dialedAt;
  const known = call.durationSeconds !== null;
  return (
    <span className="length">
      {isRunning(call) && begun ? <Ticking since={begun} /> : known && span(call.durationSeconds)}
    </span>
  );
}

function Empty() {
  return (
    <div className="empty">
      <p>
        <strong>No calls yet.</strong> Place one above, or send this in{' '}
        <a href="graphql">GraphiQL</a>. It shows up here at once, with what is said and, afterwards,
        its recording.
      </p>
      <pre tabIndex={0}>{EXAMPLE}</pre>
    </div>
  );
}
