package templates

import (
	"context"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"gotest.tools/v3/assert"

	"mauve/models/reason"
	"mauve/static"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// A page of everything, so that what holds for all parts can be checked in one place.
func examples() map[string]templ.Component {
	frame := Frame{Title: "Inbox", Active: "inbox", Workspace: "Harbour", PersonName: "Lea <b>", PersonEmail: "lea@harbour.example", IsAdmin: true, CSRF: "token", Flash: "Done", UndoURL: "/undo", UndoFields: map[string]string{"id": "1"}}
	now := time.Now()
	rows := []ConversationRow{{ID: "1", URL: "/inbox/1", Name: "Amara", Preview: "Hello", Time: now, Channel: "whatsapp", Unread: 2, Status: "snoozed", Assignee: "Lea", Labels: []string{"bug"}}}
	thread := &Thread{ID: "1", Name: "Amara", Channel: "mail", Status: "open", Assignee: "Lea", Members: []Choice{{ID: "1", Name: "Lea", Chosen: true}}, Labels: []Choice{{ID: "1", Name: "bug"}}, OlderURL: "/inbox/1?before=0",
		Messages: []ThreadMessage{
			{ID: "1", From: "Amara", Body: "<script>alert(1)</script>", Time: now},
			{ID: "2", Event: "Lea closed it", Time: now},
			{ID: "3", ClientID: "c3", From: "Lea", Mine: true, Body: "Hi", Time: now, Status: "failed", Error: "No.", RetryURL: "/retry", Files: []Attachment{{Name: "a.pdf", URL: "/files/1", Size: "2 kB"}, {Name: "b.png", URL: "/files/2", Size: "1 kB", Kind: "image", Width: 3, Height: 2}}},
			{ID: "4", From: "Lea", Mine: true, Note: true, Subject: "Long", Body: "…", Time: now, Status: "queued"},
			{ID: "5", From: "Amara", Body: "Look", Time: now, Held: Held{Quote: &Quote{ID: "1", From: hostile, Text: hostile}, Media: &Media{Kind: "image", Coming: true}, Place: &Place{Name: hostile, At: "1, 2", URL: "javascript:alert(1)"},
				Cards: []BusinessCard{{Name: hostile, Organization: hostile, Phones: []string{hostile}, Emails: []string{hostile}}}, Picked: &Picked{Kind: "flow", Description: hostile, Answers: []ui.Fact{{Name: hostile, Value: hostile}}},
				Order: []OrderLine{{"2", hostile, "1 EUR"}}, Ad: &Ad{Headline: hostile, Text: hostile, URL: "javascript:alert(1)"}, Template: hostile, Reactions: []Reaction{{hostile, hostile}}, Often: true, Edited: true, Unknown: hostile}},
			{ID: "6", From: "Amara", Time: now, Held: Held{Deleted: true, OffPage: true, Quote: &Quote{}, Media: &Media{Kind: "voice", Problem: reason.Said(hostile)}}},
			{ID: "7", From: "Amara", Time: now, Held: Held{Media: &Media{Kind: "video", Link: "https://files.example/3"}, Ad: &Ad{Headline: "x"}, Forwarded: true}},
			{ID: "8", From: "Amara", Time: now, Held: Held{Media: &Media{Kind: "document"}}},
			{ID: "9", From: "Lea", Mine: true, Time: now, Status: "queued", Error: hostile, Held: Held{Media: &Media{Kind: "sticker", Name: hostile, Link: "javascript:alert(1)"}}},
		},
		Gate: Gate{Trouble: hostile, ChannelURL: "/settings/channels/1", RetryURL: "/retry", Shut: true, Templates: []ui.Option{{Value: "1", Label: hostile}}, Chosen: &TemplateForm{ID: "1", Fields: []ui.FieldView{{Name: "body.1", Label: hostile, Error: hostile}},
			Lines: [][]PreviewPiece{{{Text: hostile}, {Text: hostile, Gap: "body.1"}}}, Buttons: []string{hostile}, Error: hostile}},
		Details: Details{Name: "Amara", ContactURL: "/contacts/1", Facts: []ui.Fact{{Name: "Plan", Value: "Team"}}, Labels: []string{"vip"}, Others: rows, Notes: []ContactNote{{"Likes tea", "Lea", now}}}}
	view := InboxView{Rows: rows, Thread: thread, CSRF: "token", Person: "Lea", Next: "/inbox?cursor=2"}
	pages := map[string]templ.Component{
		"inbox":    Inbox(frame, view),
		"empty":    Inbox(frame, InboxView{IsAdmin: true, IsNew: true}),
		"settings": Settings(Frame{Title: "Members", Active: "settings", Section: "members", PersonEmail: "x"}),
		"card":     Card(Frame{Title: "Sign in", Lang: "fr", Theme: "dark"}),
		"error":    ErrorPage(frame, Fault{"Gone", "It was deleted.", "r1"}),
		"docs":     Docs(frame, "/openapi.json", "mauve_live_x"),
		"palette":  PaletteResults([]PaletteItem{{"Inbox", "/inbox", "inbox", "G I"}}),
	}
	maps.Copy(pages, deskExamples(frame, now))
	maps.Copy(pages, settingsExamples(frame, now))
	return pages
}

var (
	inline  = regexp.MustCompile(`\s(style|on[a-z]+)="|<script>|<style`)
	served  = regexp.MustCompile(`/static/[^"#]+`)
	icon    = regexp.MustCompile(`icons-\w+\.svg#([\w-]+)`)
	posting = regexp.MustCompile(`(?s)<form[^>]*method="post".*?</form>`)
)

func TestPagesKeepToTheSecurityPolicy(t *testing.T) {
	sprite, _, _, ok := static.Open(static.URL("icons.svg"), "")
	assert.Assert(t, ok, "no icons")
	urls, icons, forms := 0, 0, 0
	for name, component := range examples() {
		for _, language := range words.Languages {
			var out strings.Builder
			if err := component.Render(words.With(context.Background(), language.Tag), &out); err != nil {
				t.Fatal(name, err)
			}
			page := out.String()
			if found := inline.FindString(page); found != "" {
				t.Errorf("%s: inline %q is refused by the browser", name, found)
			}
			urls, icons, forms = urls+len(served.FindAllString(page, -1)), icons+len(icon.FindAllString(page, -1)), forms+len(posting.FindAllString(page, -1))
			for _, url := range served.FindAllString(page, -1) {
				if _, _, _, ok := static.Open(url, ""); !ok {
					t.Errorf("%s: %s is not built", name, url)
				}
			}
			for _, match := range icon.FindAllStringSubmatch(page, -1) {
				if !strings.Contains(string(sprite), `id="`+match[1]+`"`) {
					t.Errorf("%s: no icon %q", name, match[1])
				}
			}
			for _, form := range posting.FindAllString(page, -1) {
				if !strings.Contains(form, `name="csrf"`) {
					t.Errorf("%s: a form without csrf: %.120s", name, form)
				}
			}
		}
	}
	// The patterns find what they look for.
	assert.Check(t, urls > 0)
	assert.Check(t, icons > 0)
	assert.Check(t, forms > 0)
}

func TestLongTextIsACard(t *testing.T) {
	assert.Check(t, !(ThreadMessage{Body: "short"}).isCard(), "a bubble is for short text, a card for long")
	assert.Check(t, (ThreadMessage{Body: strings.Repeat("word ", 200)}).isCard(), "a bubble is for short text, a card for long")
}
