package templates

import (
	"context"

	"mauve/templates/ui"
	"mauve/templates/words"
)

// TicketView is a ticket's page. Subject to Tags are what the form holds.
type TicketView struct {
	Ticket                                            TicketRow
	Thread                                            Thread // timeline and composer
	Subject, Status, Priority, CategoryID, AssigneeID string
	Tags                                              string // their names
	Attributes                                        []AttributeField
	Version                                           string   // refused when the ticket was changed since
	Seen                                              string   // when the ticket was changed last
	ChangedSince                                      []string // what others changed while the form was filled in
	ConversationID                                    string   // empty: none is linked
	ContactID, ContactURL                             string
	Talks                                             []Choice  // the contact's conversations, to link one
	Facts                                             []ui.Fact // times and counts
	Choices                                           TicketChoices
	Previous                                          []TicketRow // the contact's other tickets
}

// AttributeField is one attribute with a ticket's value.
type AttributeField struct {
	Name, Kind, Value string
	Choices           []string
}

// NewTicketView is the form for a new ticket as it was filled in.
type NewTicketView struct {
	Subject, Priority, Category, Assignee string
	ConversationID, Contact               string // the conversation it is made from, with whom; may be empty
	Choices                               TicketChoices
}

// inbox is the ticket's thread as the composer and the rows of the inbox take it.
func (v TicketView) inbox(f Frame) InboxView {
	return InboxView{Thread: &v.Thread, CSRF: f.CSRF, Person: f.PersonName}
}

func (v TicketView) tagsField(ctx context.Context, f Frame) ui.FieldView {
	field := f.field("tags", words.T(ctx, "Tags"), v.Tags)
	field.Hint, field.Attrs = words.T(ctx, "With commas: refund, vip"), ui.Attrs{"list": "tag-names", "autocomplete": "off"}
	return field
}

func (a AttributeField) field(f Frame) ui.FieldView {
	field := f.field("attributes."+a.Name, a.Name, a.Value)
	field.Type = map[string]string{"number": "number", "date": "date", "url": "url"}[a.Kind]
	if a.Kind == "number" {
		field.Attrs = ui.Attrs{"step": "any"}
	}
	return field
}

func (a AttributeField) options() []ui.Option {
	options := []ui.Option{{}}
	for _, choice := range a.Choices {
		options = append(options, ui.Option{Value: choice, Label: choice})
	}
	return options
}

// statusMeaning says when to use a status.
func statusMeaning(ctx context.Context, status string) string {
	switch status {
	case "open":
		return words.T(ctx, "Needs us")
	case "pending":
		return words.T(ctx, "On somebody else, or for later")
	case "waiting":
		return words.T(ctx, "On the customer")
	}
	return words.T(ctx, "Done")
}

func meaningOptions(ctx context.Context) []ui.Option {
	options := statusOptions(ctx)
	for i, status := range TicketStatuses {
		options[i].Label += " – " + statusMeaning(ctx, status)
	}
	return options
}
