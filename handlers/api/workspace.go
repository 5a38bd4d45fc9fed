package api

import (
	"strconv"
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

// called is an input that tells what the hallway counted.
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

func listAgents(s *models.Scope, _ *struct{}) (*listOut[wire.Agent], error) {
	all, err := s.Members()
	if err != nil {
		return nil, err
	}
	return whole(all, (*models.Member).Wire), nil
}

func listChannels(s *models.Scope, _ *struct{}) (*listOut[wire.Channel], error) {
	all, err := s.Channels()
	if err != nil {
		return nil, err
	}
	return whole(all, (*models.Channel).Wire), nil
}

type channelOut = one[wire.Channel]

func channel(c *models.Channel, status int) *channelOut {
	return &channelOut{ETag: etag(c.Version()), Location: Prefix + "/channels/" + c.ID.With(models.PrefixChannel), Status: status, Body: c.Wire()}
}

// channelConfig is what a channel is configured by; which of it, its kind says.
type channelConfig struct {
	PhoneNumberID *string `json:"phoneNumberId,omitempty" doc:"The number's id at Meta"`
	WABAID        *string `json:"wabaId,omitempty" doc:"The WhatsApp Business Account's id at Meta; templates need it"`
	AccessToken   *string `json:"accessToken,omitempty"`
	AppSecret     *string `json:"appSecret,omitempty"`
	VerifyToken   *string `json:"verifyToken,omitempty" doc:"A word of your own, given to Meta with the callback address"`
	Throughput    *int    `json:"throughput,omitempty" minimum:"1" maximum:"1000" doc:"Messages a second; 80 if left out"`
}

func (c *channelConfig) settings() models.Settings {
	set := models.Settings{}
	if c == nil {
		return set
	}
	for name, v := range map[string]*string{"phoneNumberId": c.PhoneNumberID, "wabaId": c.WABAID, "accessToken": c.AccessToken,
		"appSecret": c.AppSecret, "verifyToken": c.VerifyToken} {
		if v != nil {
			set[name] = *v
		}
	}
	if c.Throughput != nil {
		set["throughput"] = strconv.Itoa(*c.Throughput)
	}
	return set
}

func createChannel(s *models.Scope, in *struct {
	Body struct {
		Kind      string         `json:"kind" enum:"whatsapp,sandbox,api"`
		Name      string         `json:"name"`
		SessionID string         `json:"sessionId,omitempty" doc:"Unique in the workspace"`
		Config    *channelConfig `json:"config,omitempty" doc:"whatsapp: phoneNumberId, wabaId, accessToken, appSecret, verifyToken, throughput. Secrets never come out again"`
	}
}) (*channelOut, error) {
	c, err := s.CreateChannel(models.ChannelDraft{Kind: models.ChannelKind(in.Body.Kind), Name: in.Body.Name, SessionID: in.Body.SessionID, Config: in.Body.Config.settings()})
	if err != nil {
		return nil, err
	}
	return channel(c, 201), nil
}

func showChannel(s *models.Scope, in *ByID) (*channelOut, error) {
	id, err := idOf(models.PrefixChannel, in.ID, "channel")
	if err != nil {
		return nil, err
	}
	c, err := s.Channel(id)
	if err != nil {
		return nil, err
	}
	return channel(c, 200), nil
}

func updateChannel(s *models.Scope, in *struct {
	ByID
	UnlessChanged
	Body struct {
		Name      *string        `json:"name,omitempty"`
		SessionID maybe[string]  `json:"sessionId,omitempty"`
		Config    *channelConfig `json:"config,omitempty" doc:"Those not named stay"`
	}
}) (*channelOut, error) {
	id, err := idOf(models.PrefixChannel, in.ID, "channel")
	if err != nil {
		return nil, err
	}
	c, err := s.UpdateChannel(id, models.ChannelChange{Name: in.Body.Name, SessionID: in.Body.SessionID.pointer(), Config: in.Body.Config.settings(), Version: in.version()})
	if err != nil {
		return nil, err
	}
	return channel(c, 200), nil
}

func deleteChannel(s *models.Scope, in *ByID) (*nothing, error) {
	id, err := idOf(models.PrefixChannel, in.ID, "channel")
	if err != nil {
		return nil, err
	}
	return nil, s.DeleteChannel(id)
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
