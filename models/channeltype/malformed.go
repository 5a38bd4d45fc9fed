package channeltype

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mauve/models/content"
)

var (
	kindForm    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	settingForm = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,39}$`)
	nameForm    = regexp.MustCompile(`^\S(.{0,78}\S)?$`)
	sendable    = []content.Type{content.Image, content.Video, content.Audio, content.Document, content.Sticker, content.Location, content.Contacts,
		content.Reaction, content.Template}
)

// malformed says what of the type cannot be, beside those known; empty: nothing.
func (t Type) malformed(known []Type) string {
	switch {
	case !kindForm.MatchString(string(t.Kind)):
		return "needs a kind of lower-case letters, digits and underscores"
	case !nameForm.MatchString(t.Name):
		return "needs a name of 1 to 80 characters for people"
	case slices.ContainsFunc(known, func(o Type) bool { return o.Kind == t.Kind }):
		return "is registered twice"
	case slices.ContainsFunc(known, func(o Type) bool { return strings.EqualFold(o.Name, t.Name) }):
		return "has the name of another: " + t.Name
	}
	if why := t.Capabilities.malformed(); why != "" {
		return why
	}
	for i, s := range t.Settings {
		if slices.ContainsFunc(t.Settings[:i], func(o Setting) bool { return o.Name == s.Name }) {
			return "has the setting " + s.Name + " twice"
		}
		if why := s.malformed(known); why != "" {
			return "has a setting " + strconv.Quote(s.Name) + " that " + why
		}
	}
	i := slices.IndexFunc(t.Settings, func(s Setting) bool { return s.Name == t.Account })
	if t.Account != "" && (i < 0 || t.Settings[i].Secret || t.Settings[i].Type != TextSetting) {
		return "has no setting " + strconv.Quote(t.Account) + " that is a text and may be shown, to be the account"
	}
	return ""
}

func (c Capabilities) malformed() string {
	switch {
	case !c.Queued && (c.Linked || c.Webhook || c.Receipts || c.Templates || c.Window != 0):
		return "is not queued, and only what is queued has a vendor"
	case c.Queued && c.Rate < 1:
		return "needs a rate: a queue sends at least one message a second"
	case c.OneFile && !c.Uploads:
		return "carries one file a message and no files"
	case c.Templates != slices.Contains(c.Types, content.Template):
		return "has templates or can send them, but not both"
	}
	for _, m := range c.Types {
		if !slices.Contains(sendable, m) {
			return "cannot send messages of the type " + strconv.Quote(string(m)) + ": nobody can write one"
		}
	}
	return ""
}

func (s Setting) malformed(known []Type) string {
	switch {
	case !settingForm.MatchString(s.Name):
		return "needs a name in camel case"
	case s.Says == "":
		return "does not say what it must be"
	case s.Type == TextSetting && s.Form == nil:
		return "is a text without a form"
	case s.Type == NumberSetting && s.Least > s.Most:
		return "is a number that nothing can be"
	case s.Type != TextSetting && s.Secret:
		return "is secret and no text"
	case s.Type == SwitchSetting && s.Needed:
		return "is a switch that cannot be off"
	case s.Type != TextSetting && s.Type != NumberSetting && s.Type != SwitchSetting:
		return "is of no known type"
	}
	for _, t := range known {
		for _, o := range t.Settings {
			if o.Name == s.Name && o.Type != s.Type {
				return "is of another type in the kind " + string(t.Kind)
			}
		}
	}
	return ""
}
