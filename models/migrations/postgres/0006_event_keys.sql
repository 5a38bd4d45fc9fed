-- +goose Up

-- Each event locked its workspace's row to check this key: concurrent changes of one
-- workspace met there, and every meeting cost a multixact. The fence stamps the column.
ALTER TABLE events DROP CONSTRAINT events_workspace_id_fkey;
