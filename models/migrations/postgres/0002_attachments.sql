-- +goose Up

CREATE UNIQUE INDEX messages_workspace ON messages (workspace_id, id);

CREATE TABLE attachments (
	id text NOT NULL,
	workspace_id text NOT NULL,
	message_id text,
	place bigint NOT NULL,
	file_name text NOT NULL,
	content_type text NOT NULL,
	claimed_type text NOT NULL,
	size bigint NOT NULL,
	sha256 text NOT NULL,
	width bigint NOT NULL,
	height bigint NOT NULL,
	uploader_kind text NOT NULL,
	uploader_id text NOT NULL,
	uploader_name text NOT NULL,
	created_at timestamptz NOT NULL,
	sweep_at timestamptz,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
	FOREIGN KEY (workspace_id, message_id) REFERENCES messages (workspace_id, id),
	CHECK ((message_id IS NULL) = (sweep_at IS NOT NULL))
);

CREATE INDEX attachments_message ON attachments (workspace_id, message_id, place) WHERE message_id IS NOT NULL;
CREATE INDEX attachments_sweep ON attachments (sweep_at) WHERE sweep_at IS NOT NULL;
