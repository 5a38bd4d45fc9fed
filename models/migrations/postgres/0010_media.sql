-- +goose Up

CREATE TABLE media_fetches (
	message_id text NOT NULL,
	workspace_id text NOT NULL,
	channel_id text NOT NULL,
	ref text NOT NULL,
	tries bigint NOT NULL,
	next_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (message_id),
	FOREIGN KEY (workspace_id, message_id) REFERENCES messages (workspace_id, id),
	FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
);

CREATE INDEX media_fetches_due ON media_fetches (channel_id, next_at);

ALTER TABLE attachments ADD COLUMN uploaded text NOT NULL DEFAULT '';
ALTER TABLE attachments ADD COLUMN uploaded_at timestamptz;
