package api

import (
	"strconv"

	"mauve/models"
	"mauve/models/wire"
)

func listChannels(s *models.Scope, in *Paging) (*listOut[wire.Channel], error) {
	l, err := s.ChannelPage(in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, "/channels", "", func(c *models.Channel) wire.Channel { return c.WireFor(s.Actor()) }), nil
}

type channelOut = one[wire.Channel]

func channel(s *models.Scope, c *models.Channel, status int) *channelOut {
	return &channelOut{ETag: etag(c.Version()), Location: Prefix + "/channels/" + c.ID.With(models.PrefixChannel), Status: status, Body: c.WireFor(s.Actor())}
}

// channelConfig is what a channel is configured by; which of it, its kind says.
type channelConfig struct {
	PhoneNumberID *string `json:"phoneNumberId,omitempty" doc:"The number's id at Meta"`
	WABAID        *string `json:"wabaId,omitempty" doc:"The WhatsApp Business Account's id at Meta; templates need it"`
	AccessToken   *string `json:"accessToken,omitempty"`
	AppSecret     *string `json:"appSecret,omitempty"`
	VerifyToken   *string `json:"verifyToken,omitempty" doc:"A word of your own, given to Meta with the callback address"`
	Throughput    *int    `json:"throughput,omitempty" minimum:"1" maximum:"1000" doc:"Messages a second; if left out 80, for whatsapp_web 1"`
	Groups        *bool   `json:"groups,omitempty" doc:"Take part in the phone's groups: each is a contact with one conversation. If left out false"`
	History       *bool   `json:"history,omitempty" doc:"Take in what was said before; WhatsApp sends it once, when a phone is linked. If left out false"`
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
	for name, on := range map[string]*bool{"history": c.History, "groups": c.Groups} {
		if on != nil {
			set[name] = map[bool]string{true: models.On}[*on]
		}
	}
	return set
}

func createChannel(s *models.Scope, in *struct {
	Body struct {
		Kind      string         `json:"kind" enum:"whatsapp,whatsapp_web,sandbox,api"`
		Name      string         `json:"name"`
		SessionID string         `json:"sessionId,omitempty" doc:"Unique in the workspace"`
		Config    *channelConfig `json:"config,omitempty" doc:"whatsapp: phoneNumberId, wabaId, accessToken, appSecret, verifyToken, throughput. sandbox: throughput. whatsapp_web: throughput, history, groups. Secrets never come out again"`
	}
}) (*channelOut, error) {
	c, err := s.CreateChannel(models.ChannelDraft{Kind: models.ChannelKind(in.Body.Kind), Name: in.Body.Name, SessionID: in.Body.SessionID, Config: in.Body.Config.settings()})
	if err != nil {
		return nil, err
	}
	return channel(s, c, 201), nil
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
	return channel(s, c, 200), nil
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
	return channel(s, c, 200), nil
}

func deleteChannel(s *models.Scope, in *ByID) (*nothing, error) {
	id, err := idOf(models.PrefixChannel, in.ID, "channel")
	if err != nil {
		return nil, err
	}
	return nil, s.DeleteChannel(id)
}

func checkChannel(s *models.Scope, in *ByID) (*channelOut, error) {
	id, err := idOf(models.PrefixChannel, in.ID, "channel")
	if err != nil {
		return nil, err
	}
	c, err := s.CheckChannel(id)
	if err != nil {
		return nil, err
	}
	return channel(s, c, 202), nil
}

func listTemplates(s *models.Scope, in *struct {
	ByID
	Paging
}) (*listOut[wire.Template], error) {
	id, err := idOf(models.PrefixChannel, in.ID, "channel")
	if err != nil {
		return nil, err
	}
	l, err := s.TemplatePage(id, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, "/channels/"+id.With(models.PrefixChannel)+"/templates", "", (*models.Template).Wire), nil
}

func listEnvelopes(s *models.Scope, in *struct {
	ByID
	Paging
}) (*listOut[wire.Envelope], error) {
	id, err := idOf(models.PrefixChannel, in.ID, "channel")
	if err != nil {
		return nil, err
	}
	l, err := s.Envelopes(id, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, "/channels/"+id.With(models.PrefixChannel)+"/envelopes", "", (*models.Envelope).Wire), nil
}
