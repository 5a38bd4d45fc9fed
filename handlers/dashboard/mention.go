package dashboard

import (
	"strconv"

	"mauve/models"
	"mauve/templates"
	"mauve/templates/words"
)

// showMention answers with the toast that tells the person of a note that names them.
func showMention(c *call) error {
	e, err := c.scope.Mention(c.id())
	if err != nil {
		return err
	}
	text, url, err := mentioned(c, e)
	if err != nil {
		return err
	}
	return c.draw(templates.MentionToast(string(e.ID), text, url))
}

// mentioned says who named the person where, and where that is.
func mentioned(c *call, e *models.Event) (text, url string, err error) {
	who := whoOf(c.words(), e)
	if id := e.Ticket(); id != "" {
		t, err := c.scope.Ticket(id)
		if err != nil {
			return "", "", err
		}
		number := "#" + strconv.FormatInt(t.Number, 10)
		return words.T(c.words(), "{{.Who}} mentioned you in {{.Where}}", "Who", who, "Where", number), "/tickets/" + string(id), nil
	}
	talk, err := c.scope.Conversation(e.ConversationID)
	if err != nil {
		return "", "", err
	}
	return words.T(c.words(), "{{.Who}} mentioned you in {{.Where}}", "Who", who, "Where", talk.Contact.Called()), "/inbox/" + string(talk.ID), nil
}
