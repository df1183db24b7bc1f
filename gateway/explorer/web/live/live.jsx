// The live page: calls, campaigns and the activity feed, as they happen.
import { useEffect, useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import '../bar.css';
import './live.css';
import './progress.css';
import './activity.css';
import './rows.css';
import './pane.css';
import './narrow.css';
import { Bar } from '../bar.jsx';
import { storedKey, storeKey, takeKeyFromAddress } from '../key.js';
import { Activity } from './activity.jsx';
import { Announcer } from './announcer.jsx';
import { CallPane } from './call.jsx';
import { Calls } from './calls.jsx';
import { clock } from './labels.js';
import { openDesk } from './desk.js';
import { Line } from './line.js';
import { Campaigns } from './progress.jsx';
import { useShown } from './shown.js';

const MISSING = (
  <>
    Enter an API key to watch its workspace. <code>switchboard serve --demo</code> prints a link that
    carries one.
  </>
);
const NOTHING =
  'Calls, campaigns and activity of the workspace show up here as they happen, once there is a key.';
const REFUSED = 'The server refused this key (401). It may be mistyped, expired or revoked.';
const STATES = {
  [Line.CONNECTING]: 'Connecting',
  [Line.LIVE]: 'Live',
  [Line.RECONNECTING]: 'Reconnecting',
  [Line.REFUSED]: 'Key refused',
};
/** What a narrow screen shows one at a time. */
const SECTIONS = ['Calls', 'Campaigns', 'Activity'];

function Page() {
  // Entering the same key again begins anew, too.
  const [{ key, entry }, setCredentials] = useState(() => ({ key: storedKey(), entry: 0 }));
  const enter = (given) => {
    storeKey(given);
    setCredentials((before) => ({ key: given, entry: before.entry + 1 }));
  };
  useEffect(() => {
    const follow = () => takeKeyFromAddress() && enter(storedKey());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return key ? (
    <Desk key={entry} apiKey={key} onKey={enter} />
  ) : (
    <>
      <Bar page="Live" apiKey="" hint={MISSING} onKey={enter} />
      <Blank />
    </>
  );
}

function Blank() {
  return (
    <main className="blank">
      <p className="quiet">{NOTHING}</p>
    </main>
  );
}

function Desk({ apiKey, onKey }) {
  const [desk] = useState(() => openDesk(apiKey));
  useEffect(() => () => desk.close(), [desk]);
  const { state, since, viewer } = useShown(desk.state);
  const refused = state === Line.REFUSED;
  const cut = state === Line.RECONNECTING ? `Not connected since ${clock(since)}; trying again.` : null;
  return (
    <>
      <Bar
        page="Live"
        apiKey={apiKey}
        hint={refused ? REFUSED : cut}
        warning={refused}
        refused={refused}
        onKey={onKey}
      >
        <span className={`line ${state}`}>{STATES[state]}</span>
        {viewer && <span className="workspace">{viewer.workspace.name}</span>}
      </Bar>
      {refused && !viewer ? <Blank /> : <Board desk={desk} viewer={viewer} stale={refused} />}
      <Announcer desk={desk} />
    </>
  );
}

function Board({ desk, viewer, stale }) {
  const [section, setSection] = useState(SECTIONS[0]);
  const detail = useShown(desk.opened);
  const open = useOpening(desk);
  const mayEnd = viewer?.scopes.some((scope) => ['full', 'calls:write'].includes(scope));
  return (
    <>
      <div className="sections" role="group" aria-label="Section">
        {SECTIONS.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === section}
            onClick={() => setSection(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <main data-section={section} data-detail={detail ? '' : undefined} className={stale ? 'stale' : ''}>
        <Calls desk={desk} viewer={viewer} selected={detail?.id} onOpen={open} />
        <aside>
          {detail && (
            <CallPane desk={desk} detail={detail} mayEnd={mayEnd} onClose={() => open(null)} />
          )}
          <Campaigns desk={desk} />
          <Activity desk={desk} onOpen={open} />
        </aside>
      </main>
    </>
  );
}

/** Open and close calls; the address says which, so that Back closes it. */
function useOpening(desk) {
  const from = useRef(null);
  useEffect(() => {
    const follow = () => desk.open(new URLSearchParams(location.search).get('call'));
    follow();
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, [desk]);
  return useMemo(
    () => (id) => {
      const address = new URL(location.href);
      const before = address.searchParams.get('call');
      if (id) address.searchParams.set('call', id);
      else address.searchParams.delete('call');
      if (id && !before) from.current = document.activeElement;
      history[id && !before ? 'pushState' : 'replaceState'](null, '', address);
      desk.open(id);
      if (!id) (left(from.current) ?? rowOf(before))?.focus();
    },
    [desk],
  );
}

// Not every browser focuses a button that is clicked.
const left = (element) => (element?.isConnected && element !== document.body ? element : null);
const rowOf = (id) => document.querySelector(`.row[data-call="${CSS.escape(id)}"] button`);

takeKeyFromAddress();
createRoot(document.getElementById('live')).render(<Page />);
