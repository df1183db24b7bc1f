// Where the API key lives: this browser's local storage, and nowhere in an address.
const STORED = 'switchboard:key';

/** Take a key out of `#key=…`, store it and clean the address bar; true when there was one. */
export function takeKeyFromAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const key = fragment.get('key')?.trim();
  if (!fragment.has('key')) return false;
  // Replacing keeps the key out of the browser's history.
  history.replaceState(history.state, '', location.pathname + location.search);
  if (key) storeKey(key);
  return Boolean(key);
}

/** The stored key, or the empty string. */
export function storedKey() {
  try {
    return localStorage.getItem(STORED) ?? '';
  } catch {
    return ''; // storage is blocked: the key lasts as long as the page
  }
}

/** Remember a key; the empty string forgets it. */
export function storeKey(key) {
  try {
    if (key) localStorage.setItem(STORED, key);
    else localStorage.removeItem(STORED);
  } catch {
    // Storage is blocked: see storedKey.
  }
}
