package models

import (
	"testing"

	"mauve/models/rights"
)

func TestMay(t *testing.T) {
	t.Parallel()
	key := func(role rights.Role, read, write bool) Actor {
		return Actor{Kind: ActorKey, Role: role, Grants: rights.OfKey(role, read, write)}
	}
	reader, writer, both := key(rights.Owner, true, false), key(rights.Owner, false, true), key(rights.Owner, true, true)
	agents := key(rights.Agent, true, true)
	agent := Actor{Kind: ActorMember, Grants: rights.Agent.Grants()}
	owner := Actor{Kind: ActorMember, Grants: rights.Owner.Grants()}
	demoted := Actor{Kind: ActorKey, Role: rights.Admin, Grants: agents.Grants, Lost: both.Grants.Minus(agents.Grants)}
	for _, c := range []struct {
		name   string
		actor  Actor
		need   rights.Grant
		inside bool // a change is open
		want   string
	}{
		{"anybody may what needs no right", Actor{}, rights.Known, false, "taken"},
		{"nobody may read", Actor{}, rights.ReadContacts, false, "refused: forbidden"},
		{"an agent writes", agent, rights.WriteContacts, false, "taken"},
		{"an agent sees no webhooks", agent, rights.ReadWebhooks, false, "refused: forbidden"},
		{"an owner makes owners", owner, rights.WriteOwners, false, "taken"},
		{"a key that reads may not write, for its scope", reader, rights.WriteMessages, false, "refused: insufficient_scope"},
		{"a key that writes may not read, for its scope", writer, rights.ReadMessages, false, "refused: insufficient_scope"},
		{"a key that writes reads inside its change", writer, rights.ReadMembers, true, "taken"},
		{"… and the webhooks that it changes", writer, rights.ReadWebhooks, true, "taken"},
		{"… and the channels", writer, rights.InspectChannels, true, "taken"},
		{"… and nothing else", writer, rights.ReadAudit, true, "refused: insufficient_scope"},
		{"a key that reads writes nowhere, inside a change neither", reader, rights.WriteTickets, true, "refused: insufficient_scope"},
		{"a key with both scopes may not make keys, for its kind", both, rights.WriteKeys, false, "refused: forbidden"},
		{"an agent's key lacks the role, not the scope", agents, rights.WriteChannels, false, "refused: forbidden"},
		{"a key that reads lacks the scope for channels", reader, rights.WriteChannels, false, "refused: insufficient_scope"},
		{"a key of somebody who was demoted says so", demoted, rights.WriteChannels, false, "refused: role_reduced"},
	} {
		s := &Scope{actor: c.actor}
		if c.inside {
			s.tx = &Tx{}
		}
		if got := verdict(s.May(c.need)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAKeyIsLive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		expires, revoked *int // seconds from now
		want             bool
	}{
		{"a key without an end lives", nil, nil, true},
		{"it lives until it expires", new(1), nil, true},
		{"it is dead when it expires", new(0), nil, false},
		{"it lives until it is revoked", nil, new(1), true},
		{"it is dead when it is revoked", nil, new(0), false},
		{"a revoked key does not live on to its expiry", new(1), new(-1), false},
		{"an expired key does not live on to its revocation", new(-1), new(1), false},
	} {
		k := &APIKey{}
		if c.expires != nil {
			k.ExpireAt = ago(-seconds(*c.expires))
		}
		if c.revoked != nil {
			k.RevokedAt = ago(-seconds(*c.revoked))
		}
		if got := k.Live(noon); got != c.want {
			t.Errorf("%s: live = %t, want %t", c.name, got, c.want)
		}
	}
}
