package dashboard

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/templates"
	"mauve/templates/ui"
	"mauve/templates/words"
)

func listChannels(c *call) error {
	all, err := c.scope.Channels()
	if err != nil {
		return err
	}
	heard, err := c.scope.LastHeard()
	if err != nil {
		return err
	}
	v := templates.ChannelsView{Channels: all, Heard: heard, Base: c.server.PublicURL}
	if c.Query("fragment") == "list" {
		return c.draw(templates.ChannelList(v))
	}
	f, err := c.frame(words.T(c.words(), "Channels"), "settings", "channels")
	if err != nil {
		return err
	}
	return c.draw(templates.Channels(f, v))
}

func newChannel(c *call) error {
	kind := models.ChannelKind(c.Query("kind", string(models.ChannelWhatsApp)))
	if _, known := kind.Type(); !known {
		return problem.NoSuch("channel")
	}
	return c.drawNewChannel(nil, templates.ChannelForm{Kind: kind, VerifyToken: rand.Text()})
}

// drawNewChannel draws the form with what was wrong with it, if anything was.
func (c *call) drawNewChannel(bad error, form templates.ChannelForm) error {
	f, err := c.formFrame(bad, words.T(c.words(), "Channels"), "settings", "channels")
	if err != nil {
		return err
	}
	return c.draw(templates.NewChannel(f, form))
}

func createChannel(c *call) error {
	form := c.channelForm(models.ChannelKind(c.form("kind")))
	switch can := form.Kind.Capabilities(); {
	case form.Name != "":
	case can.Rehearses:
		form.Name = words.T(c.words(), "Sandbox")
	case can.Linked:
		form.Name = words.T(c.words(), "Phone")
	}
	made, err := c.scope.CreateChannel(models.ChannelDraft{Kind: form.Kind, Name: form.Name, SessionID: form.SessionID, Config: c.channelSettings(form.Kind, true)})
	if err != nil {
		return c.drawNewChannel(err, form)
	}
	return c.tellVendor(made, form)
}

// tellVendor shows what the vendor has to be told: the verify token is there for the last time, so never in a redirect or a
// cache. A channel without a vendor leads to its page.
func (c *call) tellVendor(made *models.Channel, form templates.ChannelForm) error {
	at := made.Wire().CallbackPath
	if at == nil || form.VerifyToken == "" {
		return c.then("/settings/channels/"+string(made.ID), "saved")
	}
	f, err := c.frame(made.Name, "settings", "channels")
	if err != nil {
		return err
	}
	c.Set("Cache-Control", "no-store")
	return c.draw(templates.ChannelPaste(f, templates.ChannelView{Channel: made, Callback: c.server.PublicURL + *at, Form: form}))
}

// channelForm reads the form; secrets stay out of it, but for a verify token that is still to be pasted at Meta.
func (c *call) channelForm(kind models.ChannelKind) templates.ChannelForm {
	form := templates.ChannelForm{Kind: kind, Name: c.form("name"), SessionID: c.pasted("sessionId"), Config: channeltype.Settings{}}
	if kind == models.ChannelWhatsApp {
		form.VerifyToken = c.pasted("config.verifyToken")
	}
	for _, s := range kind.Settings() {
		switch v := c.pasted("config." + s.Name); {
		case s.Secret:
		case s.Type == channeltype.SwitchSetting && c.form("config."+s.Name) != "":
			form.Config[s.Name] = channeltype.On
		default:
			form.Config[s.Name] = v
		}
	}
	return form
}

// pasted is a field of one word without the spaces that come along when it is copied from a page.
func (c *call) pasted(name string) string { return strings.TrimSpace(c.form(name)) }

// channelSettings reads the settings that the form of the kind has. An empty secret is left out, so that the kept one stays;
// a switch that is not sent is off.
func (c *call) channelSettings(kind models.ChannelKind, isNew bool) channeltype.Settings {
	set := channeltype.Settings{}
	for _, s := range kind.Settings() {
		v := c.pasted("config." + s.Name)
		sent := c.Request().PostArgs().Has("config." + s.Name)
		if sent && (v != "" || !s.Secret && !isNew) || s.Type == channeltype.SwitchSetting && !isNew {
			set[s.Name] = v
		}
	}
	return set
}

func showChannel(c *call) error {
	v, err := c.channelView()
	if err != nil {
		return err
	}
	f := templates.Frame{CSRF: c.server.CSRF(c.Ctx), IsAdmin: c.scope.Actor().Grants.Has(rights.WriteChannels)}
	switch c.Query("fragment") {
	case "state":
		return c.draw(templates.ChannelState(f, v))
	case "link":
		if v.Link == nil {
			_, err = c.scope.ChannelLink(c.id())
			return err
		}
		return c.draw(templates.ChannelLink(f, v))
	case "templates":
		return c.draw(templates.ChannelTemplates(f, v))
	}
	return c.drawChannel(nil, v)
}

