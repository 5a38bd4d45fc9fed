-- +goose Up

ALTER TABLE messages ADD COLUMN amendment text NOT NULL DEFAULT '';
