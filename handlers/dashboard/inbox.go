package dashboard

import (
	"context"
	"slices"

	"mauve/models"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
)

// inboxOf reads the list's filters from the address.
func inboxOf(c *call) (templates.InboxView, search.ConversationFilter) {
	v := templates.InboxView{View: c.Query("view"), Status: c.Query("status", string(models.StatusOpen)), Query: c.Query("q")}
	if !models.ConversationState(v.Status).Valid() {
		v.Status = string(models.StatusOpen)
	}
	narrow := search.ConversationFilter{Status: models.ConversationState(v.Status), Q: v.Query}
	switch v.View {
	case "mine":
		narrow.AssigneeID = string(c.scope.Actor().ID)
	case "unassigned":
		narrow.AssigneeID = "none"
	default:
		v.View = ""
	}
	return v, narrow
}

const listed = 50

// readList fills the view's list: the page that the address asks for.
func readList(c *call) (v templates.InboxView, err error) {
	v, narrow := inboxOf(c)
	page := models.Page{Size: listed, Cursor: c.Query("cursor")}
	if c.Params("id") != "" {
		page.Cursor = "" // it is the thread's
	}
	l, err := search.Conversations(c.scope, narrow, page)
	if err != nil {
		return v, err
	}
	selected := models.ID(c.Params("id", c.Query("selected")))
	v.Selected, v.Cursor = string(selected), page.Cursor
	for _, row := range l.Items {
		v.Rows = append(v.Rows, rowOf(c.words(), v, row, selected))
	}
	if l.Next != "" {
		v.Next = v.Address("") + separator(v.Address("")) + "cursor=" + l.Next
	}
	if l.Total == 0 && v.View == "" && v.Query == "" {
		all, err := search.Conversations(c.scope, search.ConversationFilter{}, models.Page{Size: 1})
		if err != nil {
			return v, err
		}
		v.IsNew = all.Total == 0
	}
	return v, nil
}

func rowOf(ctx context.Context, v templates.InboxView, c *models.Conversation, selected models.ID) templates.ConversationRow {
	row := templates.ConversationRow{ID: string(c.ID), URL: v.AddressOf(string(c.ID), ""), Name: c.Contact.Called(), Preview: templates.Gist(ctx, c.LastBody), Time: c.LastActivityAt,
		Channel: string(c.ChannelKind), Unread: c.UnreadCount, Selected: c.ID == selected, Status: string(c.Status), Assignee: c.Assignee, Labels: c.Labels}
	if c.SnoozedUntil != nil {
		row.SnoozedUntil = *c.SnoozedUntil
	}
	return row
}

func showInbox(c *call) error {
	if c.Query("fragment") == "views" {
		views, err := c.views()
		if err != nil {
			return err
		}
		return c.draw(templates.SideViews(templates.Frame{Active: c.Query("active"), Views: views}))
	}
	v, err := readList(c)
	if err != nil {
		return err
	}
	if c.Query("fragment") == "list" {
		return c.draw(templates.ConversationList(v))
	}
	return c.drawInbox(v, words.T(c.words(), "Inbox"))
}

// drawInbox draws the whole page around its list and, if one is open, the thread.
func (c *call) drawInbox(v templates.InboxView, title string) error {
	active := v.View
	if active == "" {
		active = "inbox"
	}
	f, err := c.frame(title, active, "")
	if err != nil {
		return err
	}
	if undo, ok := models.ParseID("", c.Query("undo")); ok && f.Flash != "" {
		f.UndoURL, f.UndoFields = v.AddressOf(string(undo), "/status"), map[string]string{"status": string(models.StatusOpen)}
	}
	v.CSRF, v.Person, v.IsAdmin = f.CSRF, f.PersonName, f.IsAdmin
	return c.draw(templates.Inbox(f, v))
}

// neighbour is the conversation that takes a row's place when the row leaves the list; empty if none does.
func neighbour(rows []templates.ConversationRow, id string) string {
	at := slices.IndexFunc(rows, func(row templates.ConversationRow) bool { return row.ID == id })
	switch {
	case at < 0:
		return ""
	case at+1 < len(rows):
		return rows[at+1].ID
	case at > 0:
		return rows[at-1].ID
	}
	return ""
}
