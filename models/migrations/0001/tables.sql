-- The tables as of the first migration. Frozen: later changes are migrations of their own.
-- Words in <angle brackets> stand for each database's types; a line that ends in `-- sqlite`
-- or `-- postgres` is for that database alone. See _operations.py.

CREATE TABLE workspace (
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  number <int> NOT NULL,
  name <text> NOT NULL,
  plan <text>,
  country <text>,
  language <text> NOT NULL DEFAULT 'en',
  time_zone <text> NOT NULL DEFAULT 'UTC',
  default_agent_id <uuid>,
  simulated <flag> NOT NULL DEFAULT <false> <valid flag:simulated>,
  calling_hours <text> NOT NULL DEFAULT 'WARN',
  calling_windows <json> NOT NULL DEFAULT '[]' <valid json:calling_windows>,
  require_consent <flag> NOT NULL DEFAULT <false> <valid flag:require_consent>,
  max_concurrent_calls <int> NOT NULL DEFAULT 10,
  calls_per_second <int> NOT NULL DEFAULT 1,
  max_calls_per_day <int>,
  max_emails_per_day <int>,
  max_campaign_attempts_per_day <int> NOT NULL DEFAULT 3,
  requests_per_minute <int>,
  requests_per_day <int>,
  credit_micros <bigint>,
  credit_currency <text> NOT NULL DEFAULT 'USD',
  credit_per_minute_micros <bigint> NOT NULL DEFAULT 0,
  closed_at <instant>,
  FOREIGN KEY (id, default_agent_id) REFERENCES agent (workspace_id, id), -- sqlite
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX workspace_number ON workspace (number);

CREATE TABLE member (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  uid <text> NOT NULL,
  name <text> NOT NULL,
  email <text>,
  role <text> NOT NULL DEFAULT 'SELLER',
  last_seen_at <instant>,
  removed_at <instant>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id)
);
CREATE UNIQUE INDEX member_uid ON member (workspace_id, uid);
CREATE INDEX member_email ON member (workspace_id, email) WHERE email IS NOT NULL;
CREATE INDEX member_created ON member (workspace_id, created_at, id);

