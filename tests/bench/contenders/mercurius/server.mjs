// Mercurius as its manual recommends it for speed: JIT on, loaders that fetch for all parents at
// once, prepared statements, instants kept as text.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const [port, workspace, connections] = process.argv.slice(2);
// Only where deliveries are measured: elsewhere nobody subscribes.
const live = Boolean(process.env.LIVE);
const TIMESTAMPTZ = 1184;
// "2026-01-31 09:30:00.5+00" becomes "2026-01-31T09:30:00.500Z" without a Date in between.
pg.types.setTypeParser(TIMESTAMPTZ, (text) => {
  const fraction = text.slice(20, -3).padEnd(3, "0");
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
});
const pool = new pg.Pool({ user: "postgres", max: Number(connections), options: "-c timezone=UTC -c jit=off" });

const schema = `
  type Query {
    lead(id: ID!): Lead
    leads(first: Int = 50, after: String): LeadConnection!
    agents(first: Int = 50): [Agent!]!
  }
  type Mutation { moveLead(id: ID!, stage: String!): Lead }
  type Subscription { leadMoved: Lead! }
  type LeadConnection { edges: [LeadEdge!]! nodes: [Lead!]! pageInfo: PageInfo! }
  type LeadEdge { cursor: String! node: Lead! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Lead {
    id: ID!
    number: Int!
    version: Int!
    name: String!
    firstName: String
    lastName: String
    company: String
    role: String
    email: String
    phone: String
    stage: String!
    meetingBooked: Boolean!
    createdAt: String!
    updatedAt: String!
    agent: Agent
    calls(first: Int = 50): [Call!]!
    emails(first: Int = 50): [Email!]!
  }
  type Agent { id: ID! name: String! calls(first: Int = 50, after: String): [Call!]! }
  type Call { id: ID! status: String! toNumber: String! durationSeconds: Int createdAt: String! }
  type Email { id: ID! subject: String status: String! createdAt: String! }
`;

const LEAD = `t.id, t.number, t.version, t.name, t.first_name AS "firstName", t.last_name AS "lastName",
  t.company, t.role, t.email, t.phone, t.stage, t.meeting_booked AS "meetingBooked",
  t.created_at AS "createdAt", t.updated_at AS "updatedAt", t.agent_id AS "agentId"`;
const CALL = `t.id, t.status, t.to_number AS "toNumber", t.duration_ms / 1000 AS "durationSeconds",
  t.created_at AS "createdAt"`;

async function rows(name, text, values, client = pool) {
  return (await client.query({ name, text, values })).rows;
}

function cursor(row) {
  return Buffer.from(`${row.createdAt}|${row.id}`).toString("base64");
}

function place(after) {
  return after == null
    ? ["infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff"]
    : Buffer.from(after, "base64").toString().split("|");
}

// For each parent its own rows, in the parents' order.
function grouped(queries, found, key) {
  const groups = new Map();
  for (const row of found) {
    const group = groups.get(row.parent);
    if (group) group.push(row);
    else groups.set(row.parent, [row]);
  }
  return queries.map(({ obj }) => groups.get(obj[key]) ?? []);
}

// Each parent is asked for once: Mercurius' own cache would only serialise every parent as its key.
const opts = { cache: false };

function calls(column) {
  const loader = async (queries) => {
    const { first, after } = queries[0].params;
    const found = await rows(
      `calls_${column}`,
      `SELECT p.id AS parent, t.* FROM unnest($2::uuid[]) p(id) CROSS JOIN LATERAL (
         SELECT ${CALL} FROM call t WHERE t.workspace_id = $1 AND t.${column} = p.id
         AND (t.created_at, t.id) < ($3::timestamptz, $4::uuid)
         ORDER BY t.created_at DESC, t.id DESC LIMIT $5) t`,
      [workspace, queries.map(({ obj }) => obj.id), ...place(after), first],
    );
    return grouped(queries, found, "id");
  };
  return { loader, opts };
}

