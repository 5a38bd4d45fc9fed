package search

import (
	"strings"
	"time"

	"mauve/models"
	"mauve/models/input"
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
func Contacts(scope *models.Scope, f ContactFilter, p models.Page) (*models.List[*models.Contact], error) {
	r, err := scope.Reader(rights.ReadContacts)
	if err != nil {
		return nil, err
	}
	if p, err = p.Settle(); err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "contacts c", Alias: "c"}
	if err = narrowContacts(scope, r, l, f); err != nil {
		return nil, err
	}
	var n int64
	sum := store.Int(&n, l.From("count(*)", ""), l.Args...)
	if len(l.Where) == 0 {
		sum = models.Total(models.Count{What: "contact"}, &n)
	}
	at := func(c *models.Contact) store.Position { return store.Position{ID: c.ID} }
	return store.PageWith(r, l, p, &n, []store.Query{sum}, at, models.ContactTable)
}

func narrowContacts(scope *models.Scope, r *store.Reader, l *store.Listing, f ContactFilter) error {
	var fs input.Reader
	if q := fs.Line("q", f.Q, 0, 200); q != "" && len(fs.Faults) == 0 {
		condition, args := matching(r, "c", "contact_search", q)
		l.And(condition, args...)
	}
	if f.Phone != "" {
		home, err := scope.Home()
		if err != nil {
			return err
		}
		byIdentity(r, l, models.ByPhone, fs.Phone("phone", f.Phone, home.DefaultCountry))
	}
	if f.Email != "" {
		byIdentity(r, l, models.ByEmail, fs.Line("email", strings.ToLower(f.Email), 0, 254))
	}
	if f.ExternalID != "" {
		byIdentity(r, l, models.ByExternal, fs.Line("externalId", f.ExternalID, 0, 200))
	}
	if f.Label != "" {
		l.And("c.id IN (SELECT subject_id FROM labelings WHERE workspace_id = ? AND kind = 'contact' AND name = ?)",
			r.Workspace(), fs.Line("label", f.Label, 0, 60))
	}
	if !f.UpdatedSince.IsZero() {
		l.And("c.updated_at >= ?", f.UpdatedSince.UTC())
	}
	return fs.Err()
}

func byIdentity(r *store.Reader, l *store.Listing, kind models.IdentityKind, value string) {
	l.And("c.id IN (SELECT contact_id FROM contact_identities WHERE workspace_id = ? AND kind = ? AND value = ?)",
		r.Workspace(), string(kind), value)
}

// ContactsByID returns the contacts with those ids, for lists that show them whole; missing ones are left out.
func ContactsByID(scope *models.Scope, ids []models.ID) (map[models.ID]*models.Contact, error) {
	r, err := scope.Reader(rights.ReadContacts)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return store.RowsOf[models.Contact](r).ByID(names, func(c *models.Contact) models.ID { return c.ID })
}
