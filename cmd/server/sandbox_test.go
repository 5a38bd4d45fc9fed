package server_test

import (
	"testing"

	"mauve/channels/sandbox"
	"mauve/templates"
)

// What the page says of the magic numbers is what the sandbox does.
func TestThePageKnowsTheMagicNumbers(t *testing.T) {
	t.Parallel()
	shown := templates.MagicNumbers(t.Context())
	if len(shown) != len(sandbox.Numbers) {
		t.Fatalf("%d numbers are shown, the sandbox has %d", len(shown), len(sandbox.Numbers))
	}
	for i, n := range sandbox.Numbers {
		if shown[i].Phone != n.Phone {
			t.Errorf("%s is shown for %s", shown[i].Phone, n.Phone)
		}
	}
}
