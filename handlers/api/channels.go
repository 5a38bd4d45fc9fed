package api

import (
	"mauve/models"
	"mauve/models/search"
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

func createChannel(s *models.Scope, in *struct {
	Body struct {
		Kind      channelKind    `json:"kind"`
		Name      string         `json:"name"`
		SessionID string         `json:"sessionId,omitempty" doc:"Unique in the workspace"`
		Config    *channelConfig `json:"config,omitempty"`
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
	l, err := search.Envelopes(s, id, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, "/channels/"+id.With(models.PrefixChannel)+"/envelopes", "", (*models.Envelope).Wire), nil
}
