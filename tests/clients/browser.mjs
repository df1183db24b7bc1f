// Stands in for the browser, which enforces CORS, and for the app's own server, which makes tokens.
import { mint } from './app/server/token.js';

const { GATEWAY, PAGE_ORIGIN, SWITCHBOARD_KEY } = process.env;
const SAFE = ['accept', 'accept-language', 'content-language', 'content-type'];
const SHOWN = ['cache-control', 'content-language', 'content-type'];
const real = globalThis.fetch;
const list = (value) => (value ?? '').toLowerCase().split(',').map((each) => each.trim());

export const browser = {
  sessions: 0,
  statuses: [],
  sockets: [],
  // Bodies of answers that go on.
  streams: [],
  session: () => mint('user-42'),
  // Called with each answer and what was asked.
  after: (response, init, url) => response,
};

function permit(good, reason) {
  if (!good) throw new TypeError(`CORS: ${reason}`);
}

const Socket = globalThis.WebSocket;
globalThis.WebSocket = class extends Socket {
  constructor(address, protocols) {
    const url = String(address).replace('ws://localhost:3000', GATEWAY.replace('http', 'ws'));
    super(url, { protocols, headers: { origin: PAGE_ORIGIN } });
    browser.sockets.push(this);
  }
};

/** The body of an event stream, which `browser.streams` can cut off as a bad network does. */
function cuttable(response) {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.body;
  const { readable, writable } = new TransformStream();
  const cut = new AbortController();
  browser.streams.push(() => cut.abort(new TypeError('network error')));
  response.body.pipeTo(writable, { signal: cut.signal }).catch(() => {});
  return readable;
}

globalThis.fetch = async (address, init = {}) => {
  if (address === '/session') {
    browser.sessions += 1;
    return Response.json(await browser.session());
  }
  const url = String(address).replace('http://localhost:3000', GATEWAY);
  const headers = new Headers(init.headers);
  // Only the app's server has the key, and nobody asks a server for its origin.
  if (headers.get('authorization') === `Bearer ${SWITCHBOARD_KEY}`) return real(url, init);
  const method = init.method ?? 'GET';
  const json = headers.get('content-type')?.includes('json');
  const unsafe = [...headers.keys()].filter((each) => !SAFE.includes(each) || (json && each === 'content-type'));
  const asked = { 'access-control-request-method': method, 'access-control-request-headers': unsafe.join(',') };
  const preflight = await real(url, { method: 'OPTIONS', headers: { ...asked, origin: PAGE_ORIGIN } });
  const allowed = (name) => list(preflight.headers.get(`access-control-allow-${name}`));
  permit(preflight.ok && allowed('origin').includes(PAGE_ORIGIN), 'origin');
  permit(allowed('methods').includes(method.toLowerCase()), method);
  for (const each of unsafe) permit(allowed('headers').includes(each), each);
  headers.set('origin', PAGE_ORIGIN);
  const response = await real(url, { ...init, headers });
  browser.statuses.push(response.status);
  permit(response.headers.get('access-control-allow-origin') === PAGE_ORIGIN, 'origin');
  const shown = [...SHOWN, ...list(response.headers.get('access-control-expose-headers'))];
  const seen = new Response(cuttable(response), {
    status: response.status,
    headers: [...response.headers].filter(([name]) => shown.includes(name)),
  });
  return browser.after(seen, init, url);
};
