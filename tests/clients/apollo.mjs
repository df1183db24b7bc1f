// Apollo Client: a normalised cache, pages merged, errors as data, errors with codes, persisted queries.
import { gql } from '@apollo/client';
import { browser } from './browser.mjs';
import { LEADS, client, code, createLead } from './app/src/apollo.js';

const sent = [];
const keys = [];
browser.after = (response, init) => {
  const body = init.method === 'POST' ? JSON.parse(init.body) : {};
  sent.push([init.method, response.status, body.query !== undefined]);
  if (body.variables?.key) keys.push(body.variables.key);
  if (keys.length === 1) throw new TypeError('the answer was lost');
  return response;
};

const watched = client.watchQuery({ query: LEADS });
let subscription;
await new Promise((resolve, reject) => {
  subscription = watched.subscribe(({ loading, error }) => (error ? reject(error) : loading || resolve()));
});
let { pageInfo } = watched.getCurrentResult().data.leads;
for (let page = 0; pageInfo.hasNextPage && page < 9; page += 1) {
  const more = await watched.fetchMore({ variables: { after: pageInfo.endCursor } });
  pageInfo = more.data.leads.pageInfo;
}
const data = client.readQuery({ query: LEADS });
subscription.unsubscribe();
const created = await createLead({ email: 'nobody' });
let refused = null;
try {
  await client.query({ query: gql`{ leads(after: "nonsense") { nodes { id } } }`, fetchPolicy: 'no-cache' });
} catch (error) {
  refused = code(error);
}
console.log(JSON.stringify({
  total: data.leads.totalCount,
  ids: data.leads.edges.map((edge) => edge.node.id),
  nested: data.leads.edges.some((edge) => edge.node.calls.edges.some((call) => call.node.agent)),
  errors: created.errors,
  code: refused,
  sent,
  keys,
}));
