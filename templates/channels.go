package templates

import (
	"context"
	"strconv"
	"time"

	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/reason"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// ChannelsView is the workspace's channels. Base is the address that programs call, such as https://desk.example.
type ChannelsView struct {
	Channels []*models.Channel
	Heard    map[models.ID]time.Time // when the vendor last called
	Base     string
}

// ChannelForm is a channel's fields as they are or were filled in; secrets are never in it, but for a verify token.
type ChannelForm struct {
	ID              models.ID // empty: a channel to be added
	Kind            models.ChannelKind
	Name, SessionID string
	Config          channeltype.Settings
	VerifyToken     string // of a WhatsApp number: a suggestion, or what was chosen and is still to be pasted at Meta
}

// ChannelView is one channel with its form.
type ChannelView struct {
	Channel   *models.Channel
	Heard     time.Time // zero: never
	Callback  string    // where the vendor is to call; empty: it does not
	Templates []*models.Template
	Number    string // what the vendor says of it at the last check
	Verified  string
	Quality   string
	Limit     string
	Note      reason.Reason
	CheckedAt time.Time // zero: never
	Checking  bool      // a check is asked for and not done
	Account   []ui.Fact // what may be shown of the settings
	Form      ChannelForm
	Link      *models.ChannelLink // of a phone; nil: its kind has none, or the person may not see it
	Phone     string              // that was filled in for a pairing code
	Now       time.Time
	Usable    bool // its form is shown: the person may change it and its kind has one
}

// MagicNumber is a number of the sandbox and what happens to a message sent to it.
type MagicNumber struct{ Phone, Does string }

// MagicNumbers are the sandbox's numbers; a test holds them against the sandbox's own.
func MagicNumbers(ctx context.Context) []MagicNumber {
	return []MagicNumber{
		{"+12025550100", words.T(ctx, "Sent, delivered and read")},
		{"+12025550101", words.T(ctx, "Sent and delivered, never read")},
		{"+12025550102", words.T(ctx, "Sent, never delivered")},
		{"+12025550103", words.T(ctx, "Read, and answers with what you wrote")},
		{"+12025550104", words.T(ctx, "Sent, then fails: the number is not on WhatsApp (131026)")},
		{"+12025550105", words.T(ctx, "Refused at once (131047), or with the code you write: fail 131049")},
		{"+12025550106", words.T(ctx, "Asks twice to slow down (429), then takes it")},
		{"+12025550107", words.T(ctx, "Fails twice at the vendor (500), then takes it")},
		{"+12025550108", words.T(ctx, "The channel’s token is revoked: it needs attention, and the message waits until the channel is checked")},
		{"+12025550109", words.T(ctx, "Takes five seconds to answer")},
		{"+12025550110", words.T(ctx, "Read, and answers as somebody who wrote 25 hours ago: the window is shut")},
		{"+12025550111", words.T(ctx, "Read, and answers with a picture and a voice note")},
	}
}

// loss is what removing the channel takes with it.
func (v ChannelView) loss(ctx context.Context) string {
	if v.Channel.Kind.Capabilities().Linked {
		return words.T(ctx, "The phone is unlinked, and messages that still wait are not sent. That cannot be undone.")
	}
	return words.T(ctx, "Its token and secrets are deleted, and messages that still wait are not sent. That cannot be undone.")
}

// heard is how the time is called at which something last came.
func (v ChannelView) heard(ctx context.Context) string {
	if v.Channel.Kind.Capabilities().Linked {
		return words.T(ctx, "Last heard")
	}
	return words.T(ctx, "Last webhook")
}

func channelAddress(c *models.Channel) string { return "/settings/channels/" + string(c.ID) }

func (v ChannelForm) address() string {
	if v.ID == "" {
		return "/settings/channels"
	}
	return "/settings/channels/" + string(v.ID)
}

// secret is a field whose value never comes back: left empty, what is kept stays.
func (f Frame) secret(ctx context.Context, name, label string, kept bool) ui.FieldView {
	v := f.field(name, label, "")
	v.Type, v.Attrs = "password", ui.Attrs{"autocomplete": "new-password", "spellcheck": "false"}
	if kept {
		v.Hint = words.T(ctx, "Kept, and not shown again. Leave it empty to keep it.")
	}
	return v
}

// code is a field for an id or a word that no browser should complete or correct.
func (f Frame) code(name, label, value, hint string) ui.FieldView {
	v := f.field(name, label, value)
	v.Hint, v.Attrs = hint, ui.Attrs{"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
	return v
}

// setting is the field of one setting. One that has no words of its own is a plain field by its type.
func (v ChannelForm) setting(ctx context.Context, f Frame, s channeltype.Setting) ui.FieldView {
	name := "config." + s.Name
	label, hint := SettingWords(ctx, v.Kind, s)
	switch {
	case s.Type == channeltype.SwitchSetting:
		return hinted(f.field(name, label, channeltype.On), hint)
	case s.Type == channeltype.NumberSetting:
		field := hinted(f.number(name, label, v.Config[s.Name]), hint)
		field.Attrs["min"] = strconv.Itoa(s.Least)
		return field
	case s.Secret && !(v.ID == "" && v.verifies(s)):
		if v.ID != "" {
			return f.secret(ctx, name, label, true)
		}
		return hinted(f.secret(ctx, name, label, false), hint)
	case s.Secret:
		return f.code(name, label, v.VerifyToken, hint)
	}
	return f.code(name, label, v.Config[s.Name], hint)
}

// verifies reports whether the setting is the word that Meta repeats: it is shown until it is pasted there.
func (v ChannelForm) verifies(s channeltype.Setting) bool {
	return v.Kind == models.ChannelWhatsApp && s.Name == "verifyToken"
}

// SettingWords are what people call a setting, and where to find it or what it does: of a kind that has no words here, its
// name and what its type says of it.
func SettingWords(ctx context.Context, kind models.ChannelKind, s channeltype.Setting) (name, hint string) {
	if s.Name == channeltype.Throughput.Name {
		return words.T(ctx, "Messages a second"), words.T(ctx, "As many as the number may send; {{.N}} if left empty.", "N", kind.Capabilities().Rate)
	}
	switch kind {
	case models.ChannelWhatsApp:
		switch s.Name {
		case "phoneNumberId":
			return words.T(ctx, "Phone number id"), words.T(ctx, "WhatsApp, API Setup: digits alone. Not the number itself.")
		case "wabaId":
			return words.T(ctx, "WhatsApp Business Account id"), words.T(ctx, "Beside it. Templates need it.")
		case "accessToken":
			return words.T(ctx, "Access token"), ""
		case "appSecret":
			return words.T(ctx, "App secret"), ""
		case "verifyToken":
			return words.T(ctx, "Verify token"), words.T(ctx, "A word of your own, which Meta repeats to prove that the address is yours.")
		}
	case models.ChannelWhatsAppWeb:
		switch s.Name {
		case "history":
			return words.T(ctx, "Take in the history"), words.T(ctx, "What was said before is sent by WhatsApp once, when a phone is linked: switch it on before.")
		case "groups":
			return words.T(ctx, "Take part in groups"), words.T(ctx, "Each group of the phone is a contact with one conversation, which shows who wrote what.")
		}
	}
	return s.Name, s.About
}

// plainKinds are the kinds of channel that have no panel of their own on the page that adds one.
func plainKinds() (plain []channeltype.Type) {
	for _, t := range channeltype.All() {
		switch t.Kind {
		case models.ChannelWhatsApp, models.ChannelWhatsAppWeb, models.ChannelSandbox, models.ChannelAPI:
		default:
			plain = append(plain, t)
		}
	}
	return plain
}

func quality(ctx context.Context, colour string) (tone, text string) {
	switch colour {
	case "GREEN":
		return "good", words.T(ctx, "High")
	case "YELLOW":
		return "warn", words.T(ctx, "Medium")
	case "RED":
		return "bad", words.T(ctx, "Low")
	}
	return "", colour
}

// limits are Meta's names for how many people a number may begin to write to in 24 hours (Meta, "Messaging limits", 2026-10).
var limits = map[string]int{"TIER_50": 50, "TIER_250": 250, "TIER_1K": 1000, "TIER_2K": 2000, "TIER_10K": 10_000, "TIER_100K": 100_000}

func limit(ctx context.Context, name string) string {
	if n, ok := limits[name]; ok {
		return words.T(ctx, "{{.N}} people a day", "N", strconv.Itoa(n))
	}
	if name == "TIER_UNLIMITED" {
		return words.T(ctx, "No limit")
	}
	return name
}

func templateTone(status string) string {
	switch status {
	case "APPROVED":
		return "good"
	case "REJECTED", "DISABLED":
		return "bad"
	}
	return "warn"
}
