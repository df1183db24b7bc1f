// urql: documents, pages, errors as data, errors with codes, persisted queries.
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

const client = new Client({
  url: process.env.GATEWAY_URL,
  fetchOptions: { headers: { authorization: `Bearer ${process.env.GATEWAY_KEY}` } },
  exchanges: [persistedExchange({ enableForMutation: false, preferGetForPersistedQueries: true }), fetchExchange],
  preferGetMethod: false,
});
const LEADS = `
  query Leads($after: String) {
    leads(first: 15, after: $after, orderBy: { field: NAME, direction: ASC }) {
      pageInfo { hasNextPage endCursor }
      nodes { id calls(first: 2) { nodes { agent { id } } } }
    }
  }
`;
const ids = [];
let nested = false;
let after = null;
for (;;) {
  const { data, error } = await client.query(LEADS, { after }).toPromise();
  if (error) throw error;
  ids.push(...data.leads.nodes.map((lead) => lead.id));
  nested ||= data.leads.nodes.some((lead) => lead.calls.nodes.some((call) => call.agent));
  if (!data.leads.pageInfo.hasNextPage) break;
  after = data.leads.pageInfo.endCursor;
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
}));
