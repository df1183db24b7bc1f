// The operations a newcomer finds in the tabs; the tests validate each against the schema.

export const LEADS = `# Run with Ctrl-Enter. Every list pages the same way: pass endCursor as \`after\`.
query Leads {
  leads(first: 10) {
    nodes {
      id
      name
      stage
      agent {
        name
      }
      calls(first: 3) {
        nodes {
          status
          startedAt
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

export const OVERVIEW = `# Whose key this is, what it may do, and how the last thirty days went.
query Overview {
  viewer {
    workspace {
      name
    }
    scopes
  }
  stats(range: LAST_30_DAYS) {
    calls
    emails
    meetings
  }
}
`;

export const CAMPAIGNS = `query Campaigns {
  campaigns(first: 10) {
    nodes {
      id
      name
      status
      agent {
        name
      }
      recipients(first: 5) {
        totalCount
        nodes {
          status
          lead {
            name
          }
        }
      }
    }
  }
}
`;

export const CREATE_LEAD = `# Mistakes a person can mend come back as \`errors\`, each with the path of its input.
mutation CreateLead($input: CreateLeadInput!) {
  createLead(input: $input) {
    lead {
      id
      name
      stage
    }
    errors {
      code
      message
      path
    }
  }
}
`;

export const CREATE_LEAD_VARIABLES = `{
  "input": {
    "name": "Ada Lovelace",
    "company": "Analytical Engines",
    "email": "ada@example.com"
  }
}
`;

export const ACTIVITY = `# Stays open and shows events as they happen; create a lead in another window.
subscription Activity {
  activity {
    cursor
    occurredAt
    type
  }
}
`;

export const TABS = [
  { query: LEADS },
  { query: OVERVIEW },
  { query: CAMPAIGNS },
  { query: CREATE_LEAD, variables: CREATE_LEAD_VARIABLES },
  { query: ACTIVITY },
];
