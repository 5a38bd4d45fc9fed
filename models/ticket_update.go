package models

import (
	"maps"
	"slices"
	"strings"
	"time"

	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/wire"
)

// UpdateTicket applies the change, all of it or none. Each field that really
// changes is one event; a value equal to the present one writes nothing. A
// change that names nothing is refused.
func (s *Scope) UpdateTicket(id ID, change TicketChange) (*Ticket, error) {
	if err := s.May(rights.WriteTickets); err != nil {
		return nil, err
	}
	var t *Ticket
	err := s.change(func(tx *Tx) error {
		before, err := tx.ticketForUpdate(id, change.Status != nil || change.Conversation != nil || change.Contact != nil)
		if err != nil {
			return err
		}
		if err = checkVersion(change.Version, before.Version()); err != nil {
			return err
		}
		if change.Empty() {
			return problem.InvalidField("body", "holds nothing to change")
		}
		wish, err := tx.lookUp(before, change)
		if err != nil {
			return err
		}
		if t, err = before.apply(wish, tx.later(before.UpdatedAt)); err != nil {
			return err
		}
		if err = tx.alone(before, t); err != nil {
			return err
		}
		return tx.saveTicket(before, t, tx.actor)
	})
	return t, err
}

// wish is a change of a ticket whose foreign ids were looked up.
type wish struct {
	TicketChange
	faults       faults
	category     *Category
	assignee     *Member
	contact      *Contact
	conversation *Conversation
	tags         []*Tag
	values       map[*Attribute]any
}

// apply returns the ticket as the change wants it, at the time given. It holds
// the rules and asks the database nothing.
func (t *Ticket) apply(w *wish, at time.Time) (*Ticket, error) {
	next, fs := *t, w.faults
	next.UpdatedAt = at
	if w.Subject != nil {
		next.Subject = fs.Line("subject", *w.Subject, 0, 200)
		next.Search = strings.ToLower(next.Subject)
	}
	if w.Priority != nil {
		if next.Priority = *w.Priority; next.Priority < LowPriority || next.Priority > HighPriority {
			fs.Add("priority", "is 1 (low), 2 (normal) or 3 (high)")
		}
	}
	if w.Status != nil {
		if !slices.Contains(TicketStatuses, *w.Status) {
			fs.Add("status", "is one of open, pending, waiting, resolved")
		}
		next.enter(*w.Status, at)
	}
	if w.Category != nil {
		next.CategoryID, next.Category = Ref(*w.Category), ""
		if w.category != nil {
			next.Category = w.category.Name
		}
	}
	if w.Assignee != nil {
		next.AssigneeID, next.Assignee = Ref(*w.Assignee), ""
		if w.assignee != nil {
			next.Assignee = w.assignee.Name
		}
	}
	fs.party(&next, w)
	if w.Tags != nil {
		next.tag(w.tags)
	}
	next.fill(w.values)
	return &next, fs.Err()
}

// enter moves the ticket to a status; the one it has is no move.
func (t *Ticket) enter(to TicketStatus, at time.Time) {
	if to == t.Status {
		return
	}
	if t.Status == TicketResolved {
		t.ReopenedCount++
	}
	t.Status, t.ResolvedAt, t.WaitingSince = to, nil, nil
	switch to {
	case TicketResolved:
		t.ResolvedAt = &at
	case TicketWaiting:
		t.WaitingSince = &at
	}
}

// party sets whom the ticket is with: a conversation brings its contact and channel.
func (f *faults) party(t *Ticket, w *wish) {
	if w.Contact != nil {
		t.ContactID, t.Contact = Ref(*w.Contact), ContactBrief{}
		if w.contact != nil {
			t.Contact = ContactBrief{w.contact.Name, w.contact.Phone, w.contact.Email}
		}
	}
	if w.Conversation != nil {
		t.ConversationID, t.ChannelID, t.ChannelKind = Ref(*w.Conversation), "", ""
	}
	c := w.conversation // the present one too, while the contact changes
	if c == nil {
		return
	}
	if w.Contact != nil && t.ContactID != Ref(c.ContactID) {
		f.Add("contactId", "is not the contact of the conversation")
	}
	if w.Contact == nil && t.ContactID != "" && t.ContactID != Ref(c.ContactID) {
		f.Add("conversationId", "is of another contact than the ticket")
	}
	t.ContactID, t.Contact, t.ChannelID, t.ChannelKind = Ref(c.ContactID), c.Contact, c.ChannelID, c.ChannelKind
}

