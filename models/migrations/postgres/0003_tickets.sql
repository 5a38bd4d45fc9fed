-- +goose Up

CREATE TABLE categories (
	id text NOT NULL,
	workspace_id text NOT NULL,
	name text NOT NULL,
	folded text NOT NULL,
	position bigint NOT NULL,
	archived_at timestamptz,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	UNIQUE (workspace_id, folded),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE tags (
	id text NOT NULL,
	workspace_id text NOT NULL,
	name text NOT NULL,
	folded text NOT NULL,
	archived_at timestamptz,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	UNIQUE (workspace_id, folded),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE attributes (
	id text NOT NULL,
	workspace_id text NOT NULL,
	subject text NOT NULL,
	name text NOT NULL,
	folded text NOT NULL,
	kind text NOT NULL,
	choices text NOT NULL,
	position bigint NOT NULL,
	archived_at timestamptz,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (workspace_id, id),
	UNIQUE (workspace_id, subject, folded),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);

CREATE TABLE ticket_rules (
	workspace_id text NOT NULL,
	last_number bigint NOT NULL DEFAULT 0,
	reopen_days bigint NOT NULL DEFAULT 7,
	follow_up boolean NOT NULL DEFAULT true,
	waiting_on_reply boolean NOT NULL DEFAULT true,
	many_open boolean NOT NULL DEFAULT false,
	resolve_after_hours bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (workspace_id),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
);
INSERT INTO ticket_rules (workspace_id) SELECT id FROM workspaces;

CREATE TABLE tickets (
	n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id text NOT NULL,
	workspace_id text NOT NULL,
	number bigint NOT NULL,
	subject text NOT NULL,
	search text NOT NULL,
	status text NOT NULL,
	priority bigint NOT NULL,
	category_id text,
	assignee_id text,
	contact_id text,
	conversation_id text,
	channel_id text NOT NULL,
	channel_kind text NOT NULL,
	tags text NOT NULL,
	attributes text NOT NULL,
	reopened_count bigint NOT NULL,
	first_customer_at timestamptz,
	first_response_at timestamptz,
	resolved_at timestamptz,
	waiting_since timestamptz,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	UNIQUE (id),
	UNIQUE (workspace_id, id),
	UNIQUE (workspace_id, number),
	CHECK (status IN ('open', 'pending', 'waiting', 'resolved')),
	CHECK (priority >= 1 AND priority <= 3),
	FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
	FOREIGN KEY (workspace_id, category_id) REFERENCES categories (workspace_id, id),
	FOREIGN KEY (workspace_id, assignee_id) REFERENCES members (workspace_id, id),
	FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id),
	FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations (workspace_id, id)
);

CREATE TABLE ticket_tags (
	workspace_id text NOT NULL,
	tag_id text NOT NULL,
	ticket_id text NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (workspace_id, tag_id, ticket_id),
	FOREIGN KEY (workspace_id, tag_id) REFERENCES tags (workspace_id, id),
	FOREIGN KEY (workspace_id, ticket_id) REFERENCES tickets (workspace_id, id)
);

CREATE TABLE ticket_values (
	workspace_id text NOT NULL,
	attribute_id text NOT NULL,
	ticket_id text NOT NULL,
	value text NOT NULL,
	PRIMARY KEY (workspace_id, attribute_id, ticket_id),
	FOREIGN KEY (workspace_id, attribute_id) REFERENCES attributes (workspace_id, id),
	FOREIGN KEY (workspace_id, ticket_id) REFERENCES tickets (workspace_id, id)
);

CREATE TABLE ticket_notes (
	id text NOT NULL,
	workspace_id text NOT NULL,
	ticket_id text NOT NULL,
	body text NOT NULL,
	author_kind text NOT NULL,
	author_id text NOT NULL,
	author_name text NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY (workspace_id, ticket_id) REFERENCES tickets (workspace_id, id)
);

ALTER TABLE counts ADD COLUMN group_id text NOT NULL DEFAULT '';
ALTER TABLE counts ADD COLUMN priority text NOT NULL DEFAULT '';

CREATE INDEX tickets_created ON tickets (workspace_id, created_at, id);
CREATE INDEX tickets_updated ON tickets (workspace_id, updated_at, id);
CREATE INDEX tickets_status ON tickets (workspace_id, status, created_at, id);
CREATE INDEX tickets_assignee ON tickets (workspace_id, assignee_id, created_at, id);
CREATE INDEX tickets_work ON tickets (workspace_id, assignee_id, status, created_at, id);
CREATE INDEX tickets_category ON tickets (workspace_id, category_id, created_at, id);
CREATE INDEX tickets_contact ON tickets (workspace_id, contact_id, created_at, id);
CREATE INDEX tickets_conversation ON tickets (workspace_id, conversation_id, created_at, id);
CREATE INDEX tickets_waiting ON tickets (workspace_id, waiting_since) WHERE status = 'waiting';
CREATE INDEX ticket_tags_created ON ticket_tags (workspace_id, tag_id, created_at, ticket_id);
CREATE INDEX ticket_tags_ticket ON ticket_tags (workspace_id, ticket_id);
CREATE INDEX ticket_values_ticket ON ticket_values (workspace_id, ticket_id);
CREATE INDEX ticket_values_value ON ticket_values (workspace_id, attribute_id, value, ticket_id);
CREATE INDEX ticket_notes_ticket ON ticket_notes (workspace_id, ticket_id, created_at, id);
CREATE INDEX events_ticket ON events (workspace_id, subject_id, created_at, id) WHERE kind IN ('ticket.created', 'ticket.updated');

CREATE INDEX tickets_search ON tickets USING gin (search gin_trgm_ops);
