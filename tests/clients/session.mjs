// Tokens are made ahead of their end and after a 401, a used-up budget is waited for, a press counts once.
import { browser } from './browser.mjs';
import { ask } from './app/src/ask.js';
import { createLead } from './app/src/create.js';
import { firstLeads } from './app/src/first.js';
import { mint } from './app/server/token.js';

const LEADS = '{ leads { totalCount } }';
const found = {};
/** What an action gives, how many tokens it took, and how its requests were answered. */
async function watch(action) {
  browser.sessions = 0;
  browser.statuses = [];
  const result = await action();
  return { result, sessions: browser.sessions, statuses: [...browser.statuses] };
}

found.first = await firstLeads((await mint('user-42')).token);
await firstLeads('none').catch((error) => { found.firstRefused = error.message; });

const now = Date.now;
const made = browser.session;
browser.session = async () => ({ token: 'revoked', lifetimeSeconds: 900 });
await watch(() => ask(LEADS)).catch((error) => { found.revoked = error.code; });
browser.session = made;
const together = () => Promise.all([1, 2, 3, 4, 5].map(() => ask(LEADS)));
found.renewedAfterRefusal = await watch(together);
found.kept = await watch(together);
Date.now = () => now() + 719_000;
found.keptLater = await watch(together);
Date.now = () => now() + 721_000;
found.renewedAhead = await watch(together);

found.waits = [];
const later = globalThis.setTimeout;
browser.session = () => mint('user-slow', { requestsPerMinute: 1 });
Date.now = () => now() + 2_000_000;
await ask(LEADS);
browser.session = made;
browser.after = (response) => {
  // The page's is the next timer that is set.
  if (response.status === 429) {
    globalThis.setTimeout = (resolve, milliseconds) => {
      globalThis.setTimeout = later;
      found.waits.push(milliseconds);
      Date.now = () => now() + 4_000_000; // the next token is another subject's
      return later(resolve, 0);
    };
  }
  return response;
};
found.waited = await watch(() => ask(LEADS));

let lost = 0;
browser.after = (response) => {
  lost += 1;
  if (lost === 1) throw new TypeError('the answer was lost');
  return response;
};
found.press = await createLead({ name: 'Ada Example' });
found.again = await createLead({ name: 'Ada Example' });
found.mended = await createLead({ email: 'nobody' });
await ask('{ leads(after: "nonsense") { nodes { id } } }').catch((error) => { found.refusal = error; });
console.log(JSON.stringify(found));
