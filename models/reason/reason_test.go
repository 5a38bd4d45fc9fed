package reason

import (
	"encoding/json"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

var (
	plain  = Define("plain", "It is so.")
	filled = Define("filled", "It is %s, %d times (100%%).")
)

func TestAReasonIsKeptAsCodesAndArguments(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		reason        Reason
		kept, english string
	}{
		{Reason{}, "", ""},
		{plain.With(), `[{"code":"plain"}]`, "It is so."},
		{filled.With("Open", 3), `[{"code":"filled","args":["Open","3"]}]`, "It is Open, 3 times (100%)."},
		{plain.With().Then(Said("so")), `[{"code":"plain"},{"code":"said","args":["so"]}]`, "It is so. so"},
		{Reason{}.Then(plain.With()), `[{"code":"plain"}]`, "It is so."},
		{plain.With().Then(Reason{}), `[{"code":"plain"}]`, "It is so."},
		{Said(""), "", ""},
		{Said("%s of {{.Lea}} <b>"), `[{"code":"said","args":["%s of {{.Lea}} \u003cb\u003e"]}]`, "%s of {{.Lea}} <b>"},
		{Said("a\xffb\x00c"), `[{"code":"said","args":["a�bc"]}]`, "a�bc"},
		{Said(strings.Repeat("é", 1001)), `[{"code":"said","args":["` + strings.Repeat("é", 999) + `…"]}]`, strings.Repeat("é", 999) + "…"},
		{Kept("An older version said this."), "An older version said this.", "An older version said this."},
		{Kept(`[{"code":`), `[{"code":`, `[{"code":`},
		{Kept(`[{"code":"newer","args":["1","2"]}]`), `[{"code":"newer","args":["1","2"]}]`, "newer 1 2"},
		{Kept(`[{"code":"filled","args":["one"]}]`), `[{"code":"filled","args":["one"]}]`, "It is one,  times (100%)."},
	} {
		assert.Check(t, is.Equal(row.reason.Kept(), row.kept))
		assert.Check(t, is.Equal(row.reason.String(), row.english), row.kept)
		var again Reason
		assert.NilError(t, again.Scan(row.kept))
		assert.Check(t, is.Equal(again, row.reason))
		inside, err := json.Marshal(struct{ Why Reason }{row.reason})
		assert.NilError(t, err)
		var out struct{ Why Reason }
		assert.NilError(t, json.Unmarshal(inside, &out))
		assert.Check(t, is.Equal(out.Why, row.reason))
	}
}

func TestNoTwoFormsHaveOneCode(t *testing.T) {
	t.Parallel()
	defer func() { assert.Check(t, recover() != nil, "a code was taken twice") }()
	Define("plain", "Something else.")
}