CREATE TABLE api_key (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  number <int> NOT NULL,
  name <text> NOT NULL,
  kind <text> NOT NULL DEFAULT 'KEY',
  dialect <text> NOT NULL DEFAULT 'SWITCHBOARD',
  prefix <text> NOT NULL,
  secret_hash <text> NOT NULL,
  scopes <json> NOT NULL DEFAULT '[]' <valid json:scopes>,
  parent_id <uuid>,
  subject <text>,
  member_id <uuid>,
  requests_per_minute <int>,
  documents_only <flag> NOT NULL DEFAULT <false> <valid flag:documents_only>,
  expires_at <instant>,
  revoked_at <instant>,
  last_used_at <instant>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, parent_id) REFERENCES api_key (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, member_id) REFERENCES member (workspace_id, id)
);
CREATE UNIQUE INDEX api_key_number ON api_key (workspace_id, number);
CREATE UNIQUE INDEX api_key_secret ON api_key (secret_hash);
CREATE INDEX api_key_created ON api_key (workspace_id, created_at, id);
CREATE INDEX api_key_name ON api_key (workspace_id, name, id);
CREATE INDEX api_key_revoked ON api_key (workspace_id, created_at, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_key_kind ON api_key (workspace_id, kind, created_at, id);
CREATE INDEX api_key_parent ON api_key (workspace_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX api_key_member ON api_key (workspace_id, member_id) WHERE member_id IS NOT NULL;
CREATE INDEX api_key_expires ON api_key (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE provider_account (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  name <text> NOT NULL,
  provider <text> NOT NULL,
  is_default <flag> NOT NULL DEFAULT <false> <valid flag:is_default>,
  active <flag> NOT NULL DEFAULT <true> <valid flag:active>,
  settings <json> NOT NULL DEFAULT '{}' <valid json:settings>,
  credentials <bytes>,
  credentials_hint <text>,
  callback_token <text> NOT NULL,
  max_concurrent_calls <int>,
  calls_per_second <int>,
  verified_at <instant>,
  last_error <text>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id)
);
CREATE UNIQUE INDEX provider_account_callback_token ON provider_account (callback_token);
CREATE INDEX provider_account_created ON provider_account (workspace_id, created_at, id);
CREATE INDEX provider_account_provider ON provider_account (workspace_id, provider, created_at, id);

CREATE TABLE agent (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  number <int> NOT NULL,
  name <text> NOT NULL,
  type <text> NOT NULL,
  mode <text> NOT NULL DEFAULT 'AUTOPILOT',
  automation_enabled <flag> NOT NULL DEFAULT <false> <valid flag:automation_enabled>,
  active <flag> NOT NULL DEFAULT <true> <valid flag:active>,
  outreach_model <text> NOT NULL DEFAULT 'BOTH',
  language <text> NOT NULL DEFAULT 'en',
  time_zone <text>,
  provider <text>,
  provider_account_id <uuid>,
  provider_agent_id <text>,
  elevenlabs_agent_id <text>,
  voice_engine <text>,
  voice_id <text>,
  model <text>,
  stream_url <text>,
  email_address <text>,
  reply_to <text>,
  email_signature <text>,
  system_prompt <text>,
  product_explanation <text>,
  value_proposition <text>,
  pain_points <text>,
  benefits <text>,
  features_differentiators <text>,
  elevator_pitch <text>,
  first_message <text>,
  email_knowledge <text>,
  example_email <text>,
  general_tools <json> NOT NULL DEFAULT '[]' <valid json:general_tools>,
  post_call_analysis_data <json> NOT NULL DEFAULT '[]' <valid json:post_call_analysis_data>,
  provider_settings <json> NOT NULL DEFAULT '{}' <valid json:provider_settings>,
  transfer_number <text>,
  record_calls <flag> NOT NULL DEFAULT <true> <valid flag:record_calls>,
  voicemail_action <text> NOT NULL DEFAULT 'HANG_UP',
  voicemail_message <text>,
  ring_timeout_ms <int> NOT NULL DEFAULT 60000,
  max_duration_ms <int> NOT NULL DEFAULT 600000,
  max_concurrent_calls <int>,
  max_emails_per_day <int>,
  archived_at <instant>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, provider_account_id) REFERENCES provider_account (workspace_id, id)
);
CREATE UNIQUE INDEX agent_number ON agent (workspace_id, number);
CREATE INDEX agent_created ON agent (workspace_id, created_at, id);
CREATE INDEX agent_updated ON agent (workspace_id, updated_at, id);
CREATE INDEX agent_name ON agent (workspace_id, name, id);
CREATE INDEX agent_type ON agent (workspace_id, type, created_at, id);
CREATE INDEX agent_provider_account ON agent (workspace_id, provider_account_id) WHERE provider_account_id IS NOT NULL;
CREATE INDEX agent_provider_agent ON agent (workspace_id, provider_agent_id) WHERE provider_agent_id IS NOT NULL;

CREATE TABLE phone_number (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  number <int> NOT NULL,
  e164 <text> NOT NULL,
  country <text>,
  friendly_name <text>,
  status <text> NOT NULL DEFAULT 'ACTIVE',
  outbound_agent_id <uuid>,
  inbound_agent_id <uuid>,
  provider <text>,
  provider_account_id <uuid>,
  provider_number_id <text>,
  calls_per_second <int>,
  max_concurrent_calls <int>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, outbound_agent_id) REFERENCES agent (workspace_id, id),
  FOREIGN KEY (workspace_id, inbound_agent_id) REFERENCES agent (workspace_id, id),
  FOREIGN KEY (workspace_id, provider_account_id) REFERENCES provider_account (workspace_id, id)
);
CREATE UNIQUE INDEX phone_number_number ON phone_number (workspace_id, number);
CREATE UNIQUE INDEX phone_number_e164 ON phone_number (workspace_id, e164);
CREATE INDEX phone_number_created ON phone_number (workspace_id, created_at, id);
CREATE INDEX phone_number_updated ON phone_number (workspace_id, updated_at, id);
CREATE INDEX phone_number_status ON phone_number (workspace_id, status, created_at, id);
CREATE INDEX phone_number_outbound_agent ON phone_number (workspace_id, outbound_agent_id, created_at, id);
CREATE INDEX phone_number_inbound_agent ON phone_number (workspace_id, inbound_agent_id, created_at, id);
CREATE INDEX phone_number_provider_account ON phone_number (workspace_id, provider_account_id) WHERE provider_account_id IS NOT NULL;
CREATE INDEX phone_number_dialled ON phone_number (e164);

