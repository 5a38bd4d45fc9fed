package mava

import (
	"net/url"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/wire"
)

// words are what somebody says: a text, files by their addresses, or both.
type words struct {
	Content     string       `json:"content"`
	Attachments []attachment `json:"attachments"`
}

// draft is what is said to the customer: each file goes by its address, in a message of its own.
func (w words) draft() (d models.Draft, err error) {
	if len(w.Attachments) > 20 {
		return d, problem.InvalidField("attachments", "holds more than 20 files")
	}
	d.Body = w.Content
	for _, a := range w.Attachments {
		u, err := url.Parse(a.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return d, problem.InvalidField("attachments", "a url is not a web address")
		}
		if a.FileName == "" {
			a.FileName = path.Base(u.Host + u.Path)
		}
		d.Links = append(d.Links, wire.Media{URL: a.URL, FileName: a.FileName, MIMEType: a.FileType})
	}
	if d.Body == "" && d.Links == nil {
		err = problem.InvalidField("content", "is missing: give content or attachments")
	}
	return d, err
}

// note is what is said to the team: a note holds text alone, so each file is a line of it.
func note(d models.Draft) string {
	var lines []string
	if d.Body != "" {
		lines = append(lines, d.Body)
	}
	for _, f := range d.Links {
		lines = append(lines, f.FileName+": "+f.URL)
	}
	return strings.Join(lines, "\n")
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
	d, err := in.draft()
	if err != nil {
		return nil, err
	}
	switch in.Type {
	case "InternalNote":
		n, err := s.AddTicketNote(id, note(d))
		if err != nil {
			return nil, missing(err, "Ticket not found")
		}
		return fiber.Map{"message": "Note added", "_id": n.ID}, nil
	case "ExternalMessage":
		all, err := s.ReplyEachOnTicket(id, d)
		if err != nil {
			return nil, missing(err, "Ticket not found")
		}
		return fiber.Map{"message": "Message sent", "_id": all[0].ID}, nil
	}
	return nil, problem.InvalidField("messageType", "is ExternalMessage or InternalNote")
}
