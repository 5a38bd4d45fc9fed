package maveraa

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/search"
	"mauve/models/wire"
)

type refusal struct {
	Error string `json:"error"`
}

type contact struct {
	ID        string   `json:"_id"`
	Name      string   `json:"name"`
	Phone     string   `json:"phone"`
	Labels    []string `json:"labels"`
	CreatedAt string   `json:"createdAt"`
}

type contacts struct {
	Total    int64     `json:"total"`
	Contacts []contact `json:"contacts"`
}

type conversation struct {
	RemoteJID   string `json:"remoteJid"`
	PushName    string `json:"pushName"`
	LastMessage string `json:"lastMessage"`
	UnreadCount int    `json:"unreadCount"`
	Timestamp   string `json:"timestamp"`
}

type conversations struct {
	Conversations []conversation `json:"conversations"`
}

type sent struct {
	Success   bool   `json:"success"`
	MessageID string `json:"messageId"`
	Status    string `json:"status"`
}

func contactOut(c *models.Contact) contact {
	labels := []string(c.Labels)
	if labels == nil {
		labels = []string{}
	}
	return contact{ID: string(c.ID), Name: c.Name, Phone: digits(c.Phone), Labels: labels, CreatedAt: wire.Stamp(c.CreatedAt)}
}

func conversationOut(c *search.Chat) conversation {
	out := conversation{RemoteJID: c.Address + "@s.whatsapp.net", PushName: c.Contact.Name, LastMessage: c.LastBody,
		UnreadCount: c.UnreadCount, Timestamp: wire.Stamp(c.LastActivityAt)}
	if c.Hidden {
		out.RemoteJID = c.Address
		if !strings.Contains(c.Address, "@") {
			out.RemoteJID += "@lid"
		}
	}
	return out
}

func digits(phone string) string { return strings.TrimPrefix(phone, "+") }

// labels are a list, or a text with commas.
type labels []string

// UnmarshalJSON reads either spelling.
func (l *labels) UnmarshalJSON(b []byte) error {
	var text string
	if bytes.HasPrefix(b, []byte(`"`)) {
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		*l = strings.Split(text, ",")
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

// word is a text that clients of this dialect also write as a number.
type word string

// UnmarshalJSON reads a text or a number.
func (w *word) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' && !bytes.Equal(b, []byte("null")) {
		var n json.Number
		err := json.Unmarshal(b, &n)
		*w = word(n)
		return err
	}
	var text string
	err := json.Unmarshal(b, &text)
	*w = word(text)
	return err
}

// read reads a JSON body into v; a member of the wrong type is named.
func read(c *fiber.Ctx, v any) error {
	if len(c.Body()) == 0 {
		return problem.Fail(problem.Malformed, "malformed_json", "The body is empty; send JSON.")
	}
	err := json.Unmarshal(utils.CopyBytes(c.Body()), v)
	if wrong, ok := err.(*json.UnmarshalTypeError); ok && wrong.Field != "" {
		return problem.InvalidField(wrong.Field, "has the wrong type")
	}
	if err != nil {
		return problem.Fail(problem.Malformed, "malformed_json", "The body is not the JSON that is expected here.")
	}
	return nil
}
