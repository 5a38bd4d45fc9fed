-- +goose Up

-- PostgreSQL loses two foreign keys here; SQLite has one writer and checks them cheaply.
SELECT 1;
