package rights

// Role is what a member is in the workspace.
type Role string

// The roles, from most to least.
const (
	Owner Role = "owner"
	Admin Role = "admin"
	Agent Role = "agent"
)

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { return r == Owner || r == Admin || r == Agent }

// Grants returns what the role may do.
func (r Role) Grants() Grants {
	switch r {
	case Owner:
		return All
	case Admin:
		return adminGrants
	case Agent:
		return agentGrants
	}
	return nil
}

// All is every right there is.
var All = adminGrants.Plus(Grants{WriteOwners})

var (
	agentGrants = DeskReads.Plus(deskWrites)
	adminGrants = agentGrants.Plus(Grants{DeleteContacts, WriteTicketRules, WriteCatalogue, WriteMembers, InspectChannels, WriteChannels,
		ReadWebhooks, WriteWebhooks, ReadAudit, WriteKeys, WriteWorkspace})

	// What the scopes of a key give: never keys, members or the workspace.
	readScope  = DeskReads.Plus(Grants{InspectChannels, ReadWebhooks, ReadAudit})
	writeScope = deskWrites.Plus(Grants{DeleteContacts, WriteTicketRules, WriteCatalogue, WriteChannels, WriteWebhooks})
)

// OfKey is what a key of that role with those scopes may do.
func OfKey(role Role, read, write bool) (g Grants) {
	if read {
		g = readScope
	}
	if write {
		g = g.Plus(writeScope)
	}
	return g.And(role.Grants())
}

// Loses reports whether somebody who becomes of the role given has to let go of
// something that the other one could answer for.
func (r Role) Loses(becomes Role) bool {
	return len(OfKey(r, true, true).Minus(becomes.Grants())) > 0
}
