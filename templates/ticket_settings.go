package templates

import (
	"context"
	"strconv"

	"mauve/templates/ui"
	"mauve/templates/words"
)

// CatalogueRow is one category, tag or attribute in the settings.
type CatalogueRow struct {
	ID, Name, About string // About: of an attribute, whose it is and of what kind
	Position        int
	Choices         string // of a choice, with commas
	Archived        bool
	Fixed           bool // its name cannot be changed
}

// CatalogueView is one of the three catalogues with the form for a new row as it was filled in.
type CatalogueView struct {
	Kind                         string // "categories", "tags" or "attributes": also the address
	Rows                         []CatalogueRow
	Name, Subject, Type, Choices string
}

// RulesView are the rules for tickets as they are or were filled in.
type RulesView struct {
	ReopenDays, ResolveAfterHours      string
	FollowUp, WaitingOnReply, ManyOpen bool
}

func (v CatalogueView) address(parts ...string) string {
	address := "/settings/" + v.Kind
	for _, part := range parts {
		address += "/" + part
	}
	return address
}

// fresh gives a field an id of its own for each row to come: a page that is morphed into the next one would keep the text in it.
func (v CatalogueView) fresh(field ui.FieldView) ui.FieldView {
	field.ID = "field-" + field.Name + "-after-" + strconv.Itoa(len(v.Rows))
	return field
}

func (v CatalogueView) about(ctx context.Context) string {
	switch v.Kind {
	case "categories":
		return words.T(ctx, "What tickets are about, in the order in which they are offered.")
	case "tags":
		return words.T(ctx, "Words that tickets carry. Merging moves a tag’s tickets to another one.")
	}
	return words.T(ctx, "Fields of your own on tickets and contacts. The kind is chosen once.")
}

// others are the tags that this one can be merged into.
func (v CatalogueView) others(row CatalogueRow) []CatalogueRow {
	var others []CatalogueRow
	for _, other := range v.Rows {
		if other.ID != row.ID && !other.Archived {
			others = append(others, other)
		}
	}
	return others
}

func (row CatalogueRow) position() string { return strconv.Itoa(row.Position) }

// archiveWord names what the archive button does, and its value.
func (row CatalogueRow) archiveWord(ctx context.Context) (label, value string) {
	if row.Archived {
		return words.T(ctx, "Use again"), "no"
	}
	return words.T(ctx, "Archive"), "yes"
}

func subjectOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: "ticket", Label: words.T(ctx, "Tickets")}, {Value: "contact", Label: words.T(ctx, "Contacts")}}
}

// AttributeKindName names what values an attribute takes.
func AttributeKindName(ctx context.Context, kind string) string {
	switch kind {
	case "number":
		return words.T(ctx, "Number")
	case "date":
		return words.T(ctx, "Date")
	case "choice":
		return words.T(ctx, "Choice")
	case "yes_no":
		return words.T(ctx, "Yes or no")
	case "url":
		return words.T(ctx, "Web address")
	}
	return words.T(ctx, "Text")
}

func kindOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, kind := range []string{"text", "number", "date", "choice", "yes_no", "url"} {
		options = append(options, ui.Option{Value: kind, Label: AttributeKindName(ctx, kind)})
	}
	return options
}
