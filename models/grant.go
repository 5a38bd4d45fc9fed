package models

// Grant is a set of things an actor may do. Operations ask for one; roles and
// key scopes give them.
type Grant uint16

// The grants.
const (
	ReadDesk         Grant = 1 << iota // contacts, conversations, messages, labels, members' names
	WriteDesk                          // change them
	ReadIntegrations                   // see channels and webhooks
	ManageIntegrations
	ManageKeys
	ManageMembers
	ManageOwners
	ManageTickets   // decide what happens to tickets by itself
	ManageCatalogue // categories, tags and attributes
	DeleteContacts  // with all that was said
	ManageWorkspace

	allGrants Grant = 1<<iota - 1
)

// Anyone is the need of a route that asks for nothing but a known caller.
const Anyone Grant = 0

// Has reports whether all of need is in g.
func (g Grant) Has(need Grant) bool { return g&need == need }

// reading is what one must see to do what g allows.
func (g Grant) reading() (seen Grant) {
	if g.Has(WriteDesk) {
		seen |= ReadDesk
	}
	if g.Has(ManageIntegrations) {
		seen |= ReadIntegrations
	}
	return seen
}

// scope names the key scope that a refused key would have needed.
func (g Grant) scope() string {
	if g&(ReadDesk|ReadIntegrations) != 0 {
		return "read"
	}
	return "write"
}

// Role is what a member is in the workspace.
type Role string

// The roles, from most to least.
const (
	RoleOwner Role = "owner"
	RoleAdmin Role = "admin"
	RoleAgent Role = "agent"
)

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { return r == RoleOwner || r == RoleAdmin || r == RoleAgent }

// Grants returns what the role may do.
func (r Role) Grants() Grant {
	switch r {
	case RoleOwner:
		return allGrants
	case RoleAdmin:
		return allGrants &^ ManageOwners
	case RoleAgent:
		return ReadDesk | WriteDesk
	}
	return 0
}

// keyGrants is what a key of that role with those scopes may do: never keys, members or the workspace.
func keyGrants(role Role, read, write bool) (g Grant) {
	if read {
		g |= ReadDesk | ReadIntegrations
	}
	if write {
		g |= WriteDesk | ManageIntegrations | ManageTickets | ManageCatalogue | DeleteContacts
	}
	return g & role.Grants()
}
