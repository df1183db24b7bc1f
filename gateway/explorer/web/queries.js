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

export const PLACE_CALL = `# Run it again with the same key: it stays one call.
mutation PlaceCall($input: PlaceCallInput!, $key: String!) {
  placeCall(input: $input, idempotencyKey: $key) {
    call {
      id
      status
      waitingFor
      notBefore
    }
    errors {
      code
      message
      path
    }
    replayed
  }
}
`;

export const PLACE_CALL_VARIABLES = `{
  "input": {
    "target": { "phone": "+12125550142" },
    "metadata": { "simulate": { "outcome": "COMPLETED" } }
  },
  "key": "first-call"
}
`;

export const WATCH_CALLS = `# What happens to calls, as it happens: place one in another tab.
subscription WatchCalls {
  callStatus {
    title
    call {
      id
      status
      toNumber
      durationSeconds
      transcript(last: 1) {
        nodes {
          speaker
          text
        }
      }
      recording {
        url
      }
    }
  }
}
`;

export const SEND_EMAIL = `# Until a mail server is set up, e-mails go into files.
mutation SendEmail($input: SendEmailInput!, $key: String!) {
  sendEmail(input: $input, idempotencyKey: $key) {
    email {
      id
      status
      subject
      body
    }
    errors {
      code
      message
      path
    }
  }
}
`;

export const SEND_EMAIL_VARIABLES = `{
  "input": {
    "target": { "email": "ada@example.com" },
    "subject": "Routes for {{ lead.company | default('your team') }}",
    "template": "Hello {{ lead.first_name | default('there') }},\n\n{{ agent.elevator_pitch }}"
  },
  "key": "first-mail"
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
  { query: PLACE_CALL, variables: PLACE_CALL_VARIABLES },
  { query: WATCH_CALLS },
  { query: SEND_EMAIL, variables: SEND_EMAIL_VARIABLES },
  { query: ACTIVITY },
];
