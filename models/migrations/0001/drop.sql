-- Undoes the first migration, children before their parents.
UPDATE workspace SET default_agent_id = NULL;
ALTER TABLE workspace DROP CONSTRAINT workspace_id_default_agent_id_fkey; -- postgres
DROP TABLE lead_word; -- sqlite
DROP TABLE lead_trigram; -- sqlite
DROP TABLE lead_search; -- postgres
DROP TABLE counter;
DROP TABLE idempotency;
DROP TABLE delivery_attempt;
DROP TABLE delivery;
DROP TABLE webhook;
DROP TABLE follower;
DROP TABLE log;
DROP TABLE event;
DROP TABLE suppression;
DROP TABLE callback;
DROP TABLE email;
DROP TABLE recording;
DROP TABLE transcript_turn;
DROP TABLE call_event;
DROP TABLE call;
DROP TABLE proposal;
DROP TABLE recipient;
DROP TABLE campaign;
DROP TABLE lead;
DROP TABLE phone_number;
DROP TABLE agent;
DROP TABLE provider_account;
DROP TABLE api_key;
DROP TABLE member;
DROP TABLE workspace;
DROP FUNCTION lead_searchable(); -- postgres
DROP FUNCTION lead_query_grams(uuid, text); -- postgres
DROP FUNCTION lead_grams(uuid, text); -- postgres