func (t *Ticket) tag(tags []*Tag) {
	t.Tags, t.Tagged = Words{}, nil
	for _, tag := range tags {
		t.Tags = append(t.Tags, string(tag.ID))
		t.Tagged = append(t.Tagged, Named{tag.ID, tag.Name})
	}
	slices.Sort(t.Tags)
	slices.SortFunc(t.Tagged, byName)
}

func (t *Ticket) fill(values map[*Attribute]any) {
	if len(values) == 0 {
		return
	}
	t.Attributes, t.Facts = maps.Clone(t.Attributes), slices.Clone(t.Facts)
	for a, v := range values {
		t.Facts = slices.DeleteFunc(t.Facts, func(f Fact) bool { return f.ID == a.ID })
		if v == nil {
			delete(t.Attributes, string(a.ID))
			continue
		}
		t.Attributes[string(a.ID)] = v
		t.Facts = append(t.Facts, Fact{Named{a.ID, a.Name}, v})
	}
	slices.SortFunc(t.Facts, func(a, b Fact) int { return byName(a.Named, b.Named) })
}

// differences are what an audit entry each tells, from what to what. A field
// that names another row has its id beside the name, under the field's name and
// Id, so that the trail can be followed when names have changed.
func (t *Ticket) differences(next *Ticket) []Changes {
	var all []Changes
	one := func(field, from, to string) {
		if from != to {
			all = append(all, Changes{field: {From: from, To: to}})
		}
	}
	reference := func(field, from, to string, fromID, toID Ref) {
		if fromID != toID {
			all = append(all, Changes{field: {From: from, To: to}, field + "Id": {From: string(fromID), To: string(toID)}})
		}
	}
	one("subject", t.Subject, next.Subject)
	if t.Status != next.Status {
		d := Changes{"status": {From: string(t.Status), To: string(next.Status)}}
		d.NoteUnlessEqual("resolvedAt", moment(t.ResolvedAt), moment(next.ResolvedAt))
		d.NoteUnlessEqual("reopenedCount", decimal(t.ReopenedCount), decimal(next.ReopenedCount))
		all = append(all, d)
	}
	one("priority", decimal(t.Priority), decimal(next.Priority))
	reference("category", t.Category, next.Category, t.CategoryID, next.CategoryID)
	reference("assignee", t.Assignee, next.Assignee, t.AssigneeID, next.AssigneeID)
	reference("contact", t.Contact.Name, next.Contact.Name, t.ContactID, next.ContactID)
	one("conversationId", string(t.ConversationID), string(next.ConversationID))
	if !sameWords(t.Tags, next.Tags) {
		all = append(all, Changes{"tags": {From: joinNames(t.Tagged), To: joinNames(next.Tagged)},
			"tagsId": {From: strings.Join(t.Tags, ","), To: strings.Join(next.Tags, ",")}})
	}
	all = append(all, t.factDifferences(next)...)
	one("firstResponseAt", moment(t.FirstResponseAt), moment(next.FirstResponseAt))
	return all
}

func (t *Ticket) factDifferences(next *Ticket) (all []Changes) {
	names := map[ID]string{}
	for _, f := range append(slices.Clone(t.Facts), next.Facts...) {
		names[f.ID] = f.Name
	}
	for _, id := range slices.Sorted(maps.Keys(names)) {
		from, to := t.Attributes[string(id)], next.Attributes[string(id)]
		if from != to {
			all = append(all, Changes{"attributes." + names[id]: {From: input.ValueText(from), To: input.ValueText(to)},
				"attributeId": {From: string(id), To: string(id)}})
		}
	}
	return all
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return wire.Stamp(*t)
}

func joinNames(list []Named) string {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = n.Name
	}
	return strings.Join(names, ", ")
}

// sameWords compares two lists as sets.
func sameWords(a, b Words) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
