// The page: GraphiQL under a bar that holds the API key.
import './nonce.js';
import './workers.js';
import { useEffect, useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useGraphiQL } from '@graphiql/react';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './bar.css';
import './explorer.css';
import './narrow.css';
import { Bar } from './bar.jsx';
import { Access, createFetcher } from './fetcher.js';
import { storedKey, storeKey, takeKeyFromAddress } from './key.js';
import { TABS } from './queries.js';
import { storage } from './storage.js';

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];
const MISSING = (
  <>
    Enter an API key to load the schema. <code>switchboard serve --demo</code> prints a link that
    carries one.
  </>
);
const REFUSED = 'The server refused this key (401). It may be mistyped, expired or revoked.';
const REFUSED_HEADERS = 'The server refused the credentials in the Headers tab (401).';
const UNKNOWN = { access: Access.UNKNOWN, fromHeaders: false };

function Explorer() {
  // A new object for each entry, so that entering the same key again asks for the schema again.
  const [credentials, setCredentials] = useState(() => ({ key: storedKey() }));
  const [report, setReport] = useState(UNKNOWN);

  // GraphiQL reads the schema again whenever it is given another fetcher.
  const fetcher = useMemo(() => {
    let current = true;
    const fetch = createFetcher(credentials.key, (access, fromHeaders) => {
      if (current) setReport({ access, fromHeaders });
    });
    return Object.assign(fetch, { retire: () => (current = false) });
  }, [credentials]);
  // What an earlier key's request comes back with says nothing about this one.
  useEffect(() => () => fetcher.retire(), [fetcher]);

  const enter = (key) => {
    storeKey(key);
    setReport(UNKNOWN);
    setCredentials({ key });
  };
  useEffect(() => {
    const follow = () => takeKeyFromAddress() && enter(storedKey());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);

  return (
    <>
      <Bar
        page="GraphiQL"
        apiKey={credentials.key}
        hint={hint(credentials.key, report)}
        warning={report.access === Access.REFUSED}
        refused={report.access === Access.REFUSED && !report.fromHeaders}
        onKey={enter}
      />
      <main>
        <GraphiQL
          fetcher={fetcher}
          plugins={PLUGINS}
          defaultTabs={TABS}
          defaultQuery=""
          storage={storage}
          shouldPersistHeaders={false}
        >
          <GraphiQL.Logo>{' '}</GraphiQL.Logo>
          <FreshResponse fetcher={fetcher} />
        </GraphiQL>
      </main>
    </>
  );
}

/** What the bar says of the key. */
function hint(key, { access, fromHeaders }) {
  if (access === Access.REFUSED) return fromHeaders ? REFUSED_HEADERS : REFUSED;
  return key ? null : MISSING;
}

/** Clear the response pane when the key changes: it may show what the last key was told. */
function FreshResponse({ fetcher }) {
  const editor = useGraphiQL((state) => state.responseEditor);
  const shownFor = useRef(fetcher);
  useEffect(() => {
    if (shownFor.current !== fetcher) editor?.setValue('');
    shownFor.current = fetcher;
  }, [editor, fetcher]);
  return null;
}

takeKeyFromAddress();
createRoot(document.getElementById('explorer')).render(<Explorer />);
