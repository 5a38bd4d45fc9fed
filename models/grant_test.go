package models

import (
	"slices"
	"strings"
	"testing"
)

// list is a set in words, sorted; what all that is left of the desk is, in one.
func (g Grants) list() string {
	var all []string
	for name, part := range map[string]Grants{"read the desk": deskReads, "write the desk": deskWrites} {
		if len(part.Minus(g)) == 0 {
			g = g.Minus(part)
			all = append(all, name)
		}
	}
	for _, one := range g {
		all = append(all, string(one))
	}
	return sorted(all)
}

func TestRightsAreNamed(t *testing.T) {
	t.Parallel()
	for i, g := range allGrants {
		noun, verb, cut := strings.Cut(string(g), ":")
		if !cut || noun == "" || !slices.Contains([]string{"read", "write", "delete", "inspect"}, verb) || slices.Contains(allGrants[:i], g) {
			t.Errorf("%q is no name of a right, or is there twice", g)
		}
		if !g.Valid() || Grant(verb).Valid() {
			t.Errorf("%q is not valid, or its half is", g)
		}
	}
	if Grant("").Valid() || !Public.Valid() || !Known.Valid() {
		t.Error("a need that is not said is valid, or one that is said is not")
	}
}

func TestGrantsOfRoles(t *testing.T) {
	t.Parallel()
	const admins = "audit:read, catalogue:write, channels:inspect, channels:write, contacts:delete, keys:write, members:write"
	const ends = "read the desk, ticket_rules:write, webhooks:read, webhooks:write, workspace:write, write the desk"
	for _, c := range []struct {
		role  Role
		valid bool
		want  string
	}{
		{RoleOwner, true, admins + ", owners:write, " + ends},
		{RoleAdmin, true, admins + ", " + ends},
		{RoleAgent, true, "read the desk, write the desk"},
		{"", false, ""},
		{"Owner", false, ""},
		{"root", false, ""},
	} {
		if got := c.role.Grants().list(); got != c.want {
			t.Errorf("the role %q may %s; want %s", c.role, got, c.want)
		}
		if got := c.role.Valid(); got != c.valid {
			t.Errorf("the role %q is valid: %t, want %t", c.role, got, c.valid)
		}
	}
}

func TestGrantsOfKeys(t *testing.T) {
	t.Parallel()
	const writes = "catalogue:write, channels:write, contacts:delete, ticket_rules:write, webhooks:write, write the desk"
	const both = "audit:read, catalogue:write, channels:inspect, channels:write, contacts:delete, read the desk, ticket_rules:write, webhooks:read, webhooks:write, write the desk"
	for _, c := range []struct {
		name        string
		role        Role
		read, write bool
		want        string
	}{
		{"a key that reads sees all but keys, members and the workspace", RoleOwner, true, false, "audit:read, channels:inspect, read the desk, webhooks:read"},
		{"a key that writes does not read", RoleOwner, false, true, writes},
		{"an owner's key manages no keys, members or workspace", RoleOwner, true, true, both},
		{"an admin's key is as an owner's", RoleAdmin, true, true, both},
		{"an agent's key works the desk alone", RoleAgent, true, true, "read the desk, write the desk"},
		{"an agent's key that reads sees the desk alone", RoleAgent, true, false, "read the desk"},
		{"a key without scopes may nothing", RoleOwner, false, false, ""},
	} {
		if got := keyGrants(c.role, c.read, c.write).list(); got != c.want {
			t.Errorf("%s: it may %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	key := func(role Role, read, write bool) Actor {
		return Actor{Kind: ActorKey, Role: role, Grants: keyGrants(role, read, write)}
	}
	reader, writer, both := key(RoleOwner, true, false), key(RoleOwner, false, true), key(RoleOwner, true, true)
	agents := key(RoleAgent, true, true)
	agent := Actor{Kind: ActorMember, Grants: RoleAgent.Grants()}
	owner := Actor{Kind: ActorMember, Grants: RoleOwner.Grants()}
	demoted := Actor{Kind: ActorKey, Role: RoleAdmin, Grants: agents.Grants, Lost: both.Grants.Minus(agents.Grants)}
	for _, c := range []struct {
		name   string
		actor  Actor
		need   Grant
		inside bool // a change is open
		want   string
	}{
		{"anybody may what needs no right", Actor{}, Known, false, "taken"},
		{"nobody may read", Actor{}, ReadContacts, false, "refused: forbidden"},
		{"an agent writes", agent, WriteContacts, false, "taken"},
		{"an agent sees no webhooks", agent, ReadWebhooks, false, "refused: forbidden"},
		{"an owner makes owners", owner, WriteOwners, false, "taken"},
		{"a key that reads may not write, for its scope", reader, WriteMessages, false, "refused: insufficient_scope"},
		{"a key that writes may not read, for its scope", writer, ReadMessages, false, "refused: insufficient_scope"},
		{"a key that writes reads inside its change", writer, ReadMembers, true, "taken"},
		{"… and the webhooks that it changes", writer, ReadWebhooks, true, "taken"},
		{"… and the channels", writer, InspectChannels, true, "taken"},
		{"… and nothing else", writer, ReadAudit, true, "refused: insufficient_scope"},
		{"a key that reads writes nowhere, inside a change neither", reader, WriteTickets, true, "refused: insufficient_scope"},
		{"a key with both scopes may not make keys, for its kind", both, WriteKeys, false, "refused: forbidden"},
		{"an agent's key lacks the role, not the scope", agents, WriteChannels, false, "refused: forbidden"},
		{"a key that reads lacks the scope for channels", reader, WriteChannels, false, "refused: insufficient_scope"},
		{"a key of somebody who was demoted says so", demoted, WriteChannels, false, "refused: role_reduced"},
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

func TestAScopeNamesWhatAKeyLacks(t *testing.T) {
	t.Parallel()
	for need, want := range map[Grant]string{ReadContacts: "read", InspectChannels: "read", ReadAudit: "read",
		WriteContacts: "write", WriteChannels: "write", DeleteContacts: "write", WriteTicketRules: "write"} {
		if got := need.scope(); got != want {
			t.Errorf("for %s a key needs the scope %q, want %q", need, got, want)
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
