package dashboard

import (
	"strings"

	"mauve/models"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
)

func listContacts(c *call) error {
	v := templates.ContactsView{Q: c.Query("q"), Label: c.Query("label"), IsLater: c.Query("cursor") != ""}
	f, err := c.frame(words.T(c.words(), "Contacts"), "contacts", "")
	if err != nil {
		return err
	}
	if v.List, err = search.Contacts(c.scope, search.ContactFilter{Q: v.Q, Label: v.Label}, models.Page{Size: listed, Cursor: c.Query("cursor")}); err != nil {
		return err
	}
	if v.Labels, err = c.scope.Labels("contact"); err != nil {
		return err
	}
	return c.draw(templates.Contacts(f, v))
}

func newContact(c *call) error {
	return c.drawContactForm(nil, words.T(c.words(), "New contact"), templates.ContactForm{})
}

func editContact(c *call) error {
	contact, err := c.scope.Contact(c.id())
	if err != nil {
		return err
	}
	return c.drawContactForm(nil, words.T(c.words(), "Edit the contact"), templates.ContactForm{ID: contact.ID, Name: contact.Name, Phone: contact.Phone,
		Email: contact.Email, ExternalID: contact.ExternalID, Labels: strings.Join(contact.Labels, ", ")})
}

// drawContactForm draws the form with what was wrong with it, if anything was.
func (c *call) drawContactForm(bad error, title string, form templates.ContactForm) error {
	f, err := c.formFrame(bad, title, "contacts", "")
	if err != nil {
		return err
	}
	return c.draw(templates.EditContact(f, form))
}

func contactForm(c *call) (templates.ContactForm, models.ContactChange) {
	form := templates.ContactForm{Name: c.form("name"), Phone: c.form("phone"), Email: c.form("email"), ExternalID: c.form("externalId"), Labels: c.form("labels")}
	labels := split(form.Labels)
	return form, models.ContactChange{Name: &form.Name, Phone: &form.Phone, Email: &form.Email, ExternalID: &form.ExternalID, Labels: &labels}
}

func createContact(c *call) error {
	form, change := contactForm(c)
	made, err := c.scope.CreateContact(change)
	if err != nil {
		return c.drawContactForm(err, words.T(c.words(), "New contact"), form)
	}
	return c.then("/contacts/"+string(made.ID), "saved")
}

func updateContact(c *call) error {
	form, change := contactForm(c)
	form.ID = c.id()
	if _, err := c.scope.UpdateContact(form.ID, change); err != nil {
		return c.drawContactForm(err, words.T(c.words(), "Edit the contact"), form)
	}
	return c.then("/contacts/"+string(form.ID), "saved")
}

func showContact(c *call) error { return c.drawContact(nil, "") }

// drawContact draws a contact's page with a note that was refused, if one was.
func (c *call) drawContact(bad error, note string) error {
	contact, err := c.scope.Contact(c.id())
	if err != nil {
		return err
	}
	v := templates.ContactView{Contact: contact, Facts: factsOf(c.words(), contact), Note: note}
	if v.Notes, err = search.Notes(c.scope, contact.ID, models.Page{}); err != nil {
		return err
	}
	if v.Tickets, err = ticketsOf(c, contact.ID); err != nil {
		return err
	}
	if v.Conversations, err = search.Conversations(c.scope, search.ConversationFilter{ContactID: contact.ID}, models.Page{}); err != nil {
		return err
	}
	if v.Channels, err = c.scope.Channels(); err != nil {
		return err
	}
	f, err := c.formFrame(bad, contact.Called(), "contacts", "")
	if err != nil {
		return err
	}
	return c.draw(templates.ShowContact(f, v))
}

func blockContact(c *call) error {
	blocked := c.form("blocked") == "yes"
	if _, err := c.scope.UpdateContact(c.id(), models.ContactChange{Blocked: &blocked}); err != nil {
		return err
	}
	return c.then("/contacts/"+string(c.id()), "saved")
}

func addNote(c *call) error {
	body := c.form("body")
	if _, err := c.scope.AddNote(c.id(), body); err != nil {
		return c.drawContact(err, body)
	}
	return c.then("/contacts/"+string(c.id()), "saved")
}

func startConversation(c *call) error {
	contact, err := c.scope.Contact(c.id()) // who is named by the address is missing, not wrong
	if err != nil {
		return err
	}
	opened, err := c.scope.TalkTo(models.Outgoing{To: contact.ID.With(models.PrefixContact), ChannelID: models.ID(c.form("channel_id")), Kind: models.ChannelAPI})
	if err != nil {
		return err
	}
	return c.then("/inbox/"+string(opened.ID), "")
}
