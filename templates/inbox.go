package templates

import (
	"context"
	"net/url"
	"strings"
	"time"

	"mauve/models"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// ConversationRow is one line of the list.
type ConversationRow struct {
	ID, URL                string
	Name, Subject, Preview string // Subject may be empty; Preview is the last message, already cut
	Time                   time.Time
	Channel                string // the kind, as in the API
	Unread                 int
	Selected               bool
	Status                 string // "open", "snoozed", "closed"
	SnoozedUntil           time.Time
	Assignee               string // a name; empty is nobody
	Labels                 []string
}

// Attachment is a file of a message.
type Attachment struct {
	Name, URL, Size string
	Kind            string // "image", "video" and "audio" are shown in place; all else is a link
	Width, Height   int    // pixels of a picture; 0: unknown
}

// ThreadMessage is one row of a thread: a message, a note, or with Event set one line of what happened.
type ThreadMessage struct {
	ID, ClientID string
	From         string
	Mine         bool // said by the desk, not by the customer
	Note         bool
	Event        string // a finished sentence; the other fields but ID and Time are then unused
	Subject      string
	Body         string
	Parts        []TextPart // the body again, split at the members whom a note names; empty: it names nobody
	Card         bool       // drawn in full width whatever its length, as mail is
	Time         time.Time
	Status       string // of ours: "queued", "sent", "delivered", "read", "played", "failed"
	Error        string // why it failed or waits, as a sentence that says what to do
	RetryURL     string // where Retry posts; empty draws no Retry
	AboutURL     string // the page with its composer about this message; empty: it cannot be answered
	ChangeURL    string // the page on which it is edited or deleted; empty: it cannot be
	Changing     *Changing
	Files        []Attachment
	Held
}

// TextPart is a piece of a text: plain, or a member's name behind an @.
type TextPart struct {
	Text          string
	Mention, Self bool // Self: it is who reads
}

// Choice is one line of the assignee and label menus.
type Choice struct {
	ID, Name string
	Chosen   bool
}

// ContactNote is what the team remembers about a contact.
type ContactNote struct {
	Body, Author string
	Time         time.Time
}

// Details is the pane about the contact.
type Details struct {
	ContactURL, Name, About string
	Facts                   []ui.Fact
	Labels                  []string
	Others                  []ConversationRow // the contact's other conversations; URL, Subject, Preview, Time, Status are used
	Notes                   []ContactNote
	Tickets                 []TicketRow
}

// Thread is one open conversation.
type Thread struct {
	ID, Name, Subject, Channel string
	Path                       string // where its forms post, when that is not the inbox
	ContactID                  string
	Status                     string
	SnoozedUntil               time.Time
	Assignee                   string
	Members                    []Choice
	Labels                     []Choice
	OlderURL                   string // the page before the oldest message; empty when all are shown
	Messages                   []ThreadMessage
	Draft, DraftURL            string     // DraftURL empty: drafts are not kept
	Kind                       string     // of the draft: "reply" or "note"
	ClientID                   string     // fresh for each page; the script renews it after each send
	CannotReply                string     // why replying is impossible, such as a blocked contact; notes stay possible
	Gate                       Gate       // what the channel lets through now
	MessageError, MessageText  string     // a send that was refused, without JavaScript: why, and what was typed
	Attached                   []Attached // the files of that send
	About                      *Quote     // the message that is being answered
	Reacts                     bool       // the channel carries reactions
	Change                     *Change    // stands in the composer's place
	Details                    Details
	TicketURL                  string // where T leads: the conversation's ticket that is not resolved, or the form for one
	TicketNumber               string // of that ticket; empty when there is none
}

// InboxView is the inbox: its list, and the conversation that is open, if any.
type InboxView struct {
	View, Status, Query string // View: "", "mine", "unassigned"; Status: "open", "snoozed", "closed"
	Rows                []ConversationRow
	Selected, Cursor    string // the open conversation's id; the page of the list that is shown, as its refreshing names both
	Previous, Next      string // addresses of the neighbouring pages
	Thread              *Thread
	ShowsDetails        bool // ?pane=details: below 1240 px the details pane is shown
	CSRF                string
	Person              string // the signed-in person's name
	IsNew               bool   // nobody has ever written: the empty list teaches what to do
	IsAdmin             bool
}

// pane is the one a phone shows.
func (v InboxView) pane() string {
	switch {
	case v.Thread == nil:
		return "pane-list"
	case v.ShowsDetails:
		return "pane-details"
	}
	return "pane-thread"
}

// filters are the list's own, as they stand in its address.
func (v InboxView) filters() url.Values {
	values := url.Values{}
	for name, value := range map[string]string{"view": v.View, "status": v.Status, "q": v.Query} {
		if value != "" && !(name == "status" && value == "open") {
			values.Set(name, value)
		}
	}
	return values
}

func address(path string, values url.Values) string {
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// Address is the list's own address with its filters; status replaces the chosen one when it is not empty.
func (v InboxView) Address(status string) string {
	if status != "" {
		v.Status = status
	}
	return address("/inbox", v.filters())
}

// AddressOf is the address of a conversation, or of a part of it such as "/status", opened from this list; pairs are added to it.
func (v InboxView) AddressOf(id, part string, pairs ...string) string {
	values := v.filters()
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return address("/inbox/"+id+part, values)
}

func (v InboxView) at(part string, pairs ...string) string {
	if v.Thread.Path != "" {
		return v.Thread.Path + part
	}
	return v.AddressOf(v.Thread.ID, part, pairs...)
}

// listURL answers with the list alone.
func (v InboxView) listURL() string {
	values := v.filters()
	values.Set("fragment", "list")
	for name, value := range map[string]string{"selected": v.Selected, "cursor": v.Cursor} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return address("/inbox", values)
}

func (v InboxView) title(ctx context.Context) string {
	switch v.View {
	case "mine":
		return words.T(ctx, "My inbox")
	case "unassigned":
		return words.T(ctx, "Unassigned")
	}
	return words.T(ctx, "All")
}

func (v InboxView) tabs(ctx context.Context) []ui.Tab {
	return []ui.Tab{
		{Label: words.T(ctx, "Open"), URL: v.Address("open"), Current: v.Status == "" || v.Status == "open"},
		{Label: words.T(ctx, "Snoozed"), URL: v.Address("snoozed"), Current: v.Status == "snoozed"},
		{Label: words.T(ctx, "Closed"), URL: v.Address("closed"), Current: v.Status == "closed"},
	}
}

func (t Thread) title() string {
	if t.Subject != "" {
		return t.Subject
	}
	return t.Name
}

func (t Thread) kind() string {
	if t.Kind == "note" || t.CannotReply != "" {
		return "note"
	}
	return "reply"
}

func (t Thread) text() string {
	if t.MessageText != "" {
		return t.MessageText
	}
	return t.Draft
}

// Long and mail-like text reads badly in a bubble.
func (m ThreadMessage) isCard() bool {
	return m.Card || m.Subject != "" || len(m.Body) > 560 || strings.Count(m.Body, "\n") > 9
}

// continues tells that the row above was said by the same person a moment ago, so the name is not repeated.
func continues(rows []ThreadMessage, i int) bool {
	if i == 0 || rows[i].Event != "" || rows[i].isCard() {
		return false
	}
	a, b := rows[i-1], rows[i]
	return a.Event == "" && a.From == b.From && a.Mine == b.Mine && a.Note == b.Note && !a.isCard() && sameDay(a.Time, b.Time) && b.Time.Sub(a.Time) < 5*time.Minute
}

func startsDay(rows []ThreadMessage, i int) bool {
	return i > 0 && !sameDay(rows[i-1].Time, rows[i].Time)
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

func channelIcon(channel string) string {
	switch channel {
	case "whatsapp", "whatsapp_web":
		return "message-circle"
	case "email":
		return "mail"
	case "api", "sandbox":
		return "code"
	}
	return "message-square"
}

func channelName(ctx context.Context, channel string) string {
	switch channel {
	case "whatsapp":
		return "WhatsApp"
	case "whatsapp_web":
		return "WhatsApp Web"
	case "email":
		return words.T(ctx, "Mail")
	case "api":
		return "API"
	case "sandbox":
		return words.T(ctx, "Sandbox")
	}
	if t, known := models.ChannelKind(channel).Type(); known {
		return t.Name
	}
	return words.T(ctx, "Chat")
}

// snoozes are the usual times to come back, as the snooze menu offers them; the handler reads until=1h, 4h, tomorrow, week.
func snoozes(ctx context.Context) []ui.Item {
	return []ui.Item{
		{Label: words.T(ctx, "In an hour"), Name: "until", Value: "1h"},
		{Label: words.T(ctx, "In four hours"), Name: "until", Value: "4h"},
		{Label: words.T(ctx, "Tomorrow morning"), Name: "until", Value: "tomorrow"},
		{Label: words.T(ctx, "Next week"), Name: "until", Value: "week"},
	}
}

func assignees(ctx context.Context, members []Choice) []ui.Item {
	items := []ui.Item{{Label: words.T(ctx, "Nobody"), Name: "assignee", Value: "", Current: true}}
	for _, member := range members {
		items = append(items, ui.Item{Label: member.Name, Name: "assignee", Value: member.ID, Current: member.Chosen})
		if member.Chosen {
			items[0].Current = false
		}
	}
	return items
}

func status(ctx context.Context, row ConversationRow) string {
	switch row.Status {
	case "snoozed":
		return words.T(ctx, "Snoozed")
	case "closed":
		return words.T(ctx, "Closed")
	}
	return ""
}

func inboxClass(v InboxView) string {
	if v.Thread == nil {
		return "inbox bare pane-list"
	}
	return "inbox " + v.pane()
}

func assigneeName(ctx context.Context, name string) string {
	if name == "" {
		return words.T(ctx, "Assign")
	}
	return words.T(ctx, "Assigned to {{.Who}}", "Who", name)
}

func keyHint(key string) string { return " (" + strings.ToUpper(key) + ")" }
