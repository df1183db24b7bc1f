// A page written against the generated types: what it may read is checked by the compiler.
import { CreateLead, Leads, typed } from './app/src/leads';
import type { Scalars } from './app/src/gql/graphql';

const scalars: {
  [Name in 'DateTime' | 'E164' | 'EmailAddress' | 'Micros' | 'Url']: Scalars[Name]['output'];
} = { DateTime: '', E164: '', EmailAddress: '', Micros: '1500000', Url: '' };

async function main(): Promise<void> {
  const ids: string[] = [];
  let nested = false;
  let created: string = scalars.DateTime;
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof leads>> = await leads(after);
    ids.push(...page.nodes.map((lead) => lead.id));
    nested ||= page.nodes.some((lead) => lead.calls.nodes.some((call) => call.agent?.name !== undefined));
    created = page.nodes[0]?.createdAt ?? created;
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor ?? null;
  }
  const { createLead } = await typed(CreateLead, { input: { email: 'nobody' } });
  const code = await leads('nonsense').catch((error: { code: string }) => error.code);
  // @ts-expect-error What was not selected can't be read.
  void (await leads(null)).nodes[0]?.email;
  console.log(JSON.stringify({ ids, nested, created, errors: createLead?.errors, code }));
}

async function leads(after: string | null) {
  return (await typed(Leads, { after })).leads;
}

main();
