package dashboard

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"mauve/models"
	"mauve/templates"
)

// filters reads the list's filters from the address.
func filters(c *call) (templates.InboxFilters, models.ConversationFilter) {
	f := templates.InboxFilters{Status: c.Query("status", "open"), View: c.Query("view"), Q: c.Query("q")}
	if !models.ConversationState(f.Status).Valid() {
		f.Status = "open"
	}
	narrow := models.ConversationFilter{Status: models.ConversationState(f.Status), Q: f.Q}
	switch f.View {
	case "mine":
		narrow.AssigneeID = string(c.scope.Actor().ID)
	case "unassigned":
		narrow.AssigneeID = "none"
	default:
		f.View = ""
	}
	v := url.Values{"status": {f.Status}}
	if f.View != "" {
		v.Set("view", f.View)
	}
	if f.Q != "" {
		v.Set("q", f.Q)
	}
	f.Query = "?" + v.Encode()
	return f, narrow
}

func list(c *call) (templates.InboxView, error) {
	f, narrow := filters(c)
	cursor := c.Query("cursor")
	if c.Params("id") != "" {
		cursor = "" // it is the thread's
	}
	l, err := c.scope.Conversations(narrow, models.Page{Size: 50, Cursor: cursor})
	return templates.InboxView{List: l, Filters: f}, err
}

func showList(c *call) error {
	v, err := list(c)
	if err != nil {
		return err
	}
	return c.draw(templates.Conversations(v))
}

func showInbox(c *call) error {
	v, err := list(c)
	if err != nil {
		return err
	}
	title := "Inbox"
	if c.Params("id") != "" {
		if err := openThread(c, &v); err != nil {
			return err
		}
		title = v.Opened.Contact.Name
	}
	active := map[string]string{"mine": "mine", "unassigned": "unassigned", "": "inbox"}[v.Filters.View]
	f, err := c.frame(title, active)
	if err != nil {
		return err
	}
	return c.draw(templates.Inbox(f, v))
}

func openThread(c *call, v *templates.InboxView) (err error) {
	if v.Opened, err = c.scope.Conversation(c.id()); err != nil {
		return err
	}
	if v.Opened.UnreadCount > 0 {
		if v.Opened, err = c.scope.ReadConversation(v.Opened.ID); err != nil {
			return err
		}
		for _, row := range v.List.Items {
			if row.ID == v.Opened.ID {
				row.UnreadCount = 0
			}
		}
	}
	if err = readLines(c, v); err != nil {
		return err
	}
	if v.Contact, err = c.scope.Contact(v.Opened.ContactID); err != nil {
		return err
	}
	notes, err := c.scope.Notes(v.Opened.ContactID, models.Page{Size: 5})
	if err != nil {
		return err
	}
	v.Notes = notes.Items
	v.Members, err = c.scope.Members()
	v.Client = string(models.NewID(time.Now()))
	v.Details = c.Query("details") == "1"
	return err
}

// readLines reads a page of what was said, with what was done in between.
func readLines(c *call, v *templates.InboxView) error {
	said, err := c.scope.LatestMessages(v.Opened.ID, models.Page{Size: 50, Cursor: c.Query("cursor")})
	if err != nil {
		return err
	}
	v.Earlier = said.Next
	done, err := c.scope.Happened(v.Opened.ID, 50)
	if err != nil {
		return err
	}
	for _, m := range said.Items {
		v.Lines = append(v.Lines, templates.Line{Message: m})
	}
	for _, e := range done {
		if n := len(said.Items); said.Next == "" || n > 0 && e.CreatedAt.After(said.Items[n-1].CreatedAt) {
			v.Lines = append(v.Lines, templates.Line{Event: e})
		}
	}
	at := func(l templates.Line) time.Time {
		if l.Message != nil {
			return l.Message.CreatedAt
		}
		return l.Event.CreatedAt
	}
	slices.SortStableFunc(v.Lines, func(a, b templates.Line) int { return at(a).Compare(at(b)) })
	return nil
}

func showMessages(c *call) error {
	v := templates.InboxView{}
	var err error
	if v.Opened, err = c.scope.Conversation(c.id()); err != nil {
		return err
	}
	// Who fetches the thread is looking at it.
	if v.Opened.UnreadCount > 0 {
		if v.Opened, err = c.scope.ReadConversation(v.Opened.ID); err != nil {
			return err
		}
	}
	if err = readLines(c, &v); err != nil {
		return err
	}
	return c.draw(templates.Messages(v))
}

func sendMessage(c *call) error {
	kind := models.Reply
	if c.form("kind") == string(models.PrivateNote) {
		kind = models.PrivateNote
	}
	_, err := c.scope.Send(c.id(), models.Draft{Body: c.form("body"), Kind: kind, ClientID: c.form("client_id"), Attachments: c.attachments()})
	if err != nil {
		return err
	}
	return c.then(c.back(), "")
}

// back is the opened conversation in the list it was opened from.
func (c *call) back() string {
	path := "/inbox/" + string(c.id())
	if q := string(c.Request().URI().QueryString()); q != "" {
		path += "?" + strings.Clone(q)
	}
	return path
}

func setStatus(c *call) error {
	status := models.ConversationState(c.form("status"))
	if _, err := c.scope.UpdateConversation(c.id(), models.ConversationChange{Status: &status}); err != nil {
		return err
	}
	return c.then(c.back(), "")
}

func assign(c *call) error {
	to := models.ID(c.form("assignee"))
	if _, err := c.scope.UpdateConversation(c.id(), models.ConversationChange{Assignee: &to}); err != nil {
		return err
	}
	return c.then(c.back(), "")
}

func labelConversation(c *call) error {
	labels := split(c.form("labels"))
	if _, err := c.scope.UpdateConversation(c.id(), models.ConversationChange{Labels: &labels}); err != nil {
		return err
	}
	return c.then(c.back(), "")
}

// live streams what happens to the open page.
func live(c *call) error {
	store, workspace, actor := c.house.Store, c.scope.Workspace(), c.scope.Actor()
	token := strings.Clone(c.Cookies("mauve_session"))
	return c.house.Live.Serve(c.Ctx,
		func(ctx context.Context) *models.Scope { return store.As(ctx, workspace, actor) },
		func(ctx context.Context) bool {
			_, m, err := store.SessionByToken(ctx, token)
			return models.KindOf(err) != models.SignedOut && (err != nil || m.Role == actor.Role)
		})
}
