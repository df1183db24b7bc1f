// Sends operations to this page's own address: queries and mutations by HTTP,
// subscriptions over graphql-transport-ws.
import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';

const NO_KEY = 'Enter an API key at the top of the page first.';

/** How requests went so far: what the key bar tells the user. */
export const Access = { UNKNOWN: 'unknown', GRANTED: 'granted', REFUSED: 'refused' };

/**
 * Make GraphiQL's fetcher for one key.
 *
 * The Headers tab wins over the key, so that another key can be tried for one operation.
 * `report(access, fromHeaders)` is told whether the server took the credentials.
 */
export function createFetcher(key, report) {
  return (operation, { headers: extra = {}, documentAST } = {}) => {
    const fromHeaders = Object.keys(extra).some((name) =>
      ['authorization', 'x-api-key'].includes(name.toLowerCase()),
    );
    const headers = key && !fromHeaders ? { Authorization: `Bearer ${key}`, ...extra } : extra;
    if (!key && !fromHeaders) {
      // Asking without a key could only be refused.
      return Promise.resolve({ errors: [{ message: NO_KEY }] });
    }
    const told = (access) => report(access, fromHeaders);
    const type = documentAST && getOperationAST(documentAST, operation.operationName)?.operation;
    return type === 'subscription'
      ? subscribe(operation, headers, told)
      : post(operation, headers, told);
  };
}

async function post(operation, headers, told) {
  const response = await fetch(location.pathname, {
    method: 'POST',
    headers: {
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      'Content-Type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(operation),
  }).catch(() => {
    throw new Error('The server cannot be reached. Is it still running?');
  });
  const answer = await response.json().catch(() => null);
  const refused =
    response.status === 401 ||
    answer?.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED');
  if (refused) told(Access.REFUSED);
  else if (response.ok) told(Access.GRANTED);
  if (!answer) {
    throw new Error(`The server answered ${response.status} ${response.statusText} without JSON.`);
  }
  // GraphiQL asks for the schema a second time when `data` is missing: one refusal is enough.
  return refused ? { data: null, ...answer } : answer;
}

async function* subscribe(operation, connectionParams, told) {
  const client = createClient({
    url: location.pathname,
    connectionParams,
    // A silent retry would hide a gap; the person starts again.
    retryAttempts: 0,
    on: { connected: () => told(Access.GRANTED) },
  });
  try {
    yield* client.iterate(operation);
  } catch (error) {
    if (Array.isArray(error)) {
      yield { errors: error };
    } else if (error instanceof CloseEvent) {
      if ([4401, 4403].includes(error.code)) told(Access.REFUSED);
      const why = error.reason ? `: ${error.reason}` : '';
      throw new Error(`The connection was closed (${error.code}${why}).`);
    } else {
      throw error instanceof Error ? error : new Error('The connection failed.');
    }
  } finally {
    await client.dispose();
  }
}
