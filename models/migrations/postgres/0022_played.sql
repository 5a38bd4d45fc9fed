-- +goose Up
ALTER TABLE messages ADD COLUMN played_at timestamptz;
