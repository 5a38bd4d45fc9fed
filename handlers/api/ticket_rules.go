package api

import (
	"mauve/models"
	"mauve/models/wire"
)

func showTicketRules(s *models.Scope, _ *struct{}) (*one[wire.TicketRules], error) {
	r, err := s.TicketRules()
	if err != nil {
		return nil, err
	}
	return &one[wire.TicketRules]{Status: 200, Body: r.Wire()}, nil
}

func updateTicketRules(s *models.Scope, in *struct {
	Body struct {
		WaitingOnReply    *bool `json:"waitingOnReply,omitempty"`
		ReopenDays        *int  `json:"reopenDays,omitempty" minimum:"0" maximum:"365"`
		FollowUp          *bool `json:"followUp,omitempty"`
		ManyOpen          *bool `json:"manyOpen,omitempty"`
		ResolveAfterHours *int  `json:"resolveAfterHours,omitempty" minimum:"0" maximum:"8760" doc:"0: never"`
	}
}) (*one[wire.TicketRules], error) {
	r, err := s.UpdateTicketRules(models.TicketRulesChange{WaitingOnReply: in.Body.WaitingOnReply, ReopenDays: in.Body.ReopenDays,
		FollowUp: in.Body.FollowUp, ManyOpen: in.Body.ManyOpen, ResolveAfterHours: in.Body.ResolveAfterHours})
	if err != nil {
		return nil, err
	}
	return &one[wire.TicketRules]{Status: 200, Body: r.Wire()}, nil
}
