package dashboard

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"mauve/models"
	"mauve/templates"
)

func listContacts(c *call) error {
	v := templates.ContactsView{Q: c.Query("q"), Label: c.Query("label")}
	f, err := c.frame("Contacts", "contacts")
	if err != nil {
		return err
	}
	if v.List, err = c.scope.Contacts(models.ContactFilter{Q: v.Q, Label: v.Label}, models.Page{Size: 50, Cursor: c.Query("cursor")}); err != nil {
		return err
	}
	if v.Labels, err = c.scope.Labels("contact"); err != nil {
		return err
	}
	v.Query = url.Values{"q": {v.Q}, "label": {v.Label}}.Encode()
	return c.draw(templates.Contacts(f, v))
}

func newContact(c *call) error {
	f, err := c.frame("New contact", "contacts")
	if err != nil {
		return err
	}
	return c.draw(templates.EditContact(f, templates.ContactForm{}))
}

func editContact(c *call) error {
	contact, err := c.scope.Contact(c.id())
	if err != nil {
		return err
	}
	f, err := c.frame("Edit "+contact.Name, "contacts")
	if err != nil {
		return err
	}
	return c.draw(templates.EditContact(f, templates.ContactForm{ID: contact.ID, Name: contact.Name, Phone: contact.Phone, Email: contact.Email,
		ExternalID: contact.ExternalID, Labels: strings.Join(contact.Labels, ", ")}))
}

// saveContact creates or changes a contact from the one form.
func saveContact(c *call) error {
	form := templates.ContactForm{Name: c.form("name"), Phone: c.form("phone"), Email: c.form("email"),
		ExternalID: c.form("externalId"), Labels: c.form("labels")}
	labels := split(form.Labels)
	change := models.ContactChange{Name: &form.Name, Phone: &form.Phone, Email: &form.Email, ExternalID: &form.ExternalID, Labels: &labels}
	f, err := c.frame("Contact", "contacts")
	if err != nil {
		return err
	}
	var saved *models.Contact
	if c.Params("id") == "" {
		saved, err = c.scope.CreateContact(change)
	} else {
		form.ID = c.id()
		saved, err = c.scope.UpdateContact(form.ID, change)
	}
	if err != nil {
		return c.again(err, func(bad string, errors map[string]string) templ.Component {
			f.Bad, form.Errors = bad, errors
			return templates.EditContact(f, form)
		})
	}
	return c.then("/contacts/"+string(saved.ID), "saved")
}

func showContact(c *call) error {
	contact, err := c.scope.Contact(c.id())
	if err != nil {
		return err
	}
	notes, err := c.scope.Notes(contact.ID, models.Page{})
	if err != nil {
		return err
	}
	talks, err := c.scope.Conversations(models.ConversationFilter{ContactID: contact.ID}, models.Page{})
	if err != nil {
		return err
	}
	f, err := c.frame(contact.Name, "contacts")
	if err != nil {
		return err
	}
	return c.draw(templates.ShowContact(f, templates.ContactView{Contact: contact, Notes: notes.Items, Conversations: talks.Items}))
}

func blockContact(c *call) error {
	blocked := c.form("blocked") == "yes"
	if _, err := c.scope.UpdateContact(c.id(), models.ContactChange{Blocked: &blocked}); err != nil {
		return err
	}
	return c.then("/contacts/"+string(c.id()), "saved")
}

func addNote(c *call) error {
	if _, err := c.scope.AddNote(c.id(), c.form("body")); err != nil {
		return err
	}
	return c.then("/contacts/"+string(c.id()), "saved")
}

func startConversation(c *call) error {
	opened, err := c.scope.OpenConversation(models.ConversationStart{ContactID: c.id(), Kind: models.ChannelAPI})
	if err != nil {
		return err
	}
	return c.then("/inbox/"+string(opened.ID), "")
}