// drawChannel draws one channel's page with what was wrong with its form, if anything was.
func (c *call) drawChannel(bad error, v templates.ChannelView) error {
	f, err := c.formFrame(bad, v.Channel.Name, "settings", "channels")
	if err != nil {
		return err
	}
	return c.draw(templates.Channel(f, v))
}

// channelView reads the channel of the address.
func (c *call) channelView() (v templates.ChannelView, err error) {
	if v.Channel, err = c.scope.Channel(c.id()); err != nil {
		return v, err
	}
	heard, err := c.scope.LastHeard()
	if err != nil {
		return v, err
	}
	can := v.Channel.Kind.Capabilities()
	v.Heard, v.Usable = heard[v.Channel.ID], can.Queued && c.scope.Actor().Grants.Has(rights.WriteChannels)
	if can.Templates {
		if v.Templates, err = c.scope.Templates(v.Channel.ID); err != nil {
			return v, err
		}
	}
	c.fillChannel(&v)
	if v.Now = c.scope.Now(); v.Usable && can.Linked {
		v.Link, err = c.scope.ChannelLink(v.Channel.ID)
	}
	return v, err
}

// fillChannel adds what the channel tells of itself and of its vendor.
func (c *call) fillChannel(v *templates.ChannelView) {
	w := v.Channel.Wire()
	if w.CallbackPath != nil {
		v.Callback = c.server.PublicURL + *w.CallbackPath
	}
	if f := w.Facts; f != nil {
		v.Number, v.Verified, v.Quality, v.Limit, v.Note = f.Number, f.Name, f.Quality, f.Limit, v.Channel.Note()
		v.CheckedAt, _ = time.Parse(time.RFC3339, f.CheckedAt)
	}
	v.Checking = v.Channel.CheckAt != nil && (v.CheckedAt.IsZero() && v.Note.None() && v.Channel.Status == models.Connected || !v.Channel.CheckAt.After(c.scope.Now()))
	shown := func(name string) string {
		if value, ok := w.Config[name]; ok {
			return fmt.Sprint(value)
		}
		return ""
	}
	v.Form = templates.ChannelForm{ID: v.Channel.ID, Kind: v.Channel.Kind, Name: v.Channel.Name, Config: channeltype.Settings{}}
	if w.SessionID != nil {
		v.Form.SessionID = *w.SessionID
	}
	kind, _ := v.Channel.Kind.Type()
	for _, s := range kind.Settings {
		v.Form.Config[s.Name] = shown(s.Name) // a switch that is on is On
		if s.Name == kind.Account && v.Form.Config[s.Name] != "" {
			name, _ := templates.SettingWords(c.words(), kind.Kind, s)
			v.Account = append(v.Account, ui.Fact{Name: name, Value: v.Form.Config[s.Name]})
		}
	}
	if v.Form.SessionID != "" {
		v.Account = append(v.Account, ui.Fact{Name: words.T(c.words(), "Session id"), Value: v.Form.SessionID})
	}
}

func updateChannel(c *call) error {
	v, err := c.channelView()
	if err != nil {
		return err
	}
	form := c.channelForm(v.Channel.Kind)
	changed, err := c.scope.UpdateChannel(c.id(), models.ChannelChange{Name: &form.Name, SessionID: &form.SessionID, Config: c.channelSettings(v.Channel.Kind, false)})
	if err != nil {
		form.ID = v.Form.ID
		v.Form = form
		return c.drawChannel(err, v)
	}
	return c.tellVendor(changed, form)
}

func checkChannel(c *call) error {
	if _, err := c.scope.CheckChannel(c.id()); err != nil {
		return err
	}
	return c.then("/settings/channels/"+string(c.id()), "checking")
}

func removeChannel(c *call) error {
	if err := c.scope.DeleteChannel(c.id()); err != nil {
		return err
	}
	return c.then("/settings/channels", "channel-removed")
}

// writeBy opens the conversation with a number on a channel.
func writeBy(c *call) error {
	on, err := c.scope.Channel(c.id())
	if err != nil {
		return err
	}
	opened, err := c.scope.TalkTo(models.Outgoing{To: c.form("to"), ChannelID: on.ID})
	if err != nil {
		return err
	}
	return c.then("/inbox/"+string(opened.ID), "")
}
