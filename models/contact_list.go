package models

import (
	"strings"
	"time"

	"mauve/models/rights"
	"mauve/models/store"
)

// ContactFilter narrows a list of contacts; empty fields match all.
type ContactFilter struct {
	Q            string
	Phone        string
	Email        string
	ExternalID   string
	Label        string
	UpdatedSince time.Time
}

// Contacts returns a page of contacts, newest first.
func (s *Scope) Contacts(f ContactFilter, p Page) (*List[*Contact], error) {
	if err := s.May(rights.ReadContacts); err != nil {
		return nil, err
	}
	p, err := p.Settle()
	if err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "contacts c", Alias: "c"}
	if err = s.narrowContacts(l, f); err != nil {
		return nil, err
	}
	var n int64
	sum := store.Int(&n, l.From("count(*)", ""), l.Args...)
	if len(l.Where) == 0 {
		sum = Total(Count{What: "contact"}, &n)
	}
	return store.PageWith(s.rows.Reader(), l, p, &n, []store.Query{sum}, func(c *Contact) store.Position { return store.Position{ID: c.ID} }, ContactTable)
}

func (s *Scope) narrowContacts(l *store.Listing, f ContactFilter) error {
	var fs faults
	if q := fs.Line("q", f.Q, 0, 200); q != "" && len(fs.Faults) == 0 {
		condition, args := s.matching("c", q)
		l.And(condition, args...)
	}
	if f.Phone != "" {
		home, err := s.Home()
		if err != nil {
			return err
		}
		s.byIdentity(l, ByPhone, fs.Phone("phone", f.Phone, home.DefaultCountry))
	}
	if f.Email != "" {
		s.byIdentity(l, ByEmail, fs.Line("email", strings.ToLower(f.Email), 0, 254))
	}
	if f.ExternalID != "" {
		s.byIdentity(l, ByExternal, fs.Line("externalId", f.ExternalID, 0, 200))
	}
	if f.Label != "" {
		l.And("c.id IN (SELECT subject_id FROM labelings WHERE workspace_id = ? AND kind = 'contact' AND name = ?)",
			string(s.rows.Workspace), fs.Line("label", f.Label, 0, 60))
	}
	if !f.UpdatedSince.IsZero() {
		l.And("c.updated_at >= ?", f.UpdatedSince.UTC())
	}
	return fs.Err()
}

func (s *Scope) byIdentity(l *store.Listing, kind IdentityKind, value string) {
	l.And("c.id IN (SELECT contact_id FROM contact_identities WHERE workspace_id = ? AND kind = ? AND value = ?)",
		string(s.rows.Workspace), string(kind), value)
}

// matching is the condition that a contact holds the text somewhere. Three
// characters or more go through the trigram index of either store.
func (s *Scope) matching(alias, q string) (condition string, args []any) {
	q = strings.ToLower(q)
	if !s.rows.Postgres() && len([]rune(q)) >= 3 {
		return alias + ".n IN (SELECT rowid FROM contact_search WHERE contact_search MATCH ?)",
			[]any{`"` + strings.ReplaceAll(q, `"`, `""`) + `"`}
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q) + "%"
	return alias + `.search LIKE ? ESCAPE '\'`, []any{pattern}
}

// ContactsByID returns the contacts with those ids, for lists that show them whole; missing ones are left out.
func (s *Scope) ContactsByID(ids []ID) (map[ID]*Contact, error) {
	if err := s.May(rights.ReadContacts); err != nil {
		return nil, err
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return store.ByID(s.rows.Reader(), names, func(c *Contact) ID { return c.ID })
}
