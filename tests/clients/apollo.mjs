// Apollo Client: a normalised cache, pages merged, errors as data, errors with codes, persisted queries.
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';

const sent = [];
const counted = async (url, init) => {
  const response = await fetch(url, init);
  sent.push([init.method, response.status, init.method === 'POST' && JSON.parse(init.body).query !== undefined]);
  return response;
};
const client = new ApolloClient({
  link: ApolloLink.from([
    new PersistedQueryLink({
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      useGETForHashedQueries: true,
    }),
    new HttpLink({
      uri: process.env.GATEWAY_URL,
      headers: { authorization: `Bearer ${process.env.GATEWAY_KEY}` },
      fetch: counted,
    }),
  ]),
  cache: new InMemoryCache({ typePolicies: { Query: { fields: { leads: relayStylePagination() } } } }),
});

const LEADS = gql`
  query Leads($after: String) {
    leads(first: 15, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { cursor node { id name calls(first: 2) { nodes { id status agent { id name } } } } }
    }
  }
`;
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
const ids = data.leads.edges.map((edge) => edge.node.id);

const created = await client.mutate({
  mutation: gql`mutation { createLead(input: { email: "nobody" }) { lead { id } errors { code path message } } }`,
});

let code = null;
try {
  await client.query({ query: gql`{ leads(after: "nonsense") { nodes { id } } }`, fetchPolicy: 'no-cache' });
} catch (error) {
  code = CombinedGraphQLErrors.is(error) ? error.errors[0].extensions.code : String(error);
}
console.log(JSON.stringify({
  total: data.leads.totalCount,
  ids,
  nested: data.leads.edges.some((edge) => edge.node.calls.nodes.some((call) => call.agent)),
  errors: created.data.createLead.errors,
  code,
  sent,
}));
