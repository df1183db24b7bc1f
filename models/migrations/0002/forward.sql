ALTER TABLE recipient ADD COLUMN result <json> <valid json:result>;
ALTER TABLE campaign ADD COLUMN clearing <flag> NOT NULL DEFAULT <false> <valid flag:clearing>;
CREATE INDEX campaign_clearing ON campaign (workspace_id, id) WHERE clearing = true;
CREATE INDEX call_resting ON call (workspace_id, campaign_id, created_at, id) WHERE status = 'SCHEDULED' AND due_at IS NULL;
CREATE INDEX recipient_result ON recipient (workspace_id, campaign_id, created_at, id) WHERE result IS NOT NULL;
CREATE INDEX recipient_with_result ON recipient (workspace_id, created_at, id) WHERE result IS NOT NULL;
