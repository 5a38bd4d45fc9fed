package api

import (
	"net/url"
	"strconv"
	"strings"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/search"
	"mauve/models/wire"
)

// ContactFields are what can be set of a contact; huma reads embedded structs only when exported.
type ContactFields struct {
	Name       maybe[string]  `json:"name,omitempty"`
	Phone      maybe[string]  `json:"phone,omitempty" doc:"With country code, or read with the workspace's default country"`
	Email      maybe[string]  `json:"email,omitempty"`
	ExternalID maybe[string]  `json:"externalId,omitempty" doc:"Your own id of the person"`
	Labels     labels         `json:"labels,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty" doc:"Merged by name; null removes one"`
	Blocked    *bool          `json:"blocked,omitempty"`
}

func (f ContactFields) change() models.ContactChange {
	return models.ContactChange{Name: f.Name.pointer(), Phone: f.Phone.pointer(), Email: f.Email.pointer(), ExternalID: f.ExternalID.pointer(),
		Labels: f.Labels.pointer(), Attributes: f.Attributes, Blocked: f.Blocked}
}

type contactQuery struct {
	Paging
	Q            string `query:"q" maxLength:"200" doc:"In name, phone, email or externalId"`
	Phone        string `query:"phone"`
	Email        string `query:"email"`
	ExternalID   string `query:"externalId"`
	Label        string `query:"label"`
	UpdatedSince string `query:"updatedSince" format:"date-time"`
}

func listContacts(s *models.Scope, in *contactQuery) (*listOut[wire.Contact], error) {
	since, err := fieldTime("updatedSince", in.UpdatedSince)
	if err != nil {
		return nil, err
	}
	l, err := search.Contacts(s, search.ContactFilter{Q: in.Q, Phone: in.Phone, Email: in.Email, ExternalID: in.ExternalID, Label: in.Label, UpdatedSince: since}, in.ask())
	if err != nil {
		return nil, err
	}
	q := query("q", in.Q, "phone", in.Phone, "email", in.Email, "externalId", in.ExternalID, "label", in.Label, "updatedSince", in.UpdatedSince)
	return page(l, "/contacts", q, (*models.Contact).Wire), nil
}

// query writes the filters of a list for its next link.
func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v.Encode()
}

func nextQuery(filters, cursor string, size int) string {
	return strings.TrimPrefix(filters+"&perPage="+strconv.Itoa(size)+"&cursor="+url.QueryEscape(cursor), "&")
}

type contactOut = one[wire.Contact]

func contact(c *models.Contact, status int) *contactOut {
	return &contactOut{ETag: etag(c.Version()), Location: Prefix + "/contacts/" + c.ID.With(models.PrefixContact), Status: status, Body: c.Wire()}
}

func createContact(s *models.Scope, in *struct{ Body ContactFields }) (*contactOut, error) {
	c, err := s.CreateContact(in.Body.change())
	if err != nil {
		return nil, err
	}
	return contact(c, 201), nil
}

func showContact(s *models.Scope, in *ByID) (*contactOut, error) {
	id, err := idOf(models.PrefixContact, in.ID, "contact")
	if err != nil {
		return nil, err
	}
	c, err := s.Contact(id)
	if err != nil {
		return nil, err
	}
	return contact(c, 200), nil
}

func updateContact(s *models.Scope, in *struct {
	ByID
	UnlessChanged
	Body ContactFields
}) (*contactOut, error) {
	id, err := idOf(models.PrefixContact, in.ID, "contact")
	if err != nil {
		return nil, err
	}
	change := in.Body.change()
	change.Version = in.version()
	c, err := s.UpdateContact(id, change)
	if err != nil {
		return nil, err
	}
	return contact(c, 200), nil
}

func deleteContact(s *models.Scope, in *ByID) (*nothing, error) {
	id, err := idOf(models.PrefixContact, in.ID, "contact")
	if err != nil {
		return nil, err
	}
	return nil, s.DeleteContact(id)
}

func identifyContact(s *models.Scope, in *struct {
	Body struct {
		ID string `json:"id,omitempty" doc:"A contact's id"`
		ContactFields
	}
}) (*contactOut, error) {
	id, err := fieldID(models.PrefixContact, "id", in.Body.ID)
	if err != nil {
		return nil, err
	}
	c, made, err := s.Identify(id, in.Body.change())
	if err != nil {
		return nil, err
	}
	if made {
		return contact(c, 201), nil
	}
	return contact(c, 200), nil
}

func mergeContacts(s *models.Scope, in *struct {
	ByID
	Body struct {
		From string `json:"from" doc:"The contact that goes away"`
	}
}) (*contactOut, error) {
	id, err := idOf(models.PrefixContact, in.ID, "contact")
	if err != nil {
		return nil, err
	}
	from, ok := models.ParseID(models.PrefixContact, in.Body.From)
	if !ok {
		return nil, problem.InvalidField("from", "there is no such contact")
	}
	c, err := s.MergeContacts(id, from)
	if err != nil {
		return nil, err
	}
	return contact(c, 200), nil
}

func listNotes(s *models.Scope, in *struct {
	ByID
	Paging
}) (*listOut[wire.Note], error) {
	id, err := idOf(models.PrefixContact, in.ID, "contact")
	if err != nil {
		return nil, err
	}
	l, err := search.Notes(s, id, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, "/contacts/"+id.With(models.PrefixContact)+"/notes", "", (*models.Note).Wire), nil
}

func createNote(s *models.Scope, in *struct {
	ByID
	Body struct {
		Body string `json:"body"`
	}
}) (*one[wire.Note], error) {
	id, err := idOf(models.PrefixContact, in.ID, "contact")
	if err != nil {
		return nil, err
	}
	n, err := s.AddNote(id, in.Body.Body)
	if err != nil {
		return nil, err
	}
	return &one[wire.Note]{Status: 201, Body: n.Wire()}, nil
}

func listContactConversations(s *models.Scope, in *struct {
	ByID
	Paging
}) (*listOut[wire.Conversation], error) {
	id, err := idOf(models.PrefixContact, in.ID, "contact")
	if err != nil {
		return nil, err
	}
	if _, err := s.Contact(id); err != nil {
		return nil, err
	}
	l, err := search.Conversations(s, search.ConversationFilter{ContactID: id}, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, "/contacts/"+id.With(models.PrefixContact)+"/conversations", "", (*models.Conversation).Wire), nil
}
