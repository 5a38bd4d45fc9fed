// Package rights names what somebody may do: one right by one name, sets of
// them, the sets that roles have, and those that the scopes of a key give. It
// knows no member, no key and no row: who asks for a right, and what it is about,
// is said in models. Start with Grant; role.go is for members and keys.
package rights

import "slices"

// Grant is a right, by the name under which it is asked for and stored.
type Grant string

// What a route needs that asks for no right.
const (
	Public Grant = "public" // nobody needs to be known
	Known  Grant = "known"  // whoever it is: any member, any key
)

// Valid reports whether g is a right, or what a route needs that asks for none.
func (g Grant) Valid() bool { return g == Public || g == Known || slices.Contains(All, g) }

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

// DeskReads is what one sees of the desk.
var DeskReads = Grants{ReadContacts, ReadConversations, ReadMessages, ReadTickets, ReadTicketRules, ReadCatalogue, ReadMembers,
	ReadChannels, ReadEvents}

var deskWrites = Grants{WriteContacts, WriteConversations, WriteMessages, WriteTickets}

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

// Reading is what one must see to do what g allows.
func (g Grants) Reading() (seen Grants) {
	if len(g.And(deskWrites)) > 0 {
		seen = DeskReads
	}
	if g.Has(WriteChannels) {
		seen = seen.Plus(Grants{InspectChannels})
	}
	if g.Has(WriteWebhooks) {
		seen = seen.Plus(Grants{ReadWebhooks})
	}
	return seen
}

// KeyScope names the key scope that a refused key would have needed.
func (g Grant) KeyScope() string {
	if slices.Contains(readScope, g) {
		return "read"
	}
	return "write"
}
