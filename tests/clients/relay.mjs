// Relay's network, with documents by their ids and a token that is served no others.
import { readFileSync } from 'node:fs';
import { browser } from './browser.mjs';
import { fetchDocument } from './app/src/network.js';
import { mint } from './app/server/token.js';

browser.session = () => mint('user-42', { documentsOnly: true });
const manifest = JSON.parse(readFileSync(new URL('./app/persisted_queries.json', import.meta.url)));
const id = (name) => Object.keys(manifest).find((each) => manifest[each].includes(` ${name}(`));
const ask = (name, variables) => fetchDocument({ id: id(name), text: null }, variables);

const ids = [];
for (let after = null, more = true; more; ) {
  const { leads } = (await ask('LeadListPageQuery', { first: 15, after })).data;
  ids.push(...leads.edges.map((edge) => edge.node.id));
  ({ endCursor: after, hasNextPage: more } = leads.pageInfo);
}
const one = await ask('LeadListNodeQuery', { id: ids[0] });
const variables = { input: { email: 'nobody' }, key: crypto.randomUUID(), connections: [] };
const created = await ask('LeadListCreateMutation', variables);
const refused = await fetchDocument({ id: null, text: '{ leads { nodes { id } } }' }, {});
console.log(JSON.stringify({
  documents: Object.keys(manifest).length,
  ids,
  type: one.data.node.__typename,
  nested: one.data.node.calls !== undefined,
  errors: created.data.createLead.errors,
  code: refused.errors[0].extensions.code,
}));
