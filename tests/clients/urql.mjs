// urql: documents, pages, errors as data, errors with codes, persisted queries.
import { browser } from './browser.mjs';
import { client, leads } from './app/src/urql.js';

const sent = [];
browser.after = (response, init, url) => {
  sent.push([init.method, new URL(url).searchParams.has('query')]);
  return response;
};
const ids = [];
let nested = false;
for await (const lead of leads()) {
  ids.push(lead.id);
  nested ||= lead.calls.nodes.some((call) => call.agent);
}
const created = await client
  .mutation('mutation { createLead(input: { email: "nobody" }) { lead { id } errors { code path } } }', {})
  .toPromise();
const bad = await client.query('{ leads(after: "nonsense") { nodes { id } } }', {}).toPromise();
console.log(JSON.stringify({
  ids,
  nested,
  errors: created.data.createLead.errors,
  code: bad.error.graphQLErrors[0].extensions.code,
  sent,
}));
