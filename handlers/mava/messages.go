package mava

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
)

// words are what somebody says: a text, files by their addresses, or both.
type words struct {
	Content     string       `json:"content"`
	Attachments []attachment `json:"attachments"`
}

// body is the text with a line for each file, as a channel without files carries them.
func (w words) body() (string, error) {
	if len(w.Attachments) > 20 {
		return "", models.InvalidField("attachments", "holds more than 20 files")
	}
	lines := []string{w.Content}
	if w.Content == "" {
		lines = nil
	}
	for _, a := range w.Attachments {
		u, err := url.Parse(a.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return "", models.InvalidField("attachments", "a url is not a web address")
		}
		lines = append(lines, strings.TrimPrefix(a.FileName+": "+a.URL, ": "))
	}
	if len(lines) == 0 {
		return "", models.InvalidField("content", "is missing: give content or attachments")
	}
	return strings.Join(lines, "\n"), nil
}

// addMessage is Mava's PUT /message: an answer to the customer, or a note for the team.
func addMessage(s *models.Scope, c *fiber.Ctx) (any, error) {
	in, err := read[struct {
		TicketID string `json:"ticketId"`
		Type     string `json:"messageType"`
		words
	}](c)
	if err != nil {
		return nil, err
	}
	id, err := ticketID(in.TicketID)
	if err != nil {
		return nil, err
	}
	body, err := in.body()
	if err != nil {
		return nil, err
	}
	switch in.Type {
	case "InternalNote":
		n, err := s.AddTicketNote(id, body)
		if err != nil {
			return nil, missing(err, "Ticket not found")
		}
		return fiber.Map{"message": "Note added", "_id": n.ID}, nil
	case "ExternalMessage":
		m, err := s.ReplyOnTicket(id, models.Draft{Body: body})
		if err != nil {
			return nil, missing(err, "Ticket not found")
		}
		return fiber.Map{"message": "Message sent", "_id": m.ID}, nil
	}
	return nil, models.InvalidField("messageType", "is ExternalMessage or InternalNote")
}
