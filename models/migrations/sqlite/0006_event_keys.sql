-- +goose Up

-- PostgreSQL loses a foreign key here; SQLite has one writer and checks it cheaply.
SELECT 1;
