// The operations a newcomer finds in the tabs; the tests validate each against the schema.

export const LEADS = `# Ctrl-Enter runs; endCursor as \`after\` pages on.
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

export const OVERVIEW = `# Whose key this is, what it may do,
# and how the last thirty days went.
query Overview {
  viewer {
    workspace {
      name
    }
    scopes
  }
  stats(range: LAST_30_DAYS) {
    totalLeads
    totalCalls
    answerRate
    totalEmails
    meetingsBooked
    callsByStatus {
      status
      count
    }
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
          state
          attempts
          lead {
            name
          }
        }
      }
    }
  }
}
`;

export const CREATE_LEAD = `# What a person can mend comes back as errors,
# each with the path of its input.
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

export const ACTIVITY = `# What happened in the workspace, newest first.
query Activity {
  activity(first: 20) {
    nodes {
      createdAt
      type
      title
      lead {
        name
      }
      agent {
        name
      }
    }
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
