// Package templates draws the pages. Each page takes a Frame, which is what surrounds it, and a view: a plain struct that
// a handler fills. Parts without trade words are in templates/ui, sentences in templates/words. Nothing here asks a
// database or knows of HTTP.
package templates

import (
	"mauve/models"
	"mauve/models/rights"
	"mauve/templates/ui"
)

// Frame is what every signed-in page shows around its content.
type Frame struct {
	Title, Active           string // Active: "inbox", "tickets", "contacts", "settings", "docs"; for the inbox also "mine", "unassigned"
	Workspace               string
	PersonID                models.ID
	PersonName, PersonEmail string
	Role                    rights.Role
	IsAdmin                 bool
	CSRF                    string
	Theme                   string // "", "light" or "dark"; empty follows the system
	Lang                    string
	Views                   Views
	Flash, FlashTone        string
	Held                    bool              // the workspace was restored and is not released yet
	Bad                     string            // what was wrong with the form just sent, in a sentence
	Errors                  map[string]string // and with each of its fields
	UndoURL                 string            // where the flash's Undo form posts; empty draws none
	UndoFields              map[string]string
	ShortcutsOff            bool
	Section                 string // of the settings: "account", "sessions", "workspace", "members", "channels", "tickets", "categories", "tags", "attributes", "api-keys", "webhooks"
	Cursor                  string // the newest event's id when the page was drawn; the stream goes on from there
}

// Views are the numbers beside the inbox's views, which are open conversations, and the open tickets of the person.
type Views struct{ All, Mine, Unassigned, Unread, Tickets int64 }

// LiveKinds are the kinds of event an open page listens to. A kind that is not among them does not reach the page.
const LiveKinds = "message.created message.status message.updated channel.created channel.updated channel.status channel.link channel.deleted conversation.created conversation.status conversation.assigned conversation.updated conversation.read contact.updated contact.merged ticket.created ticket.updated note.created presence"

// htmx adds a style element unless it is told not to, and answers of 4xx are pages here, so they are shown.
const htmxConfig = `{"includeIndicatorCSS":false,"morphScanLimit":60}`

func (f Frame) language() string {
	if f.Lang == "" {
		return "en"
	}
	return f.Lang
}

func (f Frame) themeChosen(theme string) string {
	if f.Theme == theme || f.Theme == "" && theme == "system" {
		return "true"
	}
	return "false"
}

// PaletteItem is one line of the command palette.
type PaletteItem struct{ Label, URL, Icon, Hint string }

// profile tells one person's stream from another's in the same browser.
func (f Frame) profile() string { return f.Workspace + "/" + f.PersonEmail }

func (f Frame) isAt(name string) bool {
	at := f.Active
	if at == "settings" && (f.Section == "api-keys" || f.Section == "webhooks") {
		at = f.Section // these two have links of their own
	}
	return at == name
}

// People who may not change the workspace find their own account behind Settings.
func settingsHome(f Frame) string {
	if f.IsAdmin {
		return "/settings/workspace"
	}
	return "/settings/account"
}

// field describes an input of a form in this page, with what is wrong with it.
func (f Frame) field(name, label, value string) ui.FieldView {
	v := ui.FieldView{Name: name, Label: label, Value: value}
	if detail := f.Errors[name]; detail != "" {
		v.Error = label + " " + detail
	}
	return v
}

// The API reference brings a <main> of its own.
const reference = "reference"
