package models

import "testing"

// names of the grants, for tables and failures.
var grantNames = []struct {
	grant Grant
	name  string
}{{ReadDesk, "read desk"}, {WriteDesk, "write desk"}, {ReadIntegrations, "read integrations"}, {ManageIntegrations, "manage integrations"},
	{ManageKeys, "manage keys"}, {ManageMembers, "manage members"}, {ManageOwners, "manage owners"}, {ManageTickets, "manage tickets"},
	{ManageCatalogue, "manage catalogue"}, {DeleteContacts, "delete contacts"}, {ManageWorkspace, "manage workspace"}}

func (g Grant) list() string {
	var all []string
	for _, n := range grantNames {
		if g.Has(n.grant) {
			all = append(all, n.name)
		}
	}
	return sorted(all)
}

func TestGrantsOfRoles(t *testing.T) {
	t.Parallel()
	const everything = "delete contacts, manage catalogue, manage integrations, manage keys, manage members, manage owners, manage tickets, manage workspace, read desk, read integrations, write desk"
	for _, c := range []struct {
		role  Role
		valid bool
		want  string
	}{
		{RoleOwner, true, everything},
		{RoleAdmin, true, "delete contacts, manage catalogue, manage integrations, manage keys, manage members, manage tickets, manage workspace, read desk, read integrations, write desk"},
		{RoleAgent, true, "read desk, write desk"},
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
	for _, c := range []struct {
		name        string
		role        Role
		read, write bool
		want        string
	}{
		{"a key that reads sees desk and integrations", RoleOwner, true, false, "read desk, read integrations"},
		{"a key that writes does not read", RoleOwner, false, true, "delete contacts, manage catalogue, manage integrations, manage tickets, write desk"},
		{"an owner's key manages no keys, members or workspace", RoleOwner, true, true, "delete contacts, manage catalogue, manage integrations, manage tickets, read desk, read integrations, write desk"},
		{"an admin's key is as an owner's", RoleAdmin, true, true, "delete contacts, manage catalogue, manage integrations, manage tickets, read desk, read integrations, write desk"},
		{"an agent's key works the desk alone", RoleAgent, true, true, "read desk, write desk"},
		{"an agent's key that reads sees the desk alone", RoleAgent, true, false, "read desk"},
		{"a key without scopes may nothing", RoleOwner, false, false, ""},
	} {
		if got := keyGrants(c.role, c.read, c.write).list(); got != c.want {
			t.Errorf("%s: it may %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	reader := Actor{Kind: ActorKey, Grants: keyGrants(RoleOwner, true, false)}
	writer := Actor{Kind: ActorKey, Grants: keyGrants(RoleOwner, false, true)}
	both := Actor{Kind: ActorKey, Grants: keyGrants(RoleOwner, true, true)}
	agents := Actor{Kind: ActorKey, Grants: keyGrants(RoleAgent, true, true)}
	agent := Actor{Kind: ActorMember, Grants: RoleAgent.Grants()}
	owner := Actor{Kind: ActorMember, Grants: RoleOwner.Grants()}
	for _, c := range []struct {
		name   string
		actor  Actor
		need   Grant
		inside bool // a change is open
		want   string
	}{
		{"anybody may what needs nothing", Actor{}, Anyone, false, "taken"},
		{"nobody may read", Actor{}, ReadDesk, false, "refused: forbidden"},
		{"an agent writes", agent, WriteDesk, false, "taken"},
		{"an agent sees no integrations", agent, ReadIntegrations, false, "refused: forbidden"},
		{"an owner may all", owner, allGrants, false, "taken"},
		{"a key that reads may not write, for its scope", reader, WriteDesk, false, "refused: insufficient_scope"},
		{"a key that writes reads inside its change", writer, ReadDesk, true, "taken"},
		{"… and the integrations that it changes", writer, ReadIntegrations, true, "taken"},
		{"a key that reads writes nowhere, inside a change neither", reader, WriteDesk, true, "refused: insufficient_scope"},
		{"a key with both scopes may not make keys, for its kind", both, ManageKeys, false, "refused: forbidden"},
		{"an agent's key lacks the role, not the scope", agents, ManageIntegrations, false, "refused: forbidden"},
		{"a key that reads lacks the scope for integrations", reader, ManageIntegrations, false, "refused: insufficient_scope"},
	} {
		s := &Scope{actor: c.actor}
		if c.inside {
			s.tx = &Tx{}
		}
		if got := verdict(s.may(c.need)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAScopeNamesWhatAKeyLacks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		need Grant
		want string
	}{{ReadDesk, "read"}, {ReadIntegrations, "read"}, {WriteDesk, "write"}, {ManageIntegrations, "write"}, {ManageTickets, "write"}} {
		if got := c.need.scope(); got != c.want {
			t.Errorf("for %s a key needs the scope %q, want %q", c.need.list(), got, c.want)
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
