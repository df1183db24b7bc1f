// What the live page asks of the graph and follows; the tests validate each against the schema.

const CALL = `
  fragment Shown on Call {
    id number version status direction toNumber
    createdAt queuedAt dialedAt answeredAt endedAt updatedAt durationSeconds
    waitingFor notBefore cancelRequested
    endReason outcome blockedCode artifactsAt
    lead { name company } agent { name } campaign { id name }
  }
`;

const PROGRESS = `
  fragment Progress on Campaign {
    id name status version pauseReason startedAt finishedAt
    agent { name }
    totalRecipients totalCalls totalCostMicros costCurrency
    next: calls(first: 1, filter: { status: [SCHEDULED] }, orderBy: { field: NUMBER, direction: ASC }) { nodes { status waitingFor notBefore } }
    pending: recipients(first: 0, filter: { state: [PENDING] }) { totalCount }
    calling: recipients(first: 0, filter: { state: [CALLING] }) { totalCount }
    retrying: recipients(first: 0, filter: { state: [RETRYING] }) { totalCount }
    completed: recipients(first: 0, filter: { state: [COMPLETED] }) { totalCount }
    failed: recipients(first: 0, filter: { state: [FAILED, BLOCKED, CANCELLED, EXPIRED] }) { totalCount }
  }
`;

export const VIEWER = `
  query Viewer { viewer { scopes workspace { name simulated } } }
`;

export const BOARD = `
  query Board {
    cursor
    running: calls(first: 100, filter: { status: [DIALING, RINGING, IN_PROGRESS] }) {
      nodes { ...Shown }
    }
    queued: calls(first: 40, filter: { status: [QUEUED] }) { nodes { ...Shown } }
    scheduled: calls(first: 100, filter: { status: [SCHEDULED] }) { nodes { ...Shown } }
    doubtful: calls(first: 20, filter: { status: [UNKNOWN] }) { nodes { ...Shown } }
    recent: calls(
      first: 50
      filter: { status: [COMPLETED, VOICEMAIL, NO_ANSWER, BUSY, REJECTED, FAILED, CANCELLED, BLOCKED] }
      orderBy: { field: UPDATED_AT }
    ) { nodes { ...Shown } }
  }
  ${CALL}
`;

export const CALLS = `
  subscription Calls($after: String) {
    callStatus(after: $after) { cursor type call { ...Shown } }
  }
  ${CALL}
`;

export const DETAIL = `
  query Detail($id: ID!, $after: String) {
    cursor
    call(id: $id) {
      ...Shown
      fromNumber provider reason hangupBy sentiment summary endDetail
      cost { amountMicros currency }
      recording { state url urlExpiresAt durationSeconds }
      transcript(first: 100, after: $after, orderBy: { field: POSITION, direction: ASC }) {
        nodes { position speaker text startSeconds }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
  ${CALL}
`;

export const SPOKEN = `
  subscription Spoken($id: ID!, $after: String) {
    callTranscript(callId: $id, after: $after) {
      cursor
      turn { position speaker text startSeconds }
      partial { speaker text }
    }
  }
`;

export const CAMPAIGNS = `
  query Campaigns {
    cursor
    open: campaigns(first: 6, filter: { status: [IN_PROGRESS, PAUSED, SCHEDULED] }) {
      nodes { ...Progress }
    }
    over: campaigns(
      first: 3
      filter: { status: [FINISHED, FAILED, CANCELLED] }
      orderBy: { field: UPDATED_AT }
    ) { nodes { ...Progress } }
  }
  ${PROGRESS}
`;

export const PROGRESSED = `
  subscription Progressed($id: ID!, $after: String) {
    campaignProgress(campaignId: $id, after: $after) { cursor type }
  }
`;

const ENTRY = `
  fragment Entry on Activity { id createdAt type title detail call { id } lead { name } }
`;

export const FEED = `
  query Feed {
    cursor
    activity(first: 100) { nodes { ...Entry } }
  }
  ${ENTRY}
`;

export const HAPPENED = `
  subscription Happened($after: String) {
    activity(after: $after) {
      cursor
      activity { ...Entry }
    }
  }
  ${ENTRY}
`;

export const AGENTS = `
  query Agents {
    agents(first: 100, filter: { active: true }) { nodes { id name } }
    viewer { workspace { defaultAgent { id } } }
  }
`;

export const PLACE = `
  mutation Place($input: PlaceCallInput!, $key: String!) {
    placeCall(input: $input, idempotencyKey: $key) {
      call { ...Shown }
      errors { message path }
    }
  }
  ${CALL}
`;

export const CANCEL = `
  mutation Cancel($input: CancelCallInput!, $key: String!) {
    cancelCall(input: $input, idempotencyKey: $key) {
      call { ...Shown }
      outcome
      errors { message }
    }
  }
  ${CALL}
`;

export const HANG_UP = `
  mutation HangUp($input: HangUpCallInput!, $key: String!) {
    hangUpCall(input: $input, idempotencyKey: $key) {
      call { ...Shown }
      errors { message }
    }
  }
  ${CALL}
`;

/** What the empty board shows to copy. */
export const EXAMPLE = `mutation {
  placeCall(
    input: { target: { phone: "+12125550142" } }
    idempotencyKey: "first-call"
  ) {
    call { id status }
    errors { message path }
  }
}`;
