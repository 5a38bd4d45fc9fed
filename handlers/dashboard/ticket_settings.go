package dashboard

import (
	"strconv"
	"strings"

	"mauve/models"
	"mauve/templates"
	"mauve/templates/words"
)

// catalogue is one of the three lists of the settings that tickets draw on.
type catalogue struct {
	kind   string
	title  func(c *call) string
	rows   func(c *call) ([]templates.CatalogueRow, error)
	create func(c *call, name *string) error
	update func(c *call, change rowChange) error
}

// rowChange is what the form of one row sets; nil leaves a field as it is.
type rowChange struct {
	name     *string
	position *int
	archived *bool
	choices  *[]string
}

var categories = catalogue{
	kind:  "categories",
	title: func(c *call) string { return words.T(c.words(), "Categories") },
	rows: func(c *call) (rows []templates.CatalogueRow, err error) {
		all, err := c.scope.Categories(true)
		for _, k := range all {
			rows = append(rows, templates.CatalogueRow{ID: string(k.ID), Name: k.Name, Position: k.Position, Archived: k.ArchivedAt != nil})
		}
		return rows, err
	},
	create: func(c *call, name *string) error {
		_, err := c.scope.CreateCategory(models.CategoryChange{Name: name})
		return err
	},
	update: func(c *call, r rowChange) error {
		_, err := c.scope.UpdateCategory(c.id(), models.CategoryChange{Name: r.name, Position: r.position, Archived: r.archived})
		return err
	},
}

var tags = catalogue{
	kind:  "tags",
	title: func(c *call) string { return words.T(c.words(), "Tags") },
	rows: func(c *call) (rows []templates.CatalogueRow, err error) {
		all, err := c.scope.Tags(true)
		for _, t := range all {
			rows = append(rows, templates.CatalogueRow{ID: string(t.ID), Name: t.Name, Archived: t.ArchivedAt != nil})
		}
		return rows, err
	},
	create: func(c *call, name *string) error {
		_, err := c.scope.CreateTag(models.TagChange{Name: name})
		return err
	},
	update: func(c *call, r rowChange) error {
		_, err := c.scope.UpdateTag(c.id(), models.TagChange{Name: r.name, Archived: r.archived})
		return err
	},
}

var attributes = catalogue{
	kind:  "attributes",
	title: func(c *call) string { return words.T(c.words(), "Attributes") },
	rows:  attributeRows,
	create: func(c *call, name *string) error {
		kind := models.AttributeKind(c.form("type"))
		_, err := c.scope.CreateAttribute(models.AttributeChange{Name: name, Subject: c.field("subject"), Kind: &kind, Choices: choicesOf(c)})
		return err
	},
	update: func(c *call, r rowChange) error {
		_, err := c.scope.UpdateAttribute(c.id(), models.AttributeChange{Name: r.name, Position: r.position, Archived: r.archived, Choices: r.choices})
		return err
	},
}

func attributeRows(c *call) (rows []templates.CatalogueRow, err error) {
	all, err := c.scope.Attributes("", true)
	for _, a := range all {
		of := words.T(c.words(), "Tickets")
		if a.Subject == models.AttributeOfContact {
			of = words.T(c.words(), "Contacts")
		}
		rows = append(rows, templates.CatalogueRow{ID: string(a.ID), Name: a.Name, Position: a.Position, Archived: a.ArchivedAt != nil,
			About: of + " · " + templates.AttributeKindName(c.words(), string(a.Kind)), Choices: strings.Join(a.Choices, ", "), Fixed: a.Subject == models.AttributeOfContact})
	}
	return rows, err
}

// choicesOf reads the choices of a form; nil where there are none.
func choicesOf(c *call) *[]string {
	if strings.TrimSpace(c.form("choices")) == "" {
		return nil
	}
	choices := split(c.form("choices"))
	return &choices
}

func (k catalogue) show(c *call) error { return k.draw(c, nil) }

// draw draws the page with what was wrong with the form just sent, if anything was.
func (k catalogue) draw(c *call, bad error) error {
	v := templates.CatalogueView{Kind: k.kind}
	if bad != nil && c.Params("id") == "" { // a new row's form keeps what was typed
		v.Name, v.Subject, v.Type, v.Choices = c.form("name"), c.form("subject"), c.form("type"), c.form("choices")
	}
	f, err := c.frame(k.title(c), "settings", k.kind)
	if err == nil && bad != nil {
		err = c.refuse(bad, &f)
	}
	if err != nil {
		return err
	}
	if c.Params("id") != "" {
		f.Errors = nil // they are of a row, not of the form for a new one
	}
	if v.Rows, err = k.rows(c); err != nil {
		return err
	}
	return c.draw(templates.Catalogue(f, v))
}

func (k catalogue) add(c *call) error {
	if err := k.create(c, c.field("name")); err != nil {
		return k.draw(c, err)
	}
	return c.then("/settings/"+k.kind, "saved")
}

func (k catalogue) change(c *call) error {
	change := rowChange{name: c.field("name"), choices: choicesOf(c)}
	if c.has("position") {
		change.position = new(wholeNumber(c.form("position")))
	}
	if c.has("archived") {
		change.archived = new(c.form("archived") == "yes")
	}
	if err := k.update(c, change); err != nil {
		return k.draw(c, err)
	}
	return c.then("/settings/"+k.kind, "saved")
}

// wholeNumber reads a number; what is none is -1, which no rule allows.
func wholeNumber(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return -1
	}
	return n
}

// mergeTag moves the tickets of a tag to another one.
func mergeTag(c *call) error {
	into := c.rowID("into")
	if into == nil {
		into = new(models.ID("none"))
	}
	if _, err := c.scope.MergeTags(*into, c.id()); err != nil {
		return tags.draw(c, err)
	}
	return c.then("/settings/tags", "saved")
}

func showRules(c *call) error {
	r, err := c.scope.TicketRules()
	if err != nil {
		return err
	}
	return c.drawRules(nil, templates.RulesView{ReopenDays: strconv.Itoa(r.ReopenDays), ResolveAfterHours: strconv.Itoa(r.ResolveAfterHours),
		FollowUp: r.FollowUp, WaitingOnReply: r.WaitingOnReply, ManyOpen: r.ManyOpen})
}

func (c *call) drawRules(bad error, v templates.RulesView) error {
	f, err := c.formFrame(bad, words.T(c.words(), "Tickets"), "settings", "tickets")
	if err != nil {
		return err
	}
	return c.draw(templates.TicketRules(f, v))
}

func updateRules(c *call) error {
	v := templates.RulesView{ReopenDays: c.form("reopenDays"), ResolveAfterHours: c.form("resolveAfterHours"), FollowUp: c.form("followUp") == "yes",
		WaitingOnReply: c.form("waitingOnReply") == "yes", ManyOpen: c.form("manyOpen") == "yes"}
	change := models.TicketRulesChange{ReopenDays: new(wholeNumber(v.ReopenDays)), ResolveAfterHours: new(wholeNumber(v.ResolveAfterHours)),
		FollowUp: &v.FollowUp, WaitingOnReply: &v.WaitingOnReply, ManyOpen: &v.ManyOpen}
	if _, err := c.scope.UpdateTicketRules(change); err != nil {
		return c.drawRules(err, v)
	}
	return c.then("/settings/tickets", "saved")
}
