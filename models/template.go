package models

import (
	"encoding/json"
	"slices"
	"time"

	"gorm.io/gorm"

	"mauve/models/content"
	"mauve/models/input"
	"mauve/models/placeholder"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
	"mauve/models/wire"
)

// Template is a message that a vendor approved, as the last check of its channel saw it.
type Template struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	ChannelID   ID
	Name        string
	Language    string
	Status      string // as the vendor says it: APPROVED, PENDING, REJECTED, …
	Category    string
	Quality     string
	Components  string // JSON, as the vendor gives it
	ExternalID  string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// mostTemplates is how many templates of a channel are kept; Meta allows 6000, people have dozens.
const mostTemplates = 2000

// Templates returns a channel's templates by name and language, none where its kind has none; at most 2000.
func (s *Scope) Templates(channel ID) ([]*Template, error) {
	if err := s.May(rights.ReadChannels); err != nil {
		return nil, err
	}
	if _, err := s.Channel(channel); err != nil {
		return nil, err
	}
	var all []*Template
	return all, s.rows.DB.Where("channel_id = ?", string(channel)).Order("name, language").Limit(mostTemplates).Find(&all).Error
}

// TemplatePage returns a page of a channel's templates by name and language. A
// cursor whose template is gone since is Invalid.
func (s *Scope) TemplatePage(channel ID, p Page) (*List[*Template], error) {
	if _, err := s.Channel(channel); err != nil {
		return nil, err
	}
	after := func(rows *gorm.DB, id ID) (*gorm.DB, error) {
		last, err := s.Template(channel, id)
		if problem.KindOf(err) == problem.NotFound {
			err = problem.InvalidField("cursor", "is of a template that is gone; begin again")
		}
		return rows.Where("(name, language) > (?, ?)", last.Name, last.Language), err
	}
	return store.ShortPage(s.rows.DB.Where("channel_id = ?", string(channel)), "name, language", p, func(t *Template) store.Position { return store.Position{ID: t.ID} }, after)
}

// Template returns one template of a channel.
func (s *Scope) Template(channel, id ID) (*Template, error) {
	if err := s.May(rights.ReadChannels); err != nil {
		return nil, err
	}
	var t Template
	err := s.rows.DB.Where("channel_id = ? AND id = ?", string(channel), string(id)).Limit(1).Find(&t).Error
	if err == nil && t.ID == "" {
		err = problem.NoSuch("template")
	}
	return &t, err
}

// keepTemplates makes what is kept equal to what the vendor has; templates that stay keep their id.
func (tx *Tx) keepTemplates(c *Channel, fresh []*Template) error {
	var have []*Template
	if err := tx.DB.Where("channel_id = ?", string(c.ID)).Find(&have).Error; err != nil {
		return err
	}
	known := map[string]*Template{}
	for _, t := range have {
		known[t.Name+" "+t.Language] = t
	}
	now := tx.Now()
	var changed []*Template
	gone := []string{}
	seen := map[string]bool{}
	for _, t := range fresh[:min(len(fresh), mostTemplates)] {
		key := t.Name + " " + t.Language
		if seen[key] {
			continue
		}
		seen[key] = true
		t.ID, t.ChannelID, t.CreatedAt, t.UpdatedAt = NewID(now), c.ID, now, now
		if old := known[key]; old != nil {
			if old.same(t) {
				continue
			}
			t.ID, t.CreatedAt = old.ID, old.CreatedAt
			gone = append(gone, string(old.ID))
		}
		changed = append(changed, t)
	}
	for key, t := range known {
		if !seen[key] {
			gone = append(gone, string(t.ID))
		}
	}
	return tx.WithoutEvent("templates are the vendor's, and a copy here", func(db *gorm.DB) error {
		for some := range slices.Chunk(gone, 500) {
			if err := db.Where("id IN ?", some).Delete(&Template{}).Error; err != nil {
				return err
			}
		}
		if len(changed) == 0 {
			return nil
		}
		return db.CreateInBatches(changed, 200).Error
	})
}

func (t *Template) same(o *Template) bool {
	return t.Status == o.Status && t.Category == o.Category && t.Quality == o.Quality && t.Components == o.Components && t.ExternalID == o.ExternalID
}

// TemplateNews is what a vendor says of one template; empty fields say nothing.
type TemplateNews struct {
	Name, Language, Status, Category, Quality string
}

// NoteTemplate records news of a template. It reports false when it is not known here.
func (s System) NoteTemplate(channel ID, n TemplateNews) (bool, error) {
	columns := map[string]any{}
	for column, v := range map[string]string{"status": n.Status, "category": n.Category, "quality": n.Quality} {
		if v != "" {
			columns[column] = input.CleanLine(v, 60)
		}
	}
	known := false
	err := s.change(func(tx *Tx) error {
		return tx.WithoutEvent("templates are the vendor's, and a copy here", func(db *gorm.DB) error {
			columns["updated_at"] = tx.Now()
			q := db.Model(&Template{}).Where("channel_id = ? AND name = ? AND language = ?", string(channel), input.CleanLine(n.Name, 512), input.CleanLine(n.Language, 20)).Updates(columns)
			known = q.RowsAffected > 0
			return q.Error
		})
	})
	return known, err
}

// approved refuses a template that the vendor is known to refuse, and writes
// what the message will say into its body. A template not known here passes:
// it may be newer than the last check.
func (tx *Tx) approved(m *Message) error {
	use := m.Content.Template
	var t Template
	err := tx.DB.Where("channel_id = ? AND name = ? AND language = ?", string(m.ChannelID), use.Name, use.Language).Limit(1).Find(&t).Error
	if err != nil {
		return err
	}
	if t.ID == "" {
		m.Body = "[" + use.Name + "]"
		return nil
	}
	if t.Status != "APPROVED" {
		return problem.Fail(problem.Invalid, "template_not_approved", "Meta has this template as %s; only approved ones can be sent.", t.Status).
			At("template.name", "is %s at Meta", t.Status)
	}
	m.Body = t.Says(use.Components)
	return nil
}

// Approved reports whether the vendor lets the template be sent.
func (t *Template) Approved() bool { return t.Status == "APPROVED" }

// Form is what the template says and what is to be filled in.
func (t *Template) Form() placeholder.Form {
	return placeholder.Form{Name: t.Name, Language: t.Language, Components: t.Components}
}

// Says is the template's text with its gaps filled by the parameters of a use.
func (t *Template) Says(use json.RawMessage) string {
	return input.Clean(t.Form().Says(use), content.LongestText)
}

// Filled is a draft that sends the template with its gaps filled from values, which are named by the gaps' fields. It
// fails as placeholder.Form.Fill does.
func (t *Template) Filled(values map[string]string) (Draft, error) {
	use, err := t.Form().Fill(values)
	return Draft{Content: Content{Template: use}}, err
}

// Wire returns the template as the outside reads it.
func (t *Template) Wire() wire.Template {
	return wire.Template{ID: string(t.ID), ChannelID: t.ChannelID.With(PrefixChannel), Name: t.Name, Language: t.Language, Status: t.Status,
		Category: t.Category, Quality: wire.TextOrNil(t.Quality), Components: json.RawMessage(t.Components), UpdatedAt: wire.Stamp(t.UpdatedAt)}
}
