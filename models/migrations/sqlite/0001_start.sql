-- +goose Up

CREATE TABLE workspaces (
	id text NOT NULL,
	workspace_id text NOT NULL,
	name text NOT NULL DEFAULT '',
	default_country text NOT NULL DEFAULT '',
	created_at datetime NOT NULL,
	updated_at datetime NOT NULL,
	PRIMARY KEY (id),
	CHECK (id = workspace_id)
);

CREATE TABLE members (
	id text NOT NULL,
	workspace_id text NOT NULL,
	name text NOT NULL DEFAULT '',
	email text NOT NULL,
	password_hash text NOT NULL,
	role text NOT NULL DEFAULT '',
	invite_hash text,
	invite_expire_at datetime,
	removed_at datetime,
	created_at datetime NOT NULL,
	updated_at datetime NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	UNIQUE (email),
	UNIQUE (invite_hash),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE sessions (
	id text NOT NULL,
	workspace_id text NOT NULL,
	member_id text NOT NULL DEFAULT '',
	token_hash text NOT NULL,
	address text NOT NULL DEFAULT '',
	browser text NOT NULL DEFAULT '',
	created_at datetime NOT NULL,
	seen_at datetime NOT NULL,
	expire_at datetime NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (token_hash),
	FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
);

CREATE TABLE api_keys (
	id text NOT NULL,
	workspace_id text NOT NULL,
	name text NOT NULL DEFAULT '',
	prefix text NOT NULL DEFAULT '',
	last4 text NOT NULL DEFAULT '',
	hash text NOT NULL,
	can_read boolean NOT NULL,
	can_write boolean NOT NULL,
	role text NOT NULL DEFAULT '',
	cap_calls integer NOT NULL,
	cap_seconds integer NOT NULL,
	expire_at datetime,
	revoked_at datetime,
	created_by_id text NOT NULL DEFAULT '',
	last_used_at datetime,
	created_at datetime NOT NULL,
	updated_at datetime NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	UNIQUE (hash),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE key_calls (
	id text NOT NULL,
	workspace_id text NOT NULL,
	api_key_id text NOT NULL DEFAULT '',
	request_id text NOT NULL DEFAULT '',
	method text NOT NULL DEFAULT '',
	path text NOT NULL DEFAULT '',
	status integer NOT NULL,
	took_ms integer NOT NULL,
	address text NOT NULL DEFAULT '',
	at datetime NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id)
);

CREATE TABLE key_hours (
	workspace_id text NOT NULL,
	api_key_id text NOT NULL DEFAULT '',
	hour datetime NOT NULL,
	calls integer NOT NULL,
	refused integer NOT NULL,
	FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id)
);

CREATE TABLE stored_answers (
	workspace_id text NOT NULL,
	api_key_id text NOT NULL DEFAULT '',
	name text NOT NULL DEFAULT '',
	request text NOT NULL DEFAULT '',
	status integer NOT NULL,
	content_type text NOT NULL DEFAULT '',
	location text NOT NULL DEFAULT '',
	body text NOT NULL DEFAULT '',
	created_at datetime NOT NULL,
	PRIMARY KEY (api_key_id, name),
	FOREIGN KEY (workspace_id, api_key_id) REFERENCES api_keys (workspace_id, id)
);

CREATE TABLE contacts (
	n INTEGER PRIMARY KEY,
	id text NOT NULL,
	workspace_id text NOT NULL,
	name text NOT NULL DEFAULT '',
	phone text NOT NULL DEFAULT '',
	email text NOT NULL,
	external_id text NOT NULL DEFAULT '',
	labels text NOT NULL DEFAULT '',
	attributes text NOT NULL DEFAULT '',
	blocked boolean NOT NULL,
	search text NOT NULL DEFAULT '',
	created_at datetime NOT NULL,
	updated_at datetime NOT NULL,
	UNIQUE (id),
	UNIQUE (workspace_id, id),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE contact_identities (
	workspace_id text NOT NULL,
	kind text NOT NULL,
	value text NOT NULL,
	contact_id text NOT NULL DEFAULT '',
	created_at datetime NOT NULL,
	PRIMARY KEY (workspace_id, kind, value),
	FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id)
);

