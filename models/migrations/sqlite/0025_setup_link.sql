-- The setup link of a store without a workspace: the hash of its word, one row for all replicas.

-- +goose Up
CREATE TABLE setup_links (
	one integer PRIMARY KEY CHECK (one = 1),
	token_hash text NOT NULL,
	expires_at datetime NOT NULL
);
