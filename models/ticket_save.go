package models

import (
	"slices"
	"strings"

	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/store"
)

// lookUp loads what the change names through the scope, so that another
// workspace's rows and missing ones are one answer. What the ticket has already
// may be archived; what is newly set may not.
func (tx *Tx) lookUp(t *Ticket, change TicketChange) (*wish, error) {
	w := &wish{TicketChange: change}
	for _, look := range []func(*Ticket, *wish) error{tx.lookUpCategory, tx.lookUpAssignee, tx.lookUpParty, tx.lookUpTags, tx.lookUpAttributes} {
		if err := w.faults.Take(look(t, w)); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (tx *Tx) lookUpCategory(t *Ticket, w *wish) (err error) {
	if w.Category == nil || *w.Category == "" {
		return nil
	}
	if w.category, err = tx.Category(*w.Category); err != nil {
		return noSuch(err, "categoryId", "category")
	}
	if w.category.ArchivedAt != nil && Ref(w.category.ID) != t.CategoryID {
		return problem.InvalidField("categoryId", "is archived and cannot be set")
	}
	return nil
}

func (tx *Tx) lookUpAssignee(t *Ticket, w *wish) (err error) {
	if w.Assignee == nil || *w.Assignee == "" {
		return nil
	}
	if w.assignee, err = tx.Member(*w.Assignee); err != nil {
		return noSuch(err, "assigneeId", "member")
	}
	if w.assignee.RemovedAt != nil && Ref(w.assignee.ID) != t.AssigneeID {
		return problem.InvalidField("assigneeId", "there is no such member")
	}
	return nil
}

func (tx *Tx) lookUpParty(t *Ticket, w *wish) (err error) {
	if w.Contact != nil && *w.Contact != "" {
		if w.contact, err = tx.Contact(*w.Contact); err != nil {
			return noSuch(err, "contactId", "contact")
		}
	}
	linked := ID(t.ConversationID)
	if w.Conversation != nil {
		linked = *w.Conversation
	}
	if linked == "" || w.Contact == nil && w.Conversation == nil {
		return nil
	}
	w.conversation, err = tx.conversationForUpdate(linked)
	return noSuch(err, "conversationId", "conversation")
}

// noSuch says of a field that what it names is missing.
func noSuch(err error, field, noun string) error {
	if problem.KindOf(err) == problem.NotFound {
		return problem.InvalidField(field, "there is no such %s", problem.Word(noun))
	}
	return err
}

func (tx *Tx) lookUpTags(t *Ticket, w *wish) error {
	if w.Tags == nil {
		return nil
	}
	if len(*w.Tags) > mostTicketTags {
		return problem.InvalidField("tags", "holds %d tags, at most %d are allowed", len(*w.Tags), mostTicketTags)
	}
	var ids, names []string
	for _, text := range *w.Tags {
		if id, ok := ParseID(PrefixTag, text); ok {
			ids = append(ids, string(id))
		} else if names = append(names, input.Fold(text)); !input.Readable(text) {
			return problem.InvalidField("tags", "holds characters that are not text")
		}
	}
	if len(ids)+len(names) == 0 {
		return nil
	}
	if err := tx.DB.Where("id IN ? OR folded IN ?", ids, names).Find(&w.tags).Error; err != nil {
		return err
	}
	return w.checkTags(t, ids, names)
}

func (w *wish) checkTags(t *Ticket, ids, names []string) error {
	known := func(match func(*Tag) bool) bool { return slices.ContainsFunc(w.tags, match) }
	for _, id := range ids {
		if !known(func(tag *Tag) bool { return tag.ID == ID(id) }) {
			return problem.InvalidField("tags", "there is no tag %q", id)
		}
	}
	for _, name := range names {
		if !known(func(tag *Tag) bool { return tag.Folded == name }) {
			return problem.InvalidField("tags", "there is no tag %q", input.Cut(name, 80))
		}
	}
	for _, tag := range w.tags {
		if tag.ArchivedAt != nil && !t.Tags.Has(string(tag.ID)) {
			return problem.InvalidField("tags", "%q is archived and cannot be set", tag.Name)
		}
	}
	return nil
}

func (tx *Tx) lookUpAttributes(t *Ticket, w *wish) error {
	if len(w.Attributes) == 0 {
		return nil
	}
	known, err := tx.definitions(AttributeOfTicket, w.Attributes, w.DefineAttributes)
	if err == nil {
		w.values = w.faults.wanted(w.Attributes, known, t.Attributes, w.DefineAttributes)
	}
	return err
}

// alone keeps a conversation to one ticket at a time that is not resolved,
// unless the workspace allows more. The caller holds the conversation.
func (tx *Tx) alone(before, t *Ticket) error {
	joins := before.Status == TicketResolved || before.ConversationID != t.ConversationID || before.ID == ""
	if t.ConversationID == "" || t.Status == TicketResolved || !joins {
		return nil
	}
	rules, err := ticketRules(tx.DB)
	if err != nil || rules.ManyOpen {
		return err
	}
	var other Ticket
	err = tx.DB.Select("id", "number").Where("conversation_id = ? AND status <> 'resolved' AND id <> ?", string(t.ConversationID), string(t.ID)).
		Limit(1).Find(&other).Error
	if err != nil || other.ID == "" {
		return err
	}
	return other.isOpen()
}

// isOpen is the conflict with a ticket that the conversation has already.
func (t *Ticket) isOpen() error {
	return problem.Fail(problem.Conflict, "ticket_open", "The conversation has ticket #%d that is not resolved. Resolve it first, or work on that one.", t.Number).
		At("conversationId", "has a ticket that is not resolved").Collides(t.ID.With(PrefixTicket))
}

// saveTicket writes what differs, with one event for each difference.
func (tx *Tx) saveTicket(before, t *Ticket, by Actor) error {
	entries := before.differences(t)
	if len(entries) == 0 {
		t.UpdatedAt = before.UpdatedAt
		return nil
	}
	if !t.UpdatedAt.After(before.UpdatedAt) {
		t.UpdatedAt = tx.later(before.UpdatedAt)
	}
	if err := tx.Update(t, before.columns(t), t.event(TicketUpdated, entries[0], by)); err != nil {
		return err
	}
	for _, d := range entries[1:] {
		if err := tx.Record(t.event(TicketUpdated, d, by)); err != nil {
			return err
		}
	}
	return tx.index(before, t)
}

// index brings tag rows, value rows and running totals after the ticket.
func (tx *Tx) index(before, t *Ticket) error {
	if !sameWords(before.Tags, t.Tags) {
		if err := tx.retag(t, before.Tags); err != nil {
			return err
		}
	}
	if err := tx.revalue(t.ID, before.Attributes, t.Attributes); err != nil {
		return err
	}
	all := map[Count]int64{}
	if before.ID != "" {
		before.steps(all, -1)
	}
	t.steps(all, 1)
	return tx.steps(all)
}

// columns are the columns in which t differs, with what always moves.
func (t *Ticket) columns(next *Ticket) map[string]any {
	before, after := *t, *next
	before.Search, after.Search = strings.ToLower(t.Subject), strings.ToLower(next.Subject)
	if sameWords(t.Tags, next.Tags) { // in whichever order
		after.Tags = t.Tags
	}
	set := store.Changed(&before, &after)
	set["updated_at"] = next.UpdatedAt // or GORM would make it now
	return set
}

// event tells of the ticket; its time is the ticket's, so that the trail is in order.
func (t *Ticket) event(kind EventKind, d Changes, by Actor) *Event {
	return &Event{Kind: kind, SubjectID: t.ID, ConversationID: ID(t.ConversationID), ContactID: ID(t.ContactID), ChannelID: t.ChannelID,
		ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name, Changes: d, CreatedAt: t.UpdatedAt, Payload: t.news(d)}
}
