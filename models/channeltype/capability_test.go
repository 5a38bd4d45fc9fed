package channeltype

import (
	"testing"
	"time"
)

func TestWhenAWindowEnds(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) *time.Time { at := noon.Add(-d); return &at }
	for _, c := range []struct {
		name  string
		kind  Kind
		wrote *time.Time
		want  string // from the conversation's beginning at noon
	}{
		{"on Meta's API a day after the contact wrote", WhatsApp, ago(-time.Hour), "25h0m0s"},
		{"… also if that was before the conversation began", WhatsApp, ago(30 * time.Hour), "-6h0m0s"},
		{"where the contact never wrote it was never open", WhatsApp, nil, "0s"},
		{"the sandbox starts as if the contact had written", Sandbox, nil, "24h0m0s"},
		{"… and goes on as Meta's API", Sandbox, ago(-time.Hour), "25h0m0s"},
		{"a linked phone has no window", WhatsAppWeb, ago(0), "none"},
		{"an api channel has no window", API, nil, "none"},
		{"a kind that is not known has no window", "telegram", nil, "none"},
	} {
		got := "none"
		if end := c.kind.Capabilities().WindowEnd(noon, c.wrote); end != nil {
			got = end.Sub(noon).String()
		}
		if got != c.want {
			t.Errorf("%s: the window ends after %s, want %s", c.name, got, c.want)
		}
	}
}
