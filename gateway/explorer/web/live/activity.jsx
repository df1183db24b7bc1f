// The activity feed, newest first.
import { memo } from 'react';
import { Time } from './clock.jsx';
import { trouble } from './labels.js';
import { useShown } from './shown.js';

export function Activity({ desk, onOpen }) {
  const { entries, ready, failure } = useShown(desk.feed);
  return (
    <section className="activity" aria-labelledby="activity-title">
      <h2 id="activity-title">Activity</h2>
      {failure && <p className="trouble">{trouble(failure)}</p>}
      {!ready && !failure && <p className="quiet">Loading…</p>}
      {ready && !entries.length && <p className="quiet">Nothing has happened yet.</p>}
      {entries.length > 0 && (
        <ol className="feed" tabIndex={0} aria-labelledby="activity-title">
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} onOpen={onOpen} />
          ))}
        </ol>
      )}
    </section>
  );
}

const Entry = memo(function Entry({ entry, onOpen }) {
  const { call, lead, title, detail, createdAt, type } = entry;
  const texts = `${title} ${detail ?? ''}`;
  const about = [lead && !texts.includes(lead.name) && lead.name, detail].filter(Boolean);
  return (
    <li data-entry={entry.id} data-type={type}>
      <Time at={createdAt} exact />
      <span>
        {call ? (
          <button type="button" onClick={() => onOpen(call.id)}>
            {title}
          </button>
        ) : (
          title
        )}
        {about.length > 0 && <small>{about.join(' · ')}</small>}
      </span>
    </li>
  );
});
