// The bar above each page: whose page this is, the way to the others, and the API key.
import { useState } from 'react';

const PAGES = [
  ['GraphiQL', 'graphql'],
  ['Live', 'live'],
];

/**
 * Show the name, the pages, a hint and the key's form.
 *
 * `refused` says that the hint is about this key: the form asks for another one.
 */
export function Bar({ page, apiKey, hint, warning, refused, onKey, children }) {
  const [editing, setEditing] = useState(false);
  const asking = !apiKey || editing || refused;
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
      <nav aria-label="Pages">
        {PAGES.map(([name, address]) => (
          <a key={address} href={address} aria-current={name === page ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {children}
      <p className={warning ? 'hint refused' : 'hint'} role="status">
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
            <span className="label">API key</span> <code>••••{apiKey.slice(-4)}</code>
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
