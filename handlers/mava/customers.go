package mava

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
)

// labelled are attributes as Mava's clients write them: a list of labels and
// values, in either of its spellings, or an object.
type labelled map[string]any

// UnmarshalJSON reads any of the spellings. An empty value is one that was not given.
func (l *labelled) UnmarshalJSON(b []byte) error {
	*l = labelled{}
	var list []struct {
		Label, Name    string
		Value, Content any
	}
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		return json.Unmarshal(b, (*map[string]any)(l))
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return problem.InvalidField("attributes", "is a list of {label, value}")
	}
	for _, a := range list {
		if a.Label == "" {
			a.Label, a.Value = a.Name, a.Content
		}
		if strings.TrimSpace(a.Label) == "" {
			return problem.InvalidField("attributes", "a label is missing")
		}
		if a.Value != "" {
			(*l)[a.Label] = a.Value
		}
	}
	return nil
}

type identifyIn struct {
	EmailAddress   string   `json:"emailAddress"`
	MavaCustomerID string   `json:"mavaCustomerId"`
	Attributes     labelled `json:"customAttributes"`
}

type identified struct {
	MavaCustomerID string   `json:"mavaCustomerId"`
	CustomerID     string   `json:"customerId"`
	Customer       customer `json:"customer"`
}

// anonymous is the name of a customer of whom nothing is known.
const anonymous = "Anonymous"

// identify finds the customer by id or e-mail, or makes one, and keeps the attributes.
func identify(s *models.Scope, c *fiber.Ctx) (any, error) {
	in, err := read[identifyIn](c)
	if err != nil {
		return nil, err
	}
	change := models.ContactChange{Attributes: models.Attributes(in.Attributes), DefineAttributes: true}
	if in.EmailAddress != "" {
		change.Email = &in.EmailAddress
	}
	var id models.ID
	if in.MavaCustomerID != "" {
		known, ok := models.ParseID(models.PrefixContact, in.MavaCustomerID)
		if !ok {
			return nil, problem.InvalidField("mavaCustomerId", "is not an id")
		}
		id = known
	}
	if id == "" && change.Email == nil {
		name := anonymous
		change.Name = &name
	}
	found, _, err := s.Identify(id, change)
	if err != nil {
		return nil, missing(err, "Customer not found")
	}
	definitions, err := s.Answering().Attributes(models.AttributeOfContact, true)
	if err != nil {
		return nil, err
	}
	return identified{string(found.ID), string(found.ID), spellCustomer(found, definitions)}, nil
}

func listCategories(s *models.Scope, _ *fiber.Ctx) (any, error) {
	all, err := s.Categories(false)
	out := make([]category, 0, len(all))
	for _, k := range all {
		out = append(out, category{string(k.ID), string(k.ID), k.Name})
	}
	return fiber.Map{"categories": out}, err
}

func listAgents(s *models.Scope, _ *fiber.Ctx) (any, error) {
	all, err := s.Members()
	out := make([]agent, 0, len(all))
	for _, m := range all {
		out = append(out, agent{ID: string(m.ID), Email: m.Email, Username: m.Name})
	}
	return fiber.Map{"agents": out}, err
}
