-- +goose Up
CREATE TABLE saved_views (
	id text NOT NULL,
	workspace_id text NOT NULL,
	member_id text NOT NULL,
	name text NOT NULL,
	query text NOT NULL,
	shared boolean NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
CREATE INDEX saved_views_member ON saved_views (workspace_id, member_id, created_at);

CREATE TABLE ticket_undos (
	id text NOT NULL,
	workspace_id text NOT NULL,
	member_id text NOT NULL,
	data text NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);
CREATE INDEX ticket_undos_created ON ticket_undos (created_at);

ALTER TABLE ticket_notes ADD COLUMN client_id text;
CREATE UNIQUE INDEX ticket_notes_client ON ticket_notes (workspace_id, ticket_id, client_id);
