package maveraa

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/phone"
	"mauve/models/problem"
	"mauve/models/search"
	"mauve/web"
)

// paging reads page and limit; size is the limit where none is asked for.
func paging(c *fiber.Ctx, size int) (models.Page, error) {
	p := models.Page{Number: 1, Size: size, Wide: true}
	for name, into := range map[string]*int{"page": &p.Number, "limit": &p.Size} {
		text := c.Query(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1_000_000 {
			return p, problem.InvalidField(name, "is a number from 1")
		}
		*into = n
	}
	p.Size = min(p.Size, models.WidestPage)
	return p, nil
}

// listContacts answers all contacts where no page is asked for, as the dialect's
// document says, up to the most rows that one answer holds.
func listContacts(r *web.Request) error {
	p, err := paging(r.Ctx, models.WidestPage)
	if err != nil {
		return err
	}
	l, err := search.Contacts(r.Scope, search.ContactFilter{}, p)
	if err != nil {
		return err
	}
	out := contacts{Total: l.Total, Contacts: make([]contact, len(l.Items))}
	for i, row := range l.Items {
		out.Contacts[i] = contactOut(row)
	}
	return r.JSON(out)
}

func createContact(r *web.Request) error {
	var in struct {
		Name   word   `json:"name"`
		Phone  word   `json:"phone"`
		Labels labels `json:"labels"`
	}
	if err := read(r.Ctx, &in); err != nil {
		return err
	}
	name, number, tags := string(in.Name), string(in.Phone), []string(in.Labels)
	for field, text := range map[string]string{"name": name, "phone": number} {
		if strings.TrimSpace(text) == "" {
			return problem.InvalidField(field, "is missing")
		}
	}
	number = phone.WithPlus(number) // numbers of this dialect carry their country code
	made, err := r.Scope.CreateContact(models.ContactChange{Name: &name, Phone: &number, Labels: &tags})
	if err != nil {
		return err
	}
	return r.Status(fiber.StatusCreated).JSON(contactOut(made))
}
