-- +goose Up
CREATE TABLE channel_links (
	channel_id text NOT NULL,
	workspace_id text NOT NULL,
	state text NOT NULL,
	detail text NOT NULL DEFAULT '',
	device text NOT NULL DEFAULT '',
	wish text NOT NULL DEFAULT '',
	phone text NOT NULL DEFAULT '',
	code text NOT NULL DEFAULT '',
	pairing_code text NOT NULL DEFAULT '',
	code_until datetime,
	seen_at datetime,
	asked_at datetime NOT NULL,
	holder text NOT NULL DEFAULT '',
	held_until datetime NOT NULL,
	PRIMARY KEY (channel_id),
	FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
);

ALTER TABLE conversations ADD COLUMN receipt_after datetime;