const resolvers = {
  Query: {
    async lead(_, { id }) {
      return (await rows("lead", `SELECT ${LEAD} FROM lead t WHERE workspace_id = $1 AND id = $2`, [workspace, id]))[0];
    },
    async leads(_, { first, after }) {
      const nodes = await rows(
        "leads",
        `SELECT ${LEAD} FROM lead t WHERE workspace_id = $1 AND (created_at, id) < ($2::timestamptz, $3::uuid)
         ORDER BY created_at DESC, id DESC LIMIT $4`,
        [workspace, ...place(after), first + 1],
      );
      const hasNextPage = nodes.length > first;
      if (hasNextPage) nodes.pop();
      return { nodes, hasNextPage };
    },
    agents(_, { first }) {
      return rows(
        "agents",
        "SELECT id, name FROM agent WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
        [workspace, first],
      );
    },
  },
  Subscription: {
    leadMoved: { subscribe: (_, __, { pubsub }) => pubsub.subscribe("moved") },
  },
  LeadConnection: {
    edges: ({ nodes }) => nodes.map((node) => ({ node, cursor: cursor(node) })),
    pageInfo: ({ nodes, hasNextPage }) => ({
      hasNextPage,
      endCursor: nodes.length ? cursor(nodes[nodes.length - 1]) : null,
    }),
  },
  Mutation: {
    async moveLead(_, { id, stage }, { pubsub }) {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const [lead] = await rows(
          "move",
          `UPDATE lead t SET stage = $3, converted = $3 = 'CONVERTED', version = version + 1, updated_at = now()
           WHERE workspace_id = $1 AND id = $2 RETURNING ${LEAD}`,
          [workspace, id, stage],
          client,
        );
        await rows(
          "event",
          `INSERT INTO event (workspace_id, id, position, type, subject_kind, subject_id, version, status, title,
             metadata, actor, lead_id, agent_id)
           VALUES ($1, uuidv7(), -nextval('bench.place'), 'LEAD_STAGE_CHANGED', 'LEAD', $2, $3, $4, $5,
             '{"changed": ["converted", "stage"]}', 'API_KEY', $2, $6)`,
          [workspace, id, lead.version, stage, `${lead.name} moved to ${stage}`, lead.agentId],
          client,
        );
        await client.query("COMMIT");
        if (live) pubsub.publish({ topic: "moved", payload: { leadMoved: lead } });
        return lead;
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      } finally {
        client.release();
      }
    },
  },
};

const loaders = {
  Lead: {
    agent: {
      async loader(queries) {
        const keys = [...new Set(queries.map(({ obj }) => obj.agentId))];
        const found = await rows(
          "agent",
          "SELECT id, name FROM agent WHERE workspace_id = $1 AND id = ANY($2::uuid[])",
          [workspace, keys],
        );
        const byId = new Map(found.map((row) => [row.id, row]));
        return queries.map(({ obj }) => byId.get(obj.agentId) ?? null);
      },
      opts,
    },
    calls: calls("lead_id"),
    emails: {
      async loader(queries) {
        const found = await rows(
          "emails",
          `SELECT p.id AS parent, t.* FROM unnest($2::uuid[]) p(id) CROSS JOIN LATERAL (
             SELECT t.id, t.subject, t.status, t.created_at AS "createdAt" FROM email t
             WHERE t.workspace_id = $1 AND t.lead_id = p.id
             ORDER BY t.created_at DESC, t.id DESC LIMIT $3) t`,
          [workspace, queries.map(({ obj }) => obj.id), queries[0].params.first],
        );
        return grouped(queries, found, "id");
      },
      opts,
    },
  },
  Agent: { calls: calls("agent_id") },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1, cache: true, subscription: live });
await app.listen({ port: Number(port), host: "127.0.0.1" });
process.on("SIGTERM", () => process.exit(0));
