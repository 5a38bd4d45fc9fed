package models

import (
	"strings"

	"mauve/models/wire"
)

// Wire returns the ticket as the outside reads it.
func (t *Ticket) Wire() wire.Ticket {
	w := wire.Ticket{ID: t.ID.With(PrefixTicket), Number: t.Number, Subject: t.Subject, Status: string(t.Status), Priority: t.Priority,
		Tags: []wire.Named{}, ConversationID: wire.TextOrNil(ID(t.ConversationID).With(PrefixConversation)), Channel: wire.TextOrNil(string(t.ChannelKind)),
		Attributes: map[string]any{}, FirstResponseAt: wire.StampOrNil(t.FirstResponseAt), ResolvedAt: wire.StampOrNil(t.ResolvedAt),
		ReopenedCount: t.ReopenedCount, CreatedAt: wire.Stamp(t.CreatedAt), UpdatedAt: wire.Stamp(t.UpdatedAt)}
	if t.CategoryID != "" {
		w.Category = &wire.Named{ID: ID(t.CategoryID).With(PrefixCategory), Name: t.Category}
	}
	if t.AssigneeID != "" {
		w.Assignee = &wire.Person{ID: ID(t.AssigneeID).With(PrefixMember), Name: t.Assignee}
	}
	if t.ContactID != "" {
		w.Contact = &wire.ContactBrief{ID: ID(t.ContactID).With(PrefixContact), Name: t.Contact.Name,
			Phone: wire.TextOrNil(t.Contact.Phone), Email: wire.TextOrNil(t.Contact.Email)}
	}
	for _, tag := range t.Tagged {
		w.Tags = append(w.Tags, wire.Named{ID: tag.ID.With(PrefixTag), Name: tag.Name})
	}
	for _, f := range t.Facts {
		w.Attributes[f.Name] = f.Value
	}
	return w
}

// news is what webhooks and the feed are told of the ticket.
func (t *Ticket) news(d Changes) wire.TicketNews {
	return wire.TicketNews{Ticket: t.Wire(), Changes: fieldChanges(d)}
}

// prefixes of the ids that changes of these fields name.
var changePrefixes = map[string]string{"category": PrefixCategory, "assignee": PrefixMember, "contact": PrefixContact, "tags": PrefixTag}

// fieldChanges spells the changes in the order of their fields; an id stands beside the name it belongs to.
func fieldChanges(c Changes) []wire.FieldChange {
	all := []wire.FieldChange{}
	for _, field := range c.Names() {
		if base, ok := strings.CutSuffix(field, "Id"); ok && (changePrefixes[base] != "" || field == "attributeId") {
			continue
		}
		f := wire.FieldChange{Field: field, From: c[field].From, To: c[field].To}
		switch prefix := changePrefixes[field]; {
		case field == "conversationId":
			f.From, f.To = ID(f.From).With(PrefixConversation), ID(f.To).With(PrefixConversation)
		case prefix != "":
			f.FromID, f.ToID = prefixed(c[field+"Id"].From, prefix), prefixed(c[field+"Id"].To, prefix)
		}
		all = append(all, f)
	}
	return all
}

// prefixed spells a list of ids.
func prefixed(ids, prefix string) string {
	if ids == "" {
		return ""
	}
	return prefix + strings.ReplaceAll(ids, ",", ","+prefix)
}

// Wire returns the rules as the outside reads them.
func (r *TicketRules) Wire() wire.TicketRules {
	return wire.TicketRules{WaitingOnReply: r.WaitingOnReply, ReopenDays: r.ReopenDays, FollowUp: r.FollowUp,
		ManyOpen: r.ManyOpen, ResolveAfterHours: r.ResolveAfterHours}
}

// Wire returns the note as the outside reads it.
func (n *TicketNote) Wire() wire.Note {
	return wire.Note{ID: n.ID.With(PrefixNote), TicketID: wire.TextOrNil(n.TicketID.With(PrefixTicket)), Body: n.Body,
		Author: author(n.AuthorKind, n.AuthorID, n.AuthorName), CreatedAt: wire.Stamp(n.CreatedAt)}
}

// Audit spells an event as the timeline shows it.
func (e *Event) Audit() *wire.Audit {
	return &wire.Audit{ID: e.ID.With(PrefixEvent), Event: string(e.Kind), Author: author(e.ActorKind, e.ActorID, e.ActorName),
		Changes: fieldChanges(e.Changes), CreatedAt: wire.Stamp(e.CreatedAt)}
}

// Wire returns the category as the outside reads it.
func (c *Category) Wire() wire.Category {
	return wire.Category{ID: c.ID.With(PrefixCategory), Name: c.Name, Position: c.Position, ArchivedAt: wire.StampOrNil(c.ArchivedAt),
		CreatedAt: wire.Stamp(c.CreatedAt), UpdatedAt: wire.Stamp(c.UpdatedAt)}
}

// Wire returns the tag as the outside reads it.
func (t *Tag) Wire() wire.Tag {
	return wire.Tag{ID: t.ID.With(PrefixTag), Name: t.Name, ArchivedAt: wire.StampOrNil(t.ArchivedAt),
		CreatedAt: wire.Stamp(t.CreatedAt), UpdatedAt: wire.Stamp(t.UpdatedAt)}
}

// Wire returns the definition as the outside reads it.
func (a *Attribute) Wire() wire.Attribute {
	return wire.Attribute{ID: a.ID.With(PrefixAttribute), Subject: a.Subject, Name: a.Name, Type: string(a.Kind), Choices: a.Choices.OrEmpty(),
		Position: a.Position, ArchivedAt: wire.StampOrNil(a.ArchivedAt), CreatedAt: wire.Stamp(a.CreatedAt), UpdatedAt: wire.Stamp(a.UpdatedAt)}
}
