-- Workspaces that were restored from a backup and not released yet. A restore of an older backup makes the table itself.

-- +goose Up
CREATE TABLE IF NOT EXISTS restore_holds (workspace_id text NOT NULL PRIMARY KEY, created_at timestamptz NOT NULL);
