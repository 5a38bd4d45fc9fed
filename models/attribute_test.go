package models

import (
	"fmt"
	"testing"
)

func TestWhichValuesATicketTakes(t *testing.T) {
	t.Parallel()
	plan := &Attribute{ID: "1", Name: "Plan", Folded: "plan", Kind: ChoiceAttribute, Choices: Words{"pro"}}
	seats := &Attribute{ID: "2", Name: "Seats", Folded: "seats", Kind: NumberAttribute}
	old := &Attribute{ID: "3", Name: "Old", Folded: "old", Kind: TextAttribute, ArchivedAt: ago(day)}
	known := map[string]*Attribute{"plan": plan, "seats": seats, "old": old}
	many := map[string]any{}
	for i := range 101 {
		many[fmt.Sprint(i)] = "x"
	}
	for _, c := range []struct {
		name   string
		values map[string]any
		have   Attributes
		loose  bool
		want   string // what is set, or refused
	}{
		{"a value by its name", map[string]any{"Plan": "pro"}, nil, false, "1=pro"},
		{"whatever the name's case", map[string]any{" pLAN ": "pro"}, nil, false, "1=pro"},
		{"nil clears", map[string]any{"Plan": nil}, Attributes{"1": "pro"}, false, "1=<nil>"},
		{"an unknown name", map[string]any{"Colour": "red"}, nil, false, "refused: attributes.Colour"},
		{"a value of another kind", map[string]any{"Seats": "5"}, nil, false, "refused: attributes.Seats"},
		{"… is read where a dialect sends text", map[string]any{"Seats": "5"}, nil, true, "2=5"},
		{"an archived attribute", map[string]any{"Old": "x"}, nil, false, "refused: attributes.Old"},
		{"an archived attribute that has the value keeps it", map[string]any{"Old": "x"}, Attributes{"3": "x"}, false, ""},
		{"an archived attribute may be cleared", map[string]any{"Old": nil}, Attributes{"3": "x"}, false, "3=<nil>"},
		{"a choice that is none any more stays where it is", map[string]any{"Plan": "basic"}, Attributes{"1": "basic"}, false, ""},
		{"… and is not newly set", map[string]any{"Plan": "basic"}, nil, false, "refused: attributes.Plan"},
		{"all faults are told at once", map[string]any{"Plan": "x", "Seats": "y"}, nil, false, "refused: attributes.Plan, attributes.Seats"},
		{"101 values", many, nil, false, "refused: attributes"},
	} {
		var fs faults
		var set []string
		for a, v := range fs.wanted(c.values, known, c.have, c.loose) {
			set = append(set, fmt.Sprintf("%s=%v", a.ID, v))
		}
		got := sorted(set)
		if err := fs.Err(); err != nil {
			got = verdict(err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
