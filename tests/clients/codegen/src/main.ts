// A page written against the generated types: what it may read is checked by the compiler.
import { print } from 'graphql';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { graphql } from '../made';

declare const process: { env: Record<string, string | undefined> };

interface Failure {
  message: string;
  extensions: { code: string };
}

async function ask<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<{ data?: Data; errors?: Failure[] }> {
  const response = await fetch(process.env['GATEWAY_URL'] ?? '', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${process.env['GATEWAY_KEY']}`,
    },
    body: JSON.stringify({ query: print(document), variables }),
  });
  return (await response.json()) as { data?: Data; errors?: Failure[] };
}

const Leads = graphql(`
  query CodegenLeads($after: String) {
    leads(first: 15, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { id name createdAt stage calls(first: 2) { nodes { id status agent { name } } } }
    }
  }
`);

const Create = graphql(`
  mutation CodegenCreate($input: CreateLeadInput!) {
    createLead(input: $input) { lead { id } errors { code path message } }
  }
`);

async function main(): Promise<void> {
  const ids: string[] = [];
  let nested = false;
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof leads>> = await leads(after);
    ids.push(...page.nodes.map((lead) => lead.id));
    nested ||= page.nodes.some((lead) => lead.calls.nodes.some((call) => call.agent?.name !== undefined));
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor ?? null;
  }
  const created = await ask(Create, { input: { email: 'nobody' } });
  const bad = await ask(Leads, { after: 'nonsense' });
  // @ts-expect-error What was not selected can't be read.
  void bad.data?.leads.nodes[0]?.email;
  console.log(
    JSON.stringify({
      ids,
      nested,
      errors: created.data?.createLead?.errors,
      code: bad.errors?.[0]?.extensions.code,
    }),
  );
}

async function leads(after: string | null) {
  const { data } = await ask(Leads, { after });
  if (data === undefined) throw new Error('no data');
  return data.leads;
}

main();
