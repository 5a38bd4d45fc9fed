package dashboard

import (
	"context"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
)

// editMessage gives a message of the team's another text.
func editMessage(c *call) error {
	m, err := c.message()
	if err != nil {
		return err
	}
	_, err = c.scope.EditMessage(m.ID, c.form("body"), c.form("version"))
	return c.changed(m, err)
}

// deleteMessage takes a message of the team's back.
func deleteMessage(c *call) error {
	m, err := c.message()
	if err != nil {
		return err
	}
	_, err = c.scope.DeleteMessage(m.ID)
	return c.changed(m, err)
}

// message is the one that the address names, of the conversation that it names.
func (c *call) message() (*models.Message, error) {
	id, _ := models.ParseID("", c.Params("message"))
	m, err := c.scope.Message(id)
	if err == nil && m.ConversationID != c.id() {
		err = problem.Fail(problem.NotFound, "not_found", "There is no such message.")
	}
	return m, err
}

// changed goes back to the conversation, or draws it with why the message was not changed and what was typed.
func (c *call) changed(m *models.Message, bad error) error {
	if bad == nil {
		return c.then(c.opened(c.id()), "")
	}
	return c.drawAgain(bad, func(t *templates.Thread, why string) error {
		t.Change = changeOf(c, m)
		t.Change.Error = why
		if t.Change.Edit && c.form("body") != "" {
			t.Change.Text = c.form("body")
		}
		return nil
	})
}

// askedChange fills the message that the page is to change; nothing where it cannot be, or is not the conversation's.
func askedChange(c *call, t *templates.Thread, conversation models.ID) error {
	id := messageID(c.Query("change"))
	known, err := search.MessagesByID(c.scope, conversation, []models.ID{id})
	if m := known[id]; m != nil {
		if edit, remove := c.scope.Amendable(m); edit || remove {
			t.Change = changeOf(c, m)
		}
	}
	return err
}

func changeOf(c *call, m *models.Message) *templates.Change {
	change := &templates.Change{ID: string(m.ID), Version: m.Version(), Text: m.Body, Note: m.Kind == models.PrivateNote, Waits: m.Status == models.Queued, Shown: templates.Gist(c.words(), m.Gist())}
	if m.Amendment.Kind == models.AmendEdit {
		change.Text = m.Amendment.Body
	}
	change.Edit, change.Delete = c.scope.Amendable(m)
	return change
}

// changingOf tells what the channel is still to change of a message, nil if nothing.
func changingOf(ctx context.Context, a models.Amendment) *templates.Changing {
	if a.Kind == "" {
		return nil
	}
	return &templates.Changing{Edit: a.Kind == models.AmendEdit, Text: a.Body, Failed: a.Failed, Why: words.Reason(ctx, a.Detail)}
}