CREATE TABLE lead (
  row INTEGER PRIMARY KEY, -- sqlite
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  number <int> NOT NULL,
  name <text> NOT NULL,
  first_name <text>,
  last_name <text>,
  company <text>,
  role <text>,
  email <text>,
  phone <text>,
  language <text>,
  time_zone <text>,
  stage <text> NOT NULL DEFAULT 'NEW',
  meeting_booked <flag> NOT NULL DEFAULT <false> <valid flag:meeting_booked>,
  converted <flag> NOT NULL DEFAULT <false> <valid flag:converted>,
  outreach_disabled <flag> NOT NULL DEFAULT <false> <valid flag:outreach_disabled>,
  consent_state <text> NOT NULL DEFAULT 'UNKNOWN',
  consent_capture <text>,
  consent_at <instant>,
  custom_fields <json> NOT NULL DEFAULT '{}' <valid json:custom_fields>,
  source <text> NOT NULL DEFAULT 'API',
  external_id <text>,
  contact_key <text>,
  agent_id <uuid>,
  assigned_user_uid <text>,
  last_activity_at <instant> NOT NULL,
  search <text> NOT NULL,
  PRIMARY KEY (workspace_id, id), -- postgres
  UNIQUE (workspace_id, id), -- sqlite
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agent (workspace_id, id)
);
CREATE UNIQUE INDEX lead_number ON lead (workspace_id, number);
CREATE UNIQUE INDEX lead_contact_key ON lead (workspace_id, contact_key) WHERE contact_key IS NOT NULL;
CREATE INDEX lead_created ON lead (workspace_id, created_at, id);
CREATE INDEX lead_updated ON lead (workspace_id, updated_at, id);
CREATE INDEX lead_name ON lead (workspace_id, name, id);
CREATE INDEX lead_last_activity ON lead (workspace_id, last_activity_at, id);
CREATE INDEX lead_stage ON lead (workspace_id, stage, created_at, id);
CREATE INDEX lead_agent ON lead (workspace_id, agent_id, created_at, id);
CREATE INDEX lead_agent_stage ON lead (workspace_id, agent_id, stage, created_at, id);
CREATE INDEX lead_meeting ON lead (workspace_id, meeting_booked, created_at, id);
CREATE INDEX lead_agent_meeting ON lead (workspace_id, agent_id, meeting_booked, created_at, id);
CREATE INDEX lead_converted ON lead (workspace_id, created_at, id) WHERE converted = true;
CREATE INDEX lead_outreach_disabled ON lead (workspace_id, created_at, id) WHERE outreach_disabled = true;
CREATE INDEX lead_source ON lead (workspace_id, source, created_at, id);
CREATE INDEX lead_consent_state ON lead (workspace_id, consent_state, created_at, id);
CREATE INDEX lead_consent_capture ON lead (workspace_id, consent_capture, created_at, id) WHERE consent_capture IS NOT NULL;
CREATE INDEX lead_phone ON lead (workspace_id, phone, created_at, id) WHERE phone IS NOT NULL;
CREATE INDEX lead_email ON lead (workspace_id, lower(email), created_at, id) WHERE lower(email) IS NOT NULL;
CREATE INDEX lead_external_id ON lead (workspace_id, external_id, created_at, id) WHERE external_id IS NOT NULL;
CREATE INDEX lead_assigned_user ON lead (workspace_id, assigned_user_uid, created_at, id) WHERE assigned_user_uid IS NOT NULL;

CREATE TABLE campaign (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  number <int> NOT NULL,
  name <text> NOT NULL,
  status <text> NOT NULL DEFAULT 'DRAFT',
  agent_id <uuid> NOT NULL,
  phone_number_id <uuid>,
  purpose <text>,
  reason <text>,
  first_message_override <text>,
  language_mode <text> NOT NULL DEFAULT 'AUTO',
  output_language <text>,
  extraction_schema <json> <valid json:extraction_schema>,
  display_columns <json> NOT NULL DEFAULT '[]' <valid json:display_columns>,
  time_zone <text>,
  start_date <text>,
  end_date <text>,
  calling_windows <json> NOT NULL DEFAULT '[]' <valid json:calling_windows>,
  max_retries <int> NOT NULL DEFAULT 0,
  retry_delay_ms <int> NOT NULL DEFAULT 3600000,
  retry_on <json> NOT NULL DEFAULT '[]' <valid json:retry_on>,
  max_concurrent_calls <int>,
  metadata <json> NOT NULL DEFAULT '{}' <valid json:metadata>,
  pause_reason <text>,
  started_at <instant>,
  paused_at <instant>,
  finished_at <instant>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agent (workspace_id, id),
  FOREIGN KEY (workspace_id, phone_number_id) REFERENCES phone_number (workspace_id, id)
);
CREATE UNIQUE INDEX campaign_number ON campaign (workspace_id, number);
CREATE INDEX campaign_created ON campaign (workspace_id, created_at, id);
CREATE INDEX campaign_updated ON campaign (workspace_id, updated_at, id);
CREATE INDEX campaign_name ON campaign (workspace_id, name, id);
CREATE INDEX campaign_status ON campaign (workspace_id, status, created_at, id);
CREATE INDEX campaign_agent ON campaign (workspace_id, agent_id, created_at, id);
CREATE INDEX campaign_agent_status ON campaign (workspace_id, agent_id, status, created_at, id);
CREATE INDEX campaign_phone_number ON campaign (workspace_id, phone_number_id) WHERE phone_number_id IS NOT NULL;
CREATE INDEX campaign_running ON campaign (status, workspace_id, id) WHERE status IN ('SCHEDULED', 'IN_PROGRESS');

