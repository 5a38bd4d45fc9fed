package models

import "slices"

// Grant is a right, by the name under which it is asked for and stored.
type Grant string

// What a route needs that asks for no right.
const (
	Public Grant = "public" // nobody needs to be known
	Known  Grant = "known"  // whoever it is: any member, any key
)

// Valid reports whether g is a right, or what a route needs that asks for none.
func (g Grant) Valid() bool { return g == Public || g == Known || slices.Contains(allGrants, g) }

// The rights. Operations ask for one; roles and key scopes give them.
const (
	ReadContacts       Grant = "contacts:read"
	WriteContacts      Grant = "contacts:write"
	DeleteContacts     Grant = "contacts:delete" // with all that was said
	ReadConversations  Grant = "conversations:read"
	WriteConversations Grant = "conversations:write"
	ReadMessages       Grant = "messages:read" // and their attachments
	WriteMessages      Grant = "messages:write"
	ReadTickets        Grant = "tickets:read"
	WriteTickets       Grant = "tickets:write"
	ReadTicketRules    Grant = "ticket_rules:read"
	WriteTicketRules   Grant = "ticket_rules:write" // decide what happens to tickets by itself
	ReadCatalogue      Grant = "catalogue:read"     // labels, categories, tags and attributes
	WriteCatalogue     Grant = "catalogue:write"
	ReadMembers        Grant = "members:read" // who there is to be assigned
	WriteMembers       Grant = "members:write"
	WriteOwners        Grant = "owners:write" // give and take the role of an owner
	ReadChannels       Grant = "channels:read"
	InspectChannels    Grant = "channels:inspect" // how they are configured, and what came in
	WriteChannels      Grant = "channels:write"
	ReadWebhooks       Grant = "webhooks:read" // and their deliveries
	WriteWebhooks      Grant = "webhooks:write"
	ReadEvents         Grant = "events:read" // of what the actor may read
	ReadAudit          Grant = "audit:read"  // events of keys, webhooks, channels, members and the workspace
	WriteKeys          Grant = "keys:write"
	WriteWorkspace     Grant = "workspace:write"
)

var (
	deskReads = Grants{ReadContacts, ReadConversations, ReadMessages, ReadTickets, ReadTicketRules, ReadCatalogue, ReadMembers,
		ReadChannels, ReadEvents}
	deskWrites = Grants{WriteContacts, WriteConversations, WriteMessages, WriteTickets}

	agentGrants = deskReads.Plus(deskWrites)
	adminGrants = agentGrants.Plus(Grants{DeleteContacts, WriteTicketRules, WriteCatalogue, WriteMembers, InspectChannels, WriteChannels,
		ReadWebhooks, WriteWebhooks, ReadAudit, WriteKeys, WriteWorkspace})
	allGrants = adminGrants.Plus(Grants{WriteOwners})

	// What the scopes of a key give: never keys, members or the workspace.
	readScope  = deskReads.Plus(Grants{InspectChannels, ReadWebhooks, ReadAudit})
	writeScope = deskWrites.Plus(Grants{DeleteContacts, WriteTicketRules, WriteCatalogue, WriteChannels, WriteWebhooks})
)

// Grants is a set of rights, each once. It is not changed once it is made.
type Grants []Grant

// Has reports whether the set holds what is needed. Known and Public are never lacking.
func (g Grants) Has(need Grant) bool {
	return need == Known || need == Public || slices.Contains(g, need)
}

// Plus returns a set that holds what more holds as well.
func (g Grants) Plus(more Grants) Grants { return append(slices.Clip(g), more.Minus(g)...) }

// Minus returns the set without what the other one holds.
func (g Grants) Minus(other Grants) Grants {
	return slices.DeleteFunc(slices.Clone(g), func(one Grant) bool { return slices.Contains(other, one) })
}

// And returns what both sets hold.
func (g Grants) And(other Grants) Grants {
	return slices.DeleteFunc(slices.Clone(g), func(one Grant) bool { return !slices.Contains(other, one) })
}

// reading is what one must see to do what g allows.
func (g Grants) reading() (seen Grants) {
	if len(g.And(deskWrites)) > 0 {
		seen = deskReads
	}
	if g.Has(WriteChannels) {
		seen = seen.Plus(Grants{InspectChannels})
	}
	if g.Has(WriteWebhooks) {
		seen = seen.Plus(Grants{ReadWebhooks})
	}
	return seen
}

// scope names the key scope that a refused key would have needed.
func (g Grant) scope() string {
	if slices.Contains(readScope, g) {
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
func (r Role) Grants() Grants {
	switch r {
	case RoleOwner:
		return allGrants
	case RoleAdmin:
		return adminGrants
	case RoleAgent:
		return agentGrants
	}
	return nil
}

// keyGrants is what a key of that role with those scopes may do.
func keyGrants(role Role, read, write bool) (g Grants) {
	if read {
		g = readScope
	}
	if write {
		g = g.Plus(writeScope)
	}
	return g.And(role.Grants())
}
