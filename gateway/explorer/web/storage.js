// What GraphiQL may remember: everything but request headers, which can hold a key that was
// meant for one operation. GraphiQL leaves them out of its tabs, but not out of its history.
const HISTORIES = ['graphiql:queries', 'graphiql:favorites'];

const own = () => Object.keys(localStorage).filter((key) => key.startsWith('graphiql:'));

export const storage = {
  getItem: (key) => localStorage.getItem(key),
  removeItem: (key) => localStorage.removeItem(key),
  setItem(key, value) {
    localStorage.setItem(key, HISTORIES.includes(key) ? withoutHeaders(value) : value);
  },
  clear: () => own().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return own().length;
  },
};

function withoutHeaders(json) {
  return JSON.stringify(JSON.parse(json), (name, value) => (name === 'headers' ? undefined : value));
}
