-- +goose Up

-- Two tables grow with every call, and each row locked its workspace's or its key's row
-- to check these keys: concurrent changes of one workspace met there, and every meeting
-- cost a multixact. The fence stamps the column; workspaces and keys are never deleted.
ALTER TABLE events DROP CONSTRAINT events_workspace_id_fkey;
ALTER TABLE key_calls DROP CONSTRAINT key_calls_workspace_id_api_key_id_fkey;
