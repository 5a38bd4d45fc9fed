-- +goose Up

ALTER TABLE messages ADD COLUMN type text NOT NULL DEFAULT 'text';
ALTER TABLE messages ADD COLUMN content text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN reply_to_id text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN edited_at timestamptz;
ALTER TABLE messages ADD COLUMN deleted_at timestamptz;
ALTER TABLE messages ADD COLUMN send_state text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN tries bigint NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN next_at timestamptz;

ALTER TABLE conversations ADD COLUMN last_inbound_at timestamptz;
ALTER TABLE conversations ADD COLUMN receipt_at timestamptz;
ALTER TABLE conversations ADD COLUMN receipt_typing boolean NOT NULL DEFAULT false;

ALTER TABLE channels ADD COLUMN secrets text NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN account text NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN facts text NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN check_at timestamptz;

CREATE TABLE channel_queues (
	channel_id text NOT NULL,
	workspace_id text NOT NULL,
	rate bigint NOT NULL,
	tokens bigint NOT NULL,
	filled_at timestamptz NOT NULL,
	strikes bigint NOT NULL,
	paused_until timestamptz,
	reading_until timestamptz NOT NULL,
	PRIMARY KEY (channel_id),
	FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
);

CREATE TABLE envelopes (
	id text NOT NULL,
	workspace_id text NOT NULL,
	channel_id text NOT NULL DEFAULT '',
	digest text NOT NULL DEFAULT '',
	body bytea NOT NULL,
	state text NOT NULL DEFAULT '',
	tries bigint NOT NULL,
	run_at timestamptz NOT NULL,
	outcomes text NOT NULL DEFAULT '',
	received_at timestamptz NOT NULL,
	read_at timestamptz,
	PRIMARY KEY (id),
	UNIQUE (channel_id, digest),
	FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
);

CREATE TABLE early_reports (
	workspace_id text NOT NULL,
	channel_id text NOT NULL DEFAULT '',
	external_id text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT '',
	error_code text NOT NULL DEFAULT '',
	error_detail text NOT NULL DEFAULT '',
	at timestamptz NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (channel_id, external_id, status),
	FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
);

CREATE TABLE templates (
	id text NOT NULL,
	workspace_id text NOT NULL,
	channel_id text NOT NULL DEFAULT '',
	name text NOT NULL DEFAULT '',
	language text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT '',
	category text NOT NULL DEFAULT '',
	quality text NOT NULL DEFAULT '',
	components text NOT NULL DEFAULT '',
	external_id text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (channel_id, name, language),
	FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
);

CREATE INDEX messages_queue ON messages (channel_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX messages_line ON messages (conversation_id, created_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX messages_handed ON messages (next_at) WHERE send_state = 'handed';
CREATE INDEX conversations_receipt ON conversations (receipt_at) WHERE receipt_at IS NOT NULL;
CREATE INDEX channels_check ON channels (check_at) WHERE check_at IS NOT NULL;
CREATE UNIQUE INDEX channels_account ON channels (workspace_id, kind, account) WHERE account <> '' AND removed_at IS NULL;
CREATE INDEX envelopes_due ON envelopes (channel_id, run_at, id) WHERE state = 'waiting';
CREATE INDEX envelopes_log ON envelopes (workspace_id, channel_id, received_at, id);
CREATE INDEX envelopes_received ON envelopes (received_at);
CREATE INDEX early_reports_at ON early_reports (created_at);
