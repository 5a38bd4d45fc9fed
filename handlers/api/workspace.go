package api

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"mauve/models"
	"mauve/models/wire"
	"mauve/web"
)

type me struct {
	Key       wire.Key       `json:"key"`
	Workspace wire.Workspace `json:"workspace"`
	Window    struct {
		Used int `json:"used" doc:"Calls counted in the present window, this one included"`
		Left int `json:"left"`
	} `json:"window"`
}

// called is an input that tells what the middleware counted.
type called struct{ left int }

// Resolve takes the count from the call.
func (in *called) Resolve(ctx huma.Context) []error {
	in.left = web.Left(humafiber.Unwrap(ctx))
	return nil
}

func showMe(s *models.Scope, in *called) (*one[me], error) {
	k, err := s.Key(s.Actor().ID)
	if err != nil {
		return nil, err
	}
	w, err := s.Home()
	if err != nil {
		return nil, err
	}
	out := &one[me]{Status: 200, Body: me{Key: k.Wire(), Workspace: w.Wire()}}
	out.Body.Window.Left = in.left
	out.Body.Window.Used = k.CapCalls - in.left
	return out, nil
}

func listAgents(s *models.Scope, in *Paging) (*listOut[wire.Agent], error) {
	all, err := s.Members()
	if err != nil {
		return nil, err
	}
	return cut(all, *in, func(m *models.Member) models.ID { return m.ID }, "/agents", "", (*models.Member).Wire)
}

type feedOut struct {
	Body struct {
		Data []wire.Event `json:"data" nullable:"false"`
		Meta struct {
			NextCursor string `json:"nextCursor" doc:"Ask again with it; never null, so that a client can wait at the end"`
			More       bool   `json:"more" doc:"Whether events follow already"`
		} `json:"meta"`
	}
}

func listEvents(s *models.Scope, in *struct {
	Cursor  string `query:"cursor" doc:"meta.nextCursor of the call before, or an event's id; empty: from the first kept"`
	PerPage int    `query:"perPage" default:"25" minimum:"1" maximum:"100"`
}) (*feedOut, error) {
	after, err := fieldID(models.PrefixEvent, "cursor", in.Cursor)
	if err != nil {
		return nil, err
	}
	events, err := s.EventsAfter(after, in.PerPage+1)
	if err != nil {
		return nil, err
	}
	out := &feedOut{}
	out.Body.Data = []wire.Event{}
	out.Body.Meta.NextCursor = strings.Clone(in.Cursor)
	if out.Body.Meta.More = len(events) > in.PerPage; out.Body.Meta.More {
		events = events[:in.PerPage]
	}
	for _, e := range events {
		out.Body.Data = append(out.Body.Data, e.Wire())
		out.Body.Meta.NextCursor = e.ID.With(models.PrefixEvent)
	}
	return out, nil
}
