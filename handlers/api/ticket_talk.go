package api

import (
	"mauve/models"
	"mauve/models/search"
	"mauve/models/wire"
)

// What is said, noted and done on a ticket.

func listTicketNotes(s *models.Scope, in *struct {
	ByID
	Paging
}) (*listOut[wire.Note], error) {
	id, err := idOf(models.PrefixTicket, in.ID, "ticket")
	if err != nil {
		return nil, err
	}
	l, err := search.TicketNotes(s, id, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, ticketPath(id)+"/notes", "", (*models.TicketNote).Wire), nil
}

func ticketPath(id models.ID) string { return "/tickets/" + id.With(models.PrefixTicket) }

func createTicketNote(s *models.Scope, in *struct {
	ByID
	Body struct {
		Body string `json:"body"`
	}
}) (*one[wire.Note], error) {
	id, err := idOf(models.PrefixTicket, in.ID, "ticket")
	if err != nil {
		return nil, err
	}
	n, err := s.AddTicketNote(id, in.Body.Body)
	if err != nil {
		return nil, err
	}
	return &one[wire.Note]{Status: 201, Body: n.Wire()}, nil
}

func listTicketMessages(s *models.Scope, in *struct {
	ByID
	Paging
}) (*listOut[wire.Message], error) {
	id, err := idOf(models.PrefixTicket, in.ID, "ticket")
	if err != nil {
		return nil, err
	}
	l, err := search.TicketMessages(s, id, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, ticketPath(id)+"/messages", "", (*models.Message).Wire), nil
}

func createTicketMessage(s *models.Scope, in *struct {
	ByID
	Body MessageFields
}) (*messageOut, error) {
	id, err := idOf(models.PrefixTicket, in.ID, "ticket")
	if err != nil {
		return nil, err
	}
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	m, err := s.ReplyOnTicket(id, d)
	if err != nil {
		return nil, err
	}
	return message(m), nil
}

func showTimeline(s *models.Scope, in *struct {
	ByID
	Paging
}) (*listOut[wire.TimelineEntry], error) {
	id, err := idOf(models.PrefixTicket, in.ID, "ticket")
	if err != nil {
		return nil, err
	}
	l, err := search.Timeline(s, id, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, ticketPath(id)+"/timeline", "", (*search.TimelineEntry).Wire), nil
}