CREATE TABLE recipient (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  number <int> NOT NULL,
  campaign_id <uuid> NOT NULL,
  lead_id <uuid>,
  to_number <text> NOT NULL,
  name <text>,
  external_id <text>,
  variables <json> NOT NULL DEFAULT '{}' <valid json:variables>,
  state <text> NOT NULL DEFAULT 'PENDING',
  attempts <int> NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_attempt_at <instant>,
  blocked_code <text>,
  finished_at <instant>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, lead_id) REFERENCES lead (workspace_id, id)
);
CREATE UNIQUE INDEX recipient_number ON recipient (workspace_id, number);
CREATE UNIQUE INDEX recipient_external_id ON recipient (workspace_id, campaign_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX recipient_created ON recipient (workspace_id, created_at, id);
CREATE INDEX recipient_updated ON recipient (workspace_id, updated_at, id);
CREATE INDEX recipient_of_external_id ON recipient (workspace_id, external_id, created_at, id) WHERE external_id IS NOT NULL;
CREATE INDEX recipient_campaign ON recipient (workspace_id, campaign_id, created_at, id);
CREATE INDEX recipient_campaign_state ON recipient (workspace_id, campaign_id, state, created_at, id);
CREATE INDEX recipient_campaign_updated ON recipient (workspace_id, campaign_id, updated_at, id);
CREATE INDEX recipient_campaign_lead ON recipient (workspace_id, campaign_id, lead_id);
CREATE INDEX recipient_lead ON recipient (workspace_id, lead_id, created_at, id);
CREATE INDEX recipient_to_number ON recipient (workspace_id, to_number, created_at, id);
CREATE INDEX recipient_due ON recipient (workspace_id, campaign_id, next_attempt_at, id) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE proposal (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  campaign_id <uuid> NOT NULL,
  state <text> NOT NULL DEFAULT 'PENDING',
  summary <json> NOT NULL DEFAULT '{}' <valid json:summary>,
  requested_by <text>,
  expires_at <instant> NOT NULL,
  decided_at <instant>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX proposal_campaign ON proposal (workspace_id, campaign_id, created_at, id);
CREATE INDEX proposal_expires ON proposal (expires_at) WHERE state = 'PENDING';

CREATE TABLE call (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  number <int> NOT NULL,
  status <text> NOT NULL DEFAULT 'QUEUED',
  direction <text> NOT NULL DEFAULT 'OUTBOUND',
  lead_id <uuid>,
  agent_id <uuid>,
  phone_number_id <uuid>,
  campaign_id <uuid>,
  recipient_id <uuid>,
  attempt <int> NOT NULL DEFAULT 1,
  priority <text> NOT NULL DEFAULT 'DIRECT',
  from_number <text>,
  to_number <text> NOT NULL,
  provider <text>,
  provider_account_id <uuid>,
  provider_call_id <text>,
  provider_data <json> NOT NULL DEFAULT '{}' <valid json:provider_data>,
  language <text>,
  detected_language <text>,
  reason <text>,
  first_message_override <text>,
  max_duration_ms <int>,
  metadata <json> NOT NULL DEFAULT '{}' <valid json:metadata>,
  reference <text>,
  request_hash <text>,
  warnings <json> NOT NULL DEFAULT '[]' <valid json:warnings>,
  waiting_for <text>,
  not_before <instant>,
  earliest_at <instant>,
  latest_at <instant>,
  due_at <instant>,
  owner <text>,
  lease_until <instant>,
  dispatches <int> NOT NULL DEFAULT 0 CHECK (dispatches >= 0),
  cancel_requested <flag> NOT NULL DEFAULT <false> <valid flag:cancel_requested>,
  unknown_until <instant>,
  queued_at <instant>,
  dialed_at <instant>,
  ringing_at <instant>,
  started_at <instant>,
  answered_at <instant>,
  ended_at <instant>,
  duration_ms <int> CHECK (duration_ms >= 0),
  answered_by <text>,
  hangup_by <text>,
  end_reason <text>,
  end_detail <text>,
  sip_code <int>,
  blocked_code <text>,
  transferred_to <text>,
  summary <text>,
  intent <text>,
  sentiment <text>,
  outcome <text>,
  extracted <json> <valid json:extracted>,
  extraction_note <text>,
  artifacts_at <instant>,
  cost_micros <bigint>,
  cost_currency <text>,
  credit_reserved_micros <bigint> NOT NULL DEFAULT 0,
  credit_micros <bigint> NOT NULL DEFAULT 0,
  credit_currency <text>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES lead (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agent (workspace_id, id),
  FOREIGN KEY (workspace_id, phone_number_id) REFERENCES phone_number (workspace_id, id),
  FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign (workspace_id, id),
  FOREIGN KEY (workspace_id, recipient_id) REFERENCES recipient (workspace_id, id),
  FOREIGN KEY (workspace_id, provider_account_id) REFERENCES provider_account (workspace_id, id)
);
CREATE UNIQUE INDEX call_number ON call (workspace_id, number);
CREATE INDEX call_created ON call (workspace_id, created_at, id);
CREATE INDEX call_updated ON call (workspace_id, updated_at, id);
CREATE INDEX call_direction ON call (workspace_id, direction, created_at, id);
CREATE INDEX call_status ON call (workspace_id, status, created_at, id);
CREATE INDEX call_lead ON call (workspace_id, lead_id, created_at, id);
CREATE INDEX call_agent ON call (workspace_id, agent_id, created_at, id);
CREATE INDEX call_agent_status ON call (workspace_id, agent_id, status, created_at, id);
CREATE INDEX call_campaign ON call (workspace_id, campaign_id, created_at, id) WHERE campaign_id IS NOT NULL;
CREATE INDEX call_campaign_status ON call (workspace_id, campaign_id, status, created_at, id) WHERE campaign_id IS NOT NULL;
CREATE INDEX call_recipient ON call (workspace_id, recipient_id, created_at, id) WHERE recipient_id IS NOT NULL;
CREATE INDEX call_phone_number ON call (workspace_id, phone_number_id, created_at, id) WHERE phone_number_id IS NOT NULL;
CREATE INDEX call_provider_account ON call (workspace_id, provider_account_id) WHERE provider_account_id IS NOT NULL;
CREATE INDEX call_provider_call ON call (workspace_id, provider, provider_call_id) WHERE provider_call_id IS NOT NULL;
CREATE INDEX call_reference ON call (workspace_id, reference, created_at, id) WHERE reference IS NOT NULL;
CREATE INDEX call_outcome ON call (workspace_id, outcome, created_at, id) WHERE outcome IS NOT NULL;
CREATE INDEX call_request ON call (workspace_id, request_hash, created_at) WHERE request_hash IS NOT NULL;
CREATE INDEX call_to_number ON call (workspace_id, to_number, created_at, id);
CREATE INDEX call_dialed ON call (workspace_id, dialed_at) WHERE dialed_at IS NOT NULL;
CREATE INDEX call_live ON call (workspace_id, status, to_number, agent_id, phone_number_id, campaign_id) WHERE status IN ('DIALING', 'UNKNOWN', 'RINGING', 'IN_PROGRESS');
CREATE INDEX call_due ON call (status, priority, due_at, workspace_id, id) WHERE due_at IS NOT NULL;
CREATE INDEX call_workspace_due ON call (workspace_id, status, priority, due_at, id) WHERE due_at IS NOT NULL;

CREATE TABLE call_event (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  call_id <uuid> NOT NULL,
  type <text> NOT NULL,
  status <text>,
  late <flag> NOT NULL DEFAULT <false> <valid flag:late>,
  detail <text>,
  metadata <json> NOT NULL DEFAULT '{}' <valid json:metadata>,
  provider <text>,
  provider_event_id <text>,
  occurred_at <instant> NOT NULL DEFAULT <now>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, call_id) REFERENCES call (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX call_event_provider_event ON call_event (workspace_id, call_id, provider_event_id) WHERE provider_event_id IS NOT NULL;
CREATE INDEX call_event_call ON call_event (workspace_id, call_id, occurred_at, id);

CREATE TABLE transcript_turn (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  call_id <uuid> NOT NULL,
  position <int> NOT NULL,
  speaker <text> NOT NULL,
  text <text> NOT NULL,
  start_ms <int>,
  end_ms <int>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, call_id) REFERENCES call (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX transcript_turn_position ON transcript_turn (workspace_id, call_id, position);

CREATE TABLE recording (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  call_id <uuid> NOT NULL,
  state <text> NOT NULL DEFAULT 'PENDING',
  media_type <text>,
  channels <int>,
  duration_ms <int> CHECK (duration_ms >= 0),
  size_bytes <bigint>,
  provider <text>,
  provider_recording_id <text>,
  provider_url <text>,
  path <text>,
  metadata <json> NOT NULL DEFAULT '{}' <valid json:metadata>,
  available_at <instant>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, call_id) REFERENCES call (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX recording_call ON recording (workspace_id, call_id);
CREATE INDEX recording_provider_recording ON recording (workspace_id, provider, provider_recording_id) WHERE provider_recording_id IS NOT NULL;

CREATE TABLE email (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  status <text> NOT NULL DEFAULT 'QUEUED',
  direction <text> NOT NULL DEFAULT 'OUTBOUND',
  lead_id <uuid>,
  agent_id <uuid>,
  campaign_id <uuid>,
  thread_id <uuid> NOT NULL,
  from_email <text> NOT NULL,
  to_email <text> NOT NULL,
  subject <text>,
  body <text>,
  html <text>,
  message <text>,
  template <text>,
  summary <text>,
  workflow_id <text>,
  message_id <text>,
  in_reply_to <text>,
  ancestors <json> NOT NULL DEFAULT '[]' <valid json:ancestors>,
  provider <text>,
  provider_account_id <uuid>,
  provider_message_id <text>,
  metadata <json> NOT NULL DEFAULT '{}' <valid json:metadata>,
  reference <text>,
  request_hash <text>,
  warnings <json> NOT NULL DEFAULT '[]' <valid json:warnings>,
  waiting_for <text>,
  not_before <instant>,
  earliest_at <instant>,
  due_at <instant>,
  owner <text>,
  lease_until <instant>,
  dispatches <int> NOT NULL DEFAULT 0 CHECK (dispatches >= 0),
  cancel_requested <flag> NOT NULL DEFAULT <false> <valid flag:cancel_requested>,
  queued_at <instant>,
  sending_at <instant>,
  sent_at <instant>,
  delivered_at <instant>,
  replied_at <instant>,
  bounced_at <instant>,
  ended_at <instant>,
  blocked_code <text>,
  error_code <text>,
  end_detail <text>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES lead (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agent (workspace_id, id),
  FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign (workspace_id, id),
  FOREIGN KEY (workspace_id, provider_account_id) REFERENCES provider_account (workspace_id, id)
);
CREATE INDEX email_created ON email (workspace_id, created_at, id);
CREATE INDEX email_updated ON email (workspace_id, updated_at, id);
CREATE INDEX email_direction ON email (workspace_id, direction, created_at, id);
CREATE INDEX email_status ON email (workspace_id, status, created_at, id);
CREATE INDEX email_lead ON email (workspace_id, lead_id, created_at, id);
CREATE INDEX email_agent ON email (workspace_id, agent_id, created_at, id);
CREATE INDEX email_campaign ON email (workspace_id, campaign_id, created_at, id) WHERE campaign_id IS NOT NULL;
CREATE INDEX email_thread ON email (workspace_id, thread_id, created_at, id);
CREATE INDEX email_to_email ON email (workspace_id, to_email, created_at, id);
CREATE INDEX email_message ON email (workspace_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX email_provider_account ON email (workspace_id, provider_account_id) WHERE provider_account_id IS NOT NULL;
CREATE INDEX email_provider_message ON email (workspace_id, provider_message_id) WHERE provider_message_id IS NOT NULL;
CREATE INDEX email_reference ON email (workspace_id, reference, created_at, id) WHERE reference IS NOT NULL;
CREATE INDEX email_request ON email (workspace_id, request_hash, created_at) WHERE request_hash IS NOT NULL;
CREATE INDEX email_sending ON email (workspace_id, agent_id, sending_at) WHERE sending_at IS NOT NULL;
CREATE INDEX email_due ON email (status, due_at, workspace_id, id) WHERE due_at IS NOT NULL;

CREATE TABLE callback (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  provider <text> NOT NULL,
  provider_account_id <uuid>,
  call_id <uuid>,
  email_id <uuid>,
  provider_reference <text>,
  fingerprint <text> NOT NULL,
  state <text> NOT NULL DEFAULT 'RECEIVED',
  headers <json> NOT NULL DEFAULT '{}' <valid json:headers>,
  body <bytes> NOT NULL,
  error <text>,
  applied_at <instant>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, provider_account_id) REFERENCES provider_account (workspace_id, id),
  FOREIGN KEY (workspace_id, call_id) REFERENCES call (workspace_id, id),
  FOREIGN KEY (workspace_id, email_id) REFERENCES email (workspace_id, id)
);
CREATE UNIQUE INDEX callback_fingerprint ON callback (workspace_id, provider, fingerprint);
CREATE INDEX callback_state ON callback (workspace_id, state, created_at, id);
CREATE INDEX callback_reference ON callback (workspace_id, provider, provider_reference) WHERE provider_reference IS NOT NULL;
CREATE INDEX callback_call ON callback (workspace_id, call_id) WHERE call_id IS NOT NULL;
CREATE INDEX callback_email ON callback (workspace_id, email_id) WHERE email_id IS NOT NULL;
CREATE INDEX callback_provider_account ON callback (workspace_id, provider_account_id) WHERE provider_account_id IS NOT NULL;
CREATE INDEX callback_waiting ON callback (created_at, workspace_id, id) WHERE state IN ('RECEIVED', 'UNMATCHED');

CREATE TABLE suppression (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  channel <text> NOT NULL,
  address <text> NOT NULL,
  reason <text> NOT NULL,
  note <text>,
  lead_id <uuid>,
  call_id <uuid>,
  email_id <uuid>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES lead (workspace_id, id),
  FOREIGN KEY (workspace_id, call_id) REFERENCES call (workspace_id, id),
  FOREIGN KEY (workspace_id, email_id) REFERENCES email (workspace_id, id)
);
CREATE UNIQUE INDEX suppression_address ON suppression (workspace_id, channel, address);
CREATE INDEX suppression_created ON suppression (workspace_id, created_at, id);
CREATE INDEX suppression_channel ON suppression (workspace_id, channel, created_at, id);
CREATE INDEX suppression_reason ON suppression (workspace_id, reason, created_at, id);
CREATE INDEX suppression_of_address ON suppression (workspace_id, address, created_at, id);
CREATE INDEX suppression_lead ON suppression (workspace_id, lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX suppression_call ON suppression (workspace_id, call_id) WHERE call_id IS NOT NULL;
CREATE INDEX suppression_email ON suppression (workspace_id, email_id) WHERE email_id IS NOT NULL;

CREATE TABLE event (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, -- sqlite
  sequence bigint GENERATED BY DEFAULT AS IDENTITY, -- postgres
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  position <bigint>,
  type <text> NOT NULL,
  subject_kind <text> NOT NULL,
  subject_id <uuid> NOT NULL,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  status <text>,
  title <text> NOT NULL,
  detail <text>,
  metadata <json> NOT NULL DEFAULT '{}' <valid json:metadata>,
  actor <text> NOT NULL DEFAULT 'SYSTEM',
  actor_id <uuid>,
  lead_id <uuid>,
  agent_id <uuid>,
  call_id <uuid>,
  email_id <uuid>,
  campaign_id <uuid>,
  recipient_id <uuid>,
  phone_number_id <uuid>,
  PRIMARY KEY (workspace_id, id), -- postgres
  UNIQUE (workspace_id, id), -- sqlite
  FOREIGN KEY (workspace_id) REFERENCES workspace (id)
);
CREATE UNIQUE INDEX event_position ON event (workspace_id, position) WHERE position IS NOT NULL;
CREATE INDEX event_created ON event (workspace_id, created_at, id);
CREATE INDEX event_unstamped ON event (sequence) WHERE position IS NULL; -- postgres
CREATE INDEX event_type ON event (workspace_id, type, position) WHERE position IS NOT NULL;
CREATE INDEX event_subject_kind ON event (workspace_id, subject_kind, position) WHERE position IS NOT NULL;
CREATE INDEX event_subject ON event (workspace_id, subject_kind, subject_id, position) WHERE position IS NOT NULL;
CREATE INDEX event_lead ON event (workspace_id, lead_id, position) WHERE lead_id IS NOT NULL AND position IS NOT NULL;
CREATE INDEX event_lead_type ON event (workspace_id, lead_id, type, position) WHERE lead_id IS NOT NULL AND position IS NOT NULL;
CREATE INDEX event_agent ON event (workspace_id, agent_id, position) WHERE agent_id IS NOT NULL AND position IS NOT NULL;
CREATE INDEX event_agent_type ON event (workspace_id, agent_id, type, position) WHERE agent_id IS NOT NULL AND position IS NOT NULL;
CREATE INDEX event_call ON event (workspace_id, call_id, position) WHERE call_id IS NOT NULL AND position IS NOT NULL;
CREATE INDEX event_email ON event (workspace_id, email_id, position) WHERE email_id IS NOT NULL AND position IS NOT NULL;
CREATE INDEX event_campaign ON event (workspace_id, campaign_id, position) WHERE campaign_id IS NOT NULL AND position IS NOT NULL;

CREATE TABLE log (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  epoch <uuid> NOT NULL,
  position <bigint> NOT NULL DEFAULT 0,
  floor <bigint> NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id)
);
CREATE UNIQUE INDEX log_workspace ON log (workspace_id);

CREATE TABLE follower (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  name <text> NOT NULL,
  position <bigint> NOT NULL DEFAULT 0,
  updated_at <instant> NOT NULL DEFAULT <now>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id)
);
CREATE UNIQUE INDEX follower_name ON follower (workspace_id, name);

CREATE TABLE webhook (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  name <text>,
  agent_id <uuid>,
  url <text> NOT NULL,
  format <text> NOT NULL DEFAULT 'STANDARD',
  events <json> NOT NULL DEFAULT '[]' <valid json:events>,
  active <flag> NOT NULL DEFAULT <true> <valid flag:active>,
  include_transcript <flag> NOT NULL DEFAULT <false> <valid flag:include_transcript>,
  include_recording_url <flag> NOT NULL DEFAULT <false> <valid flag:include_recording_url>,
  custom_headers <json> NOT NULL DEFAULT '{}' <valid json:custom_headers>,
  secret <bytes> NOT NULL,
  secret_hint <text>,
  previous_secret <bytes>,
  previous_secret_until <instant>,
  timeout_ms <int> NOT NULL DEFAULT 15000,
  disabled_at <instant>,
  disabled_reason <text>,
  failing_since <instant>,
  consecutive_failures <int> NOT NULL DEFAULT 0,
  last_delivery_at <instant>,
  last_status_code <int>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agent (workspace_id, id)
);
CREATE INDEX webhook_created ON webhook (workspace_id, created_at, id);
CREATE INDEX webhook_agent ON webhook (workspace_id, agent_id, created_at, id);

CREATE TABLE delivery (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  updated_at <instant> NOT NULL DEFAULT <now>,
  version <int> NOT NULL DEFAULT 1 CHECK (version >= 1),
  webhook_id <uuid> NOT NULL,
  event_id <uuid> NOT NULL,
  event_name <text> NOT NULL,
  call_id <uuid>,
  state <text> NOT NULL DEFAULT 'PENDING',
  body <text>,
  attempt_count <int> NOT NULL DEFAULT 0 CHECK (attempt_count >= 0),
  next_attempt_at <instant>,
  owner <text>,
  lease_until <instant>,
  last_status_code <int>,
  last_error <text>,
  delivered_at <instant>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, webhook_id) REFERENCES webhook (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, event_id) REFERENCES event (workspace_id, id),
  FOREIGN KEY (workspace_id, call_id) REFERENCES call (workspace_id, id)
);
CREATE UNIQUE INDEX delivery_event ON delivery (workspace_id, webhook_id, event_id);
CREATE INDEX delivery_created ON delivery (workspace_id, created_at, id);
CREATE INDEX delivery_webhook ON delivery (workspace_id, webhook_id, created_at, id);
CREATE INDEX delivery_webhook_state ON delivery (workspace_id, webhook_id, state, created_at, id);
CREATE INDEX delivery_of_event ON delivery (workspace_id, event_id);
CREATE INDEX delivery_call ON delivery (workspace_id, call_id) WHERE call_id IS NOT NULL;
CREATE INDEX delivery_due ON delivery (next_attempt_at, workspace_id, id) WHERE state = 'PENDING';

CREATE TABLE delivery_attempt (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  delivery_id <uuid> NOT NULL,
  webhook_id <uuid> NOT NULL,
  attempt <int> NOT NULL,
  replayed <flag> NOT NULL DEFAULT <false> <valid flag:replayed>,
  status_code <int>,
  duration_ms <int> CHECK (duration_ms >= 0),
  response <text>,
  error <text>,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, delivery_id) REFERENCES delivery (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX delivery_attempt_attempt ON delivery_attempt (workspace_id, delivery_id, attempt);
CREATE INDEX delivery_attempt_webhook ON delivery_attempt (workspace_id, webhook_id, created_at, id);

CREATE TABLE idempotency (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  verb <text> NOT NULL,
  key <text> NOT NULL,
  request_hash <text> NOT NULL,
  result <json> NOT NULL DEFAULT '{}' <valid json:result>,
  outcome_id <uuid>,
  expires_at <instant> NOT NULL,
  PRIMARY KEY (workspace_id, verb, key),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id)
);
CREATE INDEX idempotency_expires ON idempotency (expires_at);
CREATE INDEX idempotency_outcome ON idempotency (workspace_id, outcome_id) WHERE outcome_id IS NOT NULL;

CREATE TABLE counter (
  workspace_id <uuid> NOT NULL,
  id <uuid> NOT NULL,
  created_at <instant> NOT NULL DEFAULT <now>,
  noun <text> NOT NULL,
  next_number <int> NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id) REFERENCES workspace (id)
);
CREATE UNIQUE INDEX counter_noun ON counter (workspace_id, noun);

ALTER TABLE workspace ADD FOREIGN KEY (id, default_agent_id) REFERENCES agent (workspace_id, id); -- postgres
