package main

import (
	"os"
	"slices"
	"testing"
	"time"
)

func TestWhatIsGeneratedIsNoSource(t *testing.T) {
	found, err := sources(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"cmd/dev/main.go":            true,
		"templates/account.templ":    true,
		"templates/account_templ.go": false,
		"cmd/dev/main_test.go":       false,
		"static/dist/manifest.json":  false,
		"README.md":                  false,
	} {
		if _, is := found[path]; is != want {
			t.Errorf("%s is a source: %v", path, is)
		}
	}
}

func TestChangesAreWhatWasSavedCameOrWent(t *testing.T) {
	then, now := time.Unix(1, 0), time.Unix(2, 0)
	before := map[string]time.Time{"same": then, "saved": then, "went": then}
	after := map[string]time.Time{"same": then, "saved": now, "came": now}
	if got := changes(before, after); !slices.Equal(got, []string{"came", "saved", "went"}) {
		t.Errorf("changed: %v", got)
	}
}
