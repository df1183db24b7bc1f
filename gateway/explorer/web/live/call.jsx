// The pane of the call in view.
import { useEffect, useRef } from 'react';
import { Badge } from './badge.jsx';
import { isOver, isRunning, isWaiting } from './board.js';
import { Time } from './clock.jsx';
import { Length } from './calls.jsx';
import { called, money, named, number, remark, spoken, trouble } from './labels.js';
import { EndButton } from './order.jsx';
import { Player } from './player.jsx';
import { Transcript } from './transcript.jsx';
import { useShown } from './shown.js';

export function CallPane({ desk, detail, mayEnd, onClose }) {
  const { call, ready, failure, words } = useShown(detail.shown);
  const title = useRef(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), [detail.id]);
  const keys = (event) => {
    if (event.key === 'Escape') onClose();
  };
  return (
    <section className="pane" aria-labelledby="call-title" onKeyDown={keys}>
      <div className="title">
        <h2 id="call-title" tabIndex={-1} ref={title}>
          {call ? called(call) : 'Call'}
        </h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      {failure && <p className="trouble">{trouble(failure)}</p>}
      {!ready && !failure && <p className="quiet">Loading…</p>}
      {ready && !call && <p className="quiet">There is no such call.</p>}
      {call && <Body desk={desk} detail={detail} call={call} words={words} mayEnd={mayEnd} />}
    </section>
  );
}

function Body({ desk, detail, call, words, mayEnd }) {
  const over = isOver(call);
  return (
    <>
      <p className="standing">
        <Badge status={call.status} />
        <Length call={call} />
        <span className="remark">{remark(call)}</span>
      </p>
      {mayEnd && <EndButton desk={desk} call={call} />}
      <Facts call={call} />
      {call.summary && <p className="summary">{call.summary}</p>}
      {over && call.recording && (
        <>
          <h3>Recording</h3>
          <Player key={call.id} recording={call.recording} renew={detail.renew} />
        </>
      )}
      {!isWaiting(call) && (
        <>
          <h3>Transcript</h3>
          <Transcript
            words={words}
            live={isRunning(call)}
            agent={call.agent?.name}
            lead={named(call)}
          />
        </>
      )}
    </>
  );
}

function Facts({ call }) {
  const facts = [
    ['Number', named(call) && number(call.toNumber)],
    ['From', call.fromNumber && number(call.fromNumber)],
    ['Company', call.lead?.company],
    ['Agent', call.agent?.name],
    ['Campaign', call.campaign?.name],
    ['Reason', call.reason],
    [isWaiting(call) ? 'Accepted' : 'Dialed', <Time key="at" at={call.dialedAt ?? call.createdAt} exact />],
    ['Sentiment', call.sentiment && spoken(call.sentiment)],
    ['Ended by', call.hangupBy && spoken(call.hangupBy)],
    ['Detail', call.endDetail],
    ['Cost', call.cost && money(call.cost)],
    ['Provider', call.provider && spoken(call.provider)],
    ['Call', `#${call.number}`],
  ];
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
