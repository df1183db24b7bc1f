// Every client follows the same leads while its connection is cut off again and again, and its token is revoked.
import { browser } from './browser.mjs';
import { ask } from './app/src/ask.js';
import { createLead } from './app/src/create.js';
import { follow, socket } from './app/src/live.js';
import { followStream } from './app/src/stream.js';
import { LEADS_CREATED, client as apollo } from './app/src/apollo-live.js';
import { client as urql } from './app/src/urql-live.js';

const COUNT = 12;
const QUERY = `
  subscription LeadsCreated($after: String) {
    activity(filter: { type: [LEAD_CREATED] }, after: $after) { cursor title }
  }
`;
const found = { graphqlWs: [], graphqlSse: [], apollo: [], urql: [], late: [] };
const problems = [];
const into = (name) => ({
  next: ({ data, errors }) => (errors ? problems.push([name, errors]) : found[name].push(data.activity.title)),
  error: (reason) => problems.push([name, reason.code ?? String(reason)]),
  complete: () => {},
});
const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
async function until(done, seconds = 25) {
  for (let left = seconds * 20; left && !done(); left -= 1) await pause(50);
}

const { cursor: after } = await ask('{ cursor }');
const stops = [
  follow({ query: QUERY, variables: { after } }, into('graphqlWs')),
  followStream({ query: QUERY, variables: { after } }, into('graphqlSse')),
];
const watching = apollo.subscribe({ query: LEADS_CREATED, variables: { after } }).subscribe(into('apollo'));
const asking = urql.subscription(QUERY, { after }).subscribe(into('urql').next);
const all = () => ['graphqlWs', 'graphqlSse', 'apollo', 'urql'];
for (let number = 0; number < COUNT; number += 1) {
  await createLead({ name: `Ada ${number}` });
  if (number % 4 === 1) {
    await pause(200);
    socket.terminate();
    browser.streams.splice(0).forEach((cut) => cut());
  }
}
await until(() => all().every((name) => found[name].length >= COUNT));
found.cuts = browser.sockets.length;

// The token is revoked: the server ends what it opened, and all go on with another one.
const { GATEWAY, SWITCHBOARD_KEY } = process.env;
async function admin(query) {
  const response = await fetch(`${GATEWAY}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${SWITCHBOARD_KEY}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()).data;
}
const { viewer } = await ask('{ viewer { key { id } } }');
await admin(`mutation { revokeApiKey(input: { id: "${viewer.key.id}" }) { errors { code } } }`);
browser.sessions = 0;
await until(() => browser.sessions > 0);
await createLead({ name: 'Grace' });
await until(() => all().every((name) => found[name].length > COUNT));
found.sessions = browser.sessions;

// Who comes late sees it all, though the server can't serve it at first.
const { subscribe } = socket;
socket.subscribe = (payload, sink) => {
  socket.subscribe = subscribe;
  queueMicrotask(() => sink.error([{ message: 'Later.', extensions: { code: 'UNAVAILABLE' } }]));
  return () => {};
};
stops.push(follow({ query: QUERY, variables: { after } }, into('late')));
await until(() => found.late.length > COUNT);
await pause(300);
stops.forEach((stop) => stop());
watching.unsubscribe();
asking.unsubscribe();
await pause(100);
console.log(JSON.stringify({ ...found, problems }));
process.exit();
