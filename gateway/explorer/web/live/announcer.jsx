// What is read aloud of all that happens: the call in view, and now and then how much has come.
import { useEffect, useRef, useState } from 'react';
import { called, STATUSES } from './labels.js';
import { useShown } from './shown.js';

/** Milliseconds between two announcements of activity. */
const GAP = 30_000;

export function Announcer({ desk }) {
  return (
    <div className="unseen" aria-live="polite">
      <InView desk={desk} />
      <Lately desk={desk} />
    </div>
  );
}

function InView({ desk }) {
  const detail = useShown(desk.opened);
  return detail && <Standing key={detail.id} detail={detail} />;
}

function Standing({ detail }) {
  const { call } = useShown(detail.shown);
  const first = useRef(null);
  if (!call) return null;
  // What is said when it is opened stands in the pane.
  first.current ??= call.status;
  if (first.current === call.status) return null;
  return <p>{`${called(call)}: ${STATUSES[call.status]?.[0] ?? call.status}`}</p>;
}

function Lately({ desk }) {
  const { entries, ready } = useShown(desk.feed);
  const [text, setText] = useState('');
  const told = useRef(null);
  const newest = entries[0];
  useEffect(() => {
    if (!ready || !newest) return;
    const before = told.current ?? { id: newest.id, at: Date.now() };
    told.current = before;
    if (newest.id === before.id) return;
    const timer = setTimeout(
      () => {
        const count = entries.findIndex(({ id }) => id === before.id);
        const many = count < 0 ? entries.length : count;
        setText(`${many} new in the activity, last: ${newest.title}`);
        told.current = { id: newest.id, at: Date.now() };
      },
      Math.max(0, before.at + GAP - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [newest?.id, ready]);
  return <p>{text}</p>;
}
