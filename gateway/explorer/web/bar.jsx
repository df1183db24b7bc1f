// The bar above GraphiQL: whose page this is, and the API key.
import { useState } from 'react';
import { Access } from './fetcher.js';

const MISSING = (
  <>
    Enter an API key to load the schema. <code>switchboard serve --demo</code> prints a link that
    carries one.
  </>
);
const REFUSED = 'The server refused this key (401). It may be mistyped, expired or revoked.';
const REFUSED_HEADERS = 'The server refused the credentials in the Headers tab (401).';

/** Show the name, a hint when something is wrong with the key, and the key's form. */
export function Bar({ apiKey, access, fromHeaders, onKey }) {
  const [editing, setEditing] = useState(false);
  const refused = access === Access.REFUSED;
  const hint = refused ? (fromHeaders ? REFUSED_HEADERS : REFUSED) : apiKey ? null : MISSING;
  const asking = !apiKey || editing || (refused && !fromHeaders);
  const accept = (key) => {
    setEditing(false);
    onKey(key);
  };
  return (
    <header className="bar">
      <h1>
        <Mark />
        Switchboard
      </h1>
      <p className={refused ? 'hint refused' : 'hint'} role="status">
        {hint}
      </p>
      {asking ? (
        <KeyForm
          focus={editing || refused || !apiKey}
          onKey={accept}
          onCancel={apiKey && !refused ? () => setEditing(false) : null}
        />
      ) : (
        <div className="key">
          <span>
            API key <code>••••{apiKey.slice(-4)}</code>
          </span>
          <button type="button" onClick={() => setEditing(true)}>
            Change
          </button>
          <button type="button" onClick={() => accept('')}>
            Forget
          </button>
        </div>
      )}
    </header>
  );
}

function KeyForm({ focus, onKey, onCancel }) {
  const [text, setText] = useState('');
  const submit = (event) => {
    event.preventDefault();
    if (text.trim()) onKey(text.trim());
  };
  return (
    <form className="key" onSubmit={submit}>
      <input
        type="password"
        aria-label="API key"
        placeholder="API key"
        autoComplete="off"
        spellCheck={false}
        autoFocus={focus}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="primary" disabled={!text.trim()}>
        Use key
      </button>
      {onCancel && (
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      )}
    </form>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="3" cy="4" r="2" />
      <circle cx="3" cy="12" r="2" />
      <circle cx="13" cy="8" r="2" />
      <path d="M5 4c4 0 3 4 6 4M5 12c4 0 3-4 6-4" />
    </svg>
  );
}
