package templates

import (
	"context"
	"fmt"
	"time"

	"mauve/models"
	"mauve/models/rights"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// Hours are a key's calls in the last 24 hours, the oldest hour first.
type Hours [24]int64

// KeysView is the workspace's API keys with the form for a new one.
type KeysView struct {
	Keys  []*models.APIKey
	Calls map[models.ID][24]int64
	Form  KeyForm
	Now   time.Time
	Team  Team
	Owner bool // the person is shown the keys that nobody answers for any more
}

// Team are the workspace's people.
type Team []*models.Member

// name is how the one with the id is called; empty for somebody who is not there.
func (t Team) name(id models.ID) string {
	for _, m := range t {
		if m.ID == id {
			return m.Name
		}
	}
	return ""
}

// unseen are the live keys whose maker was gone before keys had somebody who answers for them.
func (v KeysView) unseen() (keys []*models.APIKey) {
	for _, k := range v.live(true) {
		if k.Unseen && v.Owner {
			keys = append(keys, k)
		}
	}
	return keys
}

// answerer says who answers for a key.
func answerer(ctx context.Context, t Team, k *models.APIKey) string {
	if name := t.name(k.MemberID); name != "" {
		return name
	}
	return words.T(ctx, "The workspace")
}

// heirs are those who can be made to answer for a key.
func (v KeyView) heirs(ctx context.Context) []ui.Option {
	var all []ui.Option
	if v.Team.name(v.Key.MemberID) == "" {
		all = append(all, ui.Option{Value: "", Label: words.T(ctx, "The workspace")})
	}
	for _, m := range v.Team {
		if m.Role != rights.Agent || m.ID == v.Key.MemberID {
			all = append(all, ui.Option{Value: string(m.ID), Label: m.Name + " · " + roleName(ctx, m.Role)})
		}
	}
	return all
}

// reduced reports whether the key can do less than when it was made.
func (t Team) reduced(k *models.APIKey) bool {
	for _, m := range t {
		if m.ID == k.MemberID {
			return k.Role.Loses(m.Role)
		}
	}
	return false
}

// KeyForm is a new key as it was filled in.
type KeyForm struct {
	Name, Calls, Seconds, Days string
	Read, Write                bool
}

// KeyView is one key with its newest calls, and its form as it was filled in.
type KeyView struct {
	Key                *models.APIKey
	Calls              []*models.KeyCall
	Hours              Hours
	Name, Cap, Seconds string
	HandTo             string
	Now                time.Time
	Team               Team
}

// live returns the keys that still open something, or those that do not.
func (v KeysView) live(want bool) (keys []*models.APIKey) {
	for _, k := range v.Keys {
		if k.Live(v.Now) == want {
			keys = append(keys, k)
		}
	}
	return keys
}

func (h Hours) sum() (n int64) {
	for _, calls := range h {
		n += calls
	}
	return n
}

func (h Hours) bars(ctx context.Context, now time.Time) []ui.Bar {
	first := now.Truncate(time.Hour).Add(-23 * time.Hour)
	bars := make([]ui.Bar, len(h))
	for i, calls := range h {
		bars[i] = ui.Bar{Label: words.Clock(ctx, first.Add(time.Duration(i)*time.Hour)), Value: int(calls)}
	}
	return bars
}

func callsSaid(ctx context.Context, h Hours) string {
	return words.N(ctx, int(h.sum()), "{{.N}} call", "{{.N}} calls")
}

func capSaid(ctx context.Context, k *models.APIKey) string {
	return words.T(ctx, "{{.Calls}} in {{.Seconds}} s", "Calls", k.CapCalls, "Seconds", k.CapSeconds)
}

func keyFacts(ctx context.Context, t Team, k *models.APIKey) []ui.Fact {
	facts := []ui.Fact{{Name: words.T(ctx, "Key"), Value: k.Prefix + "…" + k.Last4}, {Name: words.T(ctx, "Scopes"), Value: scopesSaid(k)},
		{Name: words.T(ctx, "Cap"), Value: capSaid(ctx, k)}, {Name: words.T(ctx, "Made"), Value: words.Moment(ctx, k.CreatedAt)},
		{Name: words.T(ctx, "Answers for it"), Value: answerer(ctx, t, k)}}
	if k.ExpireAt != nil {
		facts = append(facts, ui.Fact{Name: words.T(ctx, "Expires"), Value: words.Moment(ctx, *k.ExpireAt)})
	}
	return facts
}

func scopesSaid(k *models.APIKey) string {
	switch {
	case k.CanRead && k.CanWrite:
		return "read, write"
	case k.CanRead:
		return "read"
	}
	return "write"
}

// soon is a near day with its time.
func soon(ctx context.Context, t time.Time) string {
	return words.Day(ctx, t) + ", " + words.Clock(ctx, t)
}

// firstCall is a command that proves the key.
func firstCall(base, secret string) string {
	return fmt.Sprintf("curl %s/api/v2/public/me \\\n  -H \"Authorization: Bearer %s\"", base, secret)
}

func statusTone(status int) string {
	switch {
	case status >= 500 || status == 0:
		return "bad"
	case status >= 400:
		return "warn"
	}
	return "good"
}

func keyAddress(k *models.APIKey) string { return "/settings/api-keys/" + string(k.ID) }
