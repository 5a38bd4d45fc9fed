-- +goose Up
-- The board by assignee asks for the newest of somebody's tickets that are not
-- resolved; most are, so that tickets_assignee would be walked for a long time.
CREATE INDEX tickets_unresolved ON tickets (workspace_id, assignee_id, created_at, id) WHERE status <> 'resolved';
-- PostgreSQL does not read an index in order behind IS NULL.
CREATE INDEX tickets_unassigned ON tickets (workspace_id, created_at, id) WHERE status <> 'resolved' AND assignee_id IS NULL;
