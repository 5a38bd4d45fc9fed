package rights

import (
	"slices"
	"strings"
	"testing"
)

// list is a set in words, sorted; what all that is left of the desk is, in one.
func (g Grants) list() string {
	var all []string
	for name, part := range map[string]Grants{"read the desk": DeskReads, "write the desk": deskWrites} {
		if len(part.Minus(g)) == 0 {
			g = g.Minus(part)
			all = append(all, name)
		}
	}
	for _, one := range g {
		all = append(all, string(one))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestRightsAreNamed(t *testing.T) {
	t.Parallel()
	for i, g := range All {
		noun, verb, cut := strings.Cut(string(g), ":")
		if !cut || noun == "" || !slices.Contains([]string{"read", "write", "delete", "inspect"}, verb) || slices.Contains(All[:i], g) {
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
		{Owner, true, admins + ", owners:write, " + ends},
		{Admin, true, admins + ", " + ends},
		{Agent, true, "read the desk, write the desk"},
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
		{"a key that reads sees all but keys, members and the workspace", Owner, true, false, "audit:read, channels:inspect, read the desk, webhooks:read"},
		{"a key that writes does not read", Owner, false, true, writes},
		{"an owner's key manages no keys, members or workspace", Owner, true, true, both},
		{"an admin's key is as an owner's", Admin, true, true, both},
		{"an agent's key works the desk alone", Agent, true, true, "read the desk, write the desk"},
		{"an agent's key that reads sees the desk alone", Agent, true, false, "read the desk"},
		{"a key without scopes may nothing", Owner, false, false, ""},
	} {
		if got := OfKey(c.role, c.read, c.write).list(); got != c.want {
			t.Errorf("%s: it may %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAScopeNamesWhatAKeyLacks(t *testing.T) {
	t.Parallel()
	for need, want := range map[Grant]string{ReadContacts: "read", InspectChannels: "read", ReadAudit: "read",
		WriteContacts: "write", WriteChannels: "write", DeleteContacts: "write", WriteTicketRules: "write"} {
		if got := need.KeyScope(); got != want {
			t.Errorf("for %s a key needs the scope %q, want %q", need, got, want)
		}
	}
}