CREATE TABLE notes (
	id text NOT NULL,
	workspace_id text NOT NULL,
	contact_id text NOT NULL DEFAULT '',
	body text NOT NULL DEFAULT '',
	author_kind text NOT NULL DEFAULT '',
	author_id text NOT NULL DEFAULT '',
	author_name text NOT NULL DEFAULT '',
	created_at datetime NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id)
);

CREATE TABLE labelings (
	workspace_id text NOT NULL,
	kind text NOT NULL,
	name text NOT NULL DEFAULT '',
	subject_id text NOT NULL DEFAULT '',
	PRIMARY KEY (workspace_id, kind, name, subject_id),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE channels (
	id text NOT NULL,
	workspace_id text NOT NULL,
	kind text NOT NULL,
	name text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT '',
	status_detail text NOT NULL DEFAULT '',
	session_id text,
	config text NOT NULL DEFAULT '',
	removed_at datetime,
	created_at datetime NOT NULL,
	updated_at datetime NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	UNIQUE (workspace_id, session_id),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE conversations (
	id text NOT NULL,
	workspace_id text NOT NULL,
	contact_id text NOT NULL DEFAULT '',
	channel_id text NOT NULL DEFAULT '',
	channel_kind text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT '',
	snoozed_until datetime,
	assignee_id text NOT NULL DEFAULT '',
	labels text NOT NULL DEFAULT '',
	unread_count integer NOT NULL,
	last_body text NOT NULL DEFAULT '',
	last_direction text NOT NULL DEFAULT '',
	last_at datetime,
	last_activity_at datetime NOT NULL,
	created_at datetime NOT NULL,
	updated_at datetime NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id),
	FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
);

CREATE TABLE messages (
	id text NOT NULL,
	workspace_id text NOT NULL,
	conversation_id text NOT NULL DEFAULT '',
	channel_id text NOT NULL DEFAULT '',
	channel_kind text NOT NULL DEFAULT '',
	direction text NOT NULL DEFAULT '',
	kind text NOT NULL,
	body text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT '',
	error_code text NOT NULL DEFAULT '',
	error_detail text NOT NULL DEFAULT '',
	author_kind text NOT NULL DEFAULT '',
	author_id text NOT NULL DEFAULT '',
	author_name text NOT NULL DEFAULT '',
	client_id text,
	external_id text,
	created_at datetime NOT NULL,
	sent_at datetime,
	delivered_at datetime,
	read_at datetime,
	PRIMARY KEY (id),
	FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations (workspace_id, id)
);

CREATE TABLE counts (
	workspace_id text NOT NULL,
	what text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT '',
	channel_id text NOT NULL DEFAULT '',
	channel_kind text NOT NULL DEFAULT '',
	assignee_id text NOT NULL DEFAULT '',
	n integer NOT NULL,
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE events (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	txid integer NOT NULL DEFAULT 0,
	id text NOT NULL,
	workspace_id text NOT NULL,
	kind text NOT NULL,
	actor_kind text NOT NULL DEFAULT '',
	actor_id text NOT NULL DEFAULT '',
	actor_name text NOT NULL DEFAULT '',
	subject_id text NOT NULL DEFAULT '',
	conversation_id text NOT NULL DEFAULT '',
	contact_id text NOT NULL DEFAULT '',
	channel_id text NOT NULL DEFAULT '',
	data text NOT NULL DEFAULT '',
	changes text NOT NULL DEFAULT '',
	created_at datetime NOT NULL,
	UNIQUE (id),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE webhooks (
	id text NOT NULL,
	workspace_id text NOT NULL,
	url text NOT NULL DEFAULT '',
	events text NOT NULL DEFAULT '',
	channel_ids text NOT NULL DEFAULT '',
	secret text NOT NULL DEFAULT '',
	old_secret text NOT NULL DEFAULT '',
	old_secret_until datetime,
	enabled boolean NOT NULL,
	disabled_reason text NOT NULL DEFAULT '',
	failing_since datetime,
	created_at datetime NOT NULL,
	updated_at datetime NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE deliveries (
	id text NOT NULL,
	workspace_id text NOT NULL,
	webhook_id text NOT NULL DEFAULT '',
	event_id text NOT NULL DEFAULT '',
	event_kind text NOT NULL DEFAULT '',
	state text NOT NULL DEFAULT '',
	tries integer NOT NULL,
	run_at datetime NOT NULL,
	last_status integer NOT NULL,
	last_error text NOT NULL DEFAULT '',
	created_at datetime NOT NULL,
	finished_at datetime,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	FOREIGN KEY (workspace_id, webhook_id) REFERENCES webhooks (workspace_id, id)
);

CREATE TABLE attempts (
	id text NOT NULL,
	workspace_id text NOT NULL,
	delivery_id text NOT NULL DEFAULT '',
	at datetime NOT NULL,
	status integer NOT NULL,
	error text NOT NULL DEFAULT '',
	request text NOT NULL DEFAULT '',
	response text NOT NULL DEFAULT '',
	took_ms integer NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY (workspace_id, delivery_id) REFERENCES deliveries (workspace_id, id)
);

CREATE INDEX members_workspace ON members (workspace_id);
CREATE INDEX sessions_member ON sessions (member_id, seen_at);
CREATE INDEX api_keys_workspace ON api_keys (workspace_id, id);
CREATE INDEX key_calls_key ON key_calls (api_key_id, at, id);
CREATE INDEX key_calls_at ON key_calls (at);
CREATE INDEX key_hours_key ON key_hours (workspace_id, hour, api_key_id);
CREATE INDEX stored_answers_at ON stored_answers (created_at);
CREATE INDEX contacts_updated ON contacts (workspace_id, updated_at);
CREATE INDEX contact_identities_contact ON contact_identities (workspace_id, contact_id);
CREATE INDEX notes_contact ON notes (workspace_id, contact_id, created_at, id);
CREATE INDEX labelings_subject ON labelings (workspace_id, subject_id);
CREATE INDEX conversations_active ON conversations (workspace_id, last_activity_at, id);
CREATE INDEX conversations_status ON conversations (workspace_id, status, last_activity_at, id);
CREATE INDEX conversations_assignee ON conversations (workspace_id, assignee_id, status, last_activity_at, id);
CREATE INDEX conversations_channel ON conversations (workspace_id, channel_id, last_activity_at, id);
CREATE INDEX conversations_contact ON conversations (workspace_id, contact_id, last_activity_at, id);
CREATE INDEX conversations_unread ON conversations (workspace_id, status) WHERE unread_count > 0;
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE status = 'snoozed';
CREATE INDEX messages_thread ON messages (workspace_id, conversation_id, created_at, id);
CREATE UNIQUE INDEX messages_client ON messages (conversation_id, client_id) WHERE client_id IS NOT NULL;
CREATE UNIQUE INDEX messages_external ON messages (channel_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX counts_what ON counts (workspace_id, what, status);
CREATE INDEX events_order ON events (workspace_id, txid, seq);
CREATE INDEX events_happened ON events (workspace_id, conversation_id, created_at) WHERE kind IN ('conversation.status', 'conversation.assigned');
CREATE INDEX deliveries_due ON deliveries (webhook_id, run_at) WHERE state IN ('pending', 'running');
CREATE INDEX deliveries_log ON deliveries (workspace_id, webhook_id, created_at, id);
CREATE INDEX deliveries_event ON deliveries (event_id);
CREATE INDEX deliveries_finished ON deliveries (finished_at);
CREATE INDEX attempts_delivery ON attempts (delivery_id, at);
CREATE INDEX attempts_at ON attempts (at);

CREATE VIRTUAL TABLE contact_search USING fts5 (search, content='contacts', content_rowid='n', tokenize='trigram');
-- +goose StatementBegin
CREATE TRIGGER contact_search_insert AFTER INSERT ON contacts BEGIN
	INSERT INTO contact_search (rowid, search) VALUES (new.n, new.search);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contact_search_delete AFTER DELETE ON contacts BEGIN
	INSERT INTO contact_search (contact_search, rowid, search) VALUES ('delete', old.n, old.search);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contact_search_update AFTER UPDATE OF search ON contacts BEGIN
	INSERT INTO contact_search (contact_search, rowid, search) VALUES ('delete', old.n, old.search);
	INSERT INTO contact_search (rowid, search) VALUES (new.n, new.search);
END;
-- +goose StatementEnd
