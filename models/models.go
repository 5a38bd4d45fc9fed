// Package models is the one room with rules. Every operation is a method on a
// Scope (who acts, in which workspace); every write passes through change,
// which commits the rows, their events and the deliveries these owe together
// or not at all. It knows no HTTP, no page and no vendor, and nothing of the
// database that models/store does not tell it. Rows are in the file named after
// them; start with store.go, scope.go and change.go. What the outside reads as
// JSON is spelled in models/wire.
package models
