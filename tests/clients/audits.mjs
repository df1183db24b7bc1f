// The audits of GraphQL over HTTP, with a key on every request.
import { serverAudits } from 'graphql-http';

const authorization = `Bearer ${process.env.SWITCHBOARD_KEY}`;
const audits = serverAudits({
  url: `${process.env.GATEWAY}/graphql`,
  fetchFn: (url, init = {}) => fetch(url, { ...init, headers: { ...init.headers, authorization } }),
});
const results = [];
for (const audit of audits) {
  const result = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status: result.status, reason: result.reason });
}
console.log(JSON.stringify(results));
