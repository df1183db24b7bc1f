// Queries and mutations of the live page, over HTTP.

/** Where the graph is, seen from `/live`. */
export const GRAPH = new URL('graphql', location.href);
GRAPH.hash = GRAPH.search = '';

let ahead = 0;

/** The time at the server, as near as the answers tell. */
export const now = () => Date.now() + ahead;

/** What the server refused, with its code. */
export class Refusal extends Error {
  constructor({ message, extensions = {} }, seconds = 0) {
    super(message);
    this.code = extensions.code;
    this.missing = extensions.missingScopes ?? [];
    /** In how many seconds it may be tried again, where the server says. */
    this.seconds = seconds;
  }
}

/** No answer came: the request may have arrived or not. */
export class Silence extends Error {
  constructor() {
    super('The server cannot be reached.');
    this.code = 'UNREACHABLE';
  }
}

/** The data of one operation; throws a `Refusal` or `Silence`. */
export async function ask(key, query, variables) {
  const response = await fetch(GRAPH, {
    method: 'POST',
    headers: {
      Accept: 'application/graphql-response+json',
      'Content-Type': 'application/json',
      Authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({ query, variables }),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!answer) throw new Silence();
  keepTime(response.headers.get('Date'));
  const failure = answer.errors?.[0];
  if (failure) throw new Refusal(failure, Number(response.headers.get('Retry-After')));
  return answer.data;
}

function keepTime(date) {
  const found = Date.parse(date) + 500 - Date.now();
  // The header counts whole seconds; a clock that is nearly right is taken at its word.
  ahead = Math.abs(found) > 2000 ? found : 0;
}
