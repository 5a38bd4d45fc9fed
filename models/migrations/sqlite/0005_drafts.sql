-- +goose Up
CREATE TABLE saved_drafts (
	workspace_id text NOT NULL,
	conversation_id text NOT NULL,
	member_id text NOT NULL,
	kind text NOT NULL,
	body text NOT NULL,
	updated_at datetime NOT NULL,
	PRIMARY KEY (workspace_id, conversation_id, member_id),
	FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations (workspace_id, id),
	FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);

DROP INDEX events_happened;
CREATE INDEX events_happened ON events (workspace_id, conversation_id, created_at) WHERE kind IN ('conversation.status', 'conversation.assigned', 'conversation.updated');
