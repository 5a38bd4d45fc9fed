package main

import (
	"testing"

	"mauve/models"
)

func mustHire(tb testing.TB, s *settings, store *models.Store) *workers {
	tb.Helper()
	w, err := hire(s, store)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}
