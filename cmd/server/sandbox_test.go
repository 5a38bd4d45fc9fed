package server_test

import (
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/sandbox"
	"mauve/templates"
)

// What the page says of the magic numbers is what the sandbox does.
func TestThePageKnowsTheMagicNumbers(t *testing.T) {
	t.Parallel()
	shown := templates.MagicNumbers(t.Context())
	assert.Assert(t, is.Len(shown, len(sandbox.Numbers)))
	for i, n := range sandbox.Numbers {
		assert.Check(t, is.Equal(shown[i].Phone, n.Phone))
	}
}
