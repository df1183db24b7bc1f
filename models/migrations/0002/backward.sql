DROP INDEX recipient_with_result;
DROP INDEX recipient_result;
DROP INDEX call_resting;
DROP INDEX campaign_clearing;
ALTER TABLE campaign DROP COLUMN clearing;
ALTER TABLE recipient DROP COLUMN result;
