package dashboard

import (
	"strings"
	"time"

	"mauve/models"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
	"mauve/web"
)

// showConversation answers with the whole page, or with the part of it that the page asks for.
func showConversation(c *call) error {
	switch c.Query("fragment") {
	case "bar", "details", "gate":
		return showPart(c)
	}
	v, err := readList(c)
	if err != nil {
		return err
	}
	if err := readThread(c, &v, c.chosen()); err != nil {
		return err
	}
	return c.drawInbox(v, v.Thread.Name)
}

// chosen is the template that the address names.
func (c *call) chosen() filling {
	id, _ := models.ParseID("", c.Query("template"))
	return filling{template: id}
}

func showPart(c *call) error {
	v, _ := inboxOf(c)
	opened, err := c.scope.Conversation(c.id())
	if err != nil {
		return err
	}
	v.CSRF = c.server.CSRF(c.Ctx)
	if c.Query("fragment") == "bar" {
		v.Thread, err = barOf(c, opened)
		if err != nil {
			return err
		}
		return c.draw(templates.ThreadBar(v))
	}
	v.Thread = &templates.Thread{ID: string(opened.ID), ContactID: string(opened.ContactID), Name: opened.Contact.Called()}
	if c.Query("fragment") == "gate" {
		if err = gateOf(c, v.Thread, opened, c.chosen()); err != nil {
			return err
		}
		return c.draw(templates.GatePart(v))
	}
	if v.Thread.Details, err = detailsOf(c, v, opened); err != nil {
		return err
	}
	return c.draw(templates.DetailsPane(v))
}

// readBy returns the conversation of the address, marked as read.
func readBy(c *call) (*models.Conversation, error) {
	opened, err := c.scope.Conversation(c.id())
	if err != nil || opened.UnreadCount == 0 {
		return opened, err
	}
	return c.scope.ReadConversation(opened.ID)
}

// showMessages answers with rows alone: the one in message=, or those from after= on.
func showMessages(c *call) error {
	// Who fetches the thread is looking at it.
	opened, err := readBy(c)
	if err != nil {
		return err
	}
	var lines []search.Line
	if id, ok := models.ParseID("", c.Query("message")); ok {
		m, err := c.scope.Message(id)
		if err != nil {
			return err
		}
		if m.ConversationID == opened.ID {
			lines = []search.Line{{Message: m}}
		}
	} else if id, ok := models.ParseID("", c.Query("after")); ok {
		if lines, err = search.ThreadSince(c.scope, opened.ID, id); err != nil {
			return err
		}
	} else if lines, _, err = search.Thread(c.scope, opened.ID, models.Page{Size: 50}); err != nil {
		return err
	}
	rows, err := rowsOf(c, lines, opened, true)
	if err != nil {
		return err
	}
	v := templates.InboxView{CSRF: c.server.CSRF(c.Ctx), Thread: &templates.Thread{ID: string(opened.ID), Messages: rows}}
	return c.draw(templates.Messages(v))
}

func sendMessage(c *call) error {
	kind := models.Reply
	if c.form("kind") == "note" {
		kind = models.PrivateNote
	}
	err := web.RefusedFile(c.Ctx)
	if err == nil {
		_, err = c.scope.SendEach(c.id(), c.draft(kind))
	}
	if err == nil {
		return c.then(c.opened(c.id()), "")
	}
	if c.isPart() {
		return err
	}
	return c.drawRefused(err, c.form("body"), c.form("kind"))
}

// draft is what the composer's form says.
func (c *call) draft(kind models.MessageKind) models.Draft {
	d := models.Draft{Body: c.form("body"), Kind: kind, ClientID: c.form("client_id"), Attachments: c.attachments()}
	if about := c.form("reply_to"); about != "" && kind == models.Reply {
		d.ReplyTo = messageID(about)
	}
	return d
}

func messageID(text string) models.ID {
	id, ok := models.ParseID(models.PrefixMessage, text)
	if !ok {
		return "none"
	}
	return id
}

// react puts an emoji at the message that the composer is about, or takes it back.
func react(c *call) error {
	_, err := c.scope.React(c.id(), messageID(c.form("reply_to")), c.form("emoji"))
	if err == nil {
		return c.then(c.opened(c.id()), "")
	}
	if c.isPart() {
		return err
	}
	return c.drawRefused(err, c.form("body"), "")
}

// drawRefused draws the conversation with why a message was refused and what was typed.
func (c *call) drawRefused(bad error, text, kind string) error {
	return c.drawAgain(bad, func(t *templates.Thread, why string) (err error) {
		t.MessageError = why
		if text != "" {
			t.MessageText, t.Kind = text, kind
		}
		if t.Attached, err = c.attached(); err != nil {
			return err
		}
		return aboutOf(c, t, c.id(), c.form("reply_to"))
	})
}

// drawAgain draws the conversation after something in it was refused; fill puts why, and what was typed, in its place.
func (c *call) drawAgain(bad error, fill func(t *templates.Thread, why string) error) error {
	var f templates.Frame
	if err := c.refuse(bad, &f); err != nil {
		return err
	}
	v, err := readList(c)
	if err != nil {
		return err
	}
	if err := readThread(c, &v, filling{}); err != nil {
		return err
	}
	if err := fill(v.Thread, f.Bad); err != nil {
		return err
	}
	return c.drawInbox(v, v.Thread.Name)
}

// opened is the address of a conversation in the list that this one was opened from.
func (c *call) opened(id models.ID) string {
	v, _ := inboxOf(c)
	return v.AddressOf(string(id), "")
}

func keepDraft(c *call) error {
	kind := models.Reply
	if c.form("kind") == "note" {
		kind = models.PrivateNote
	}
	body := strings.TrimSpace(c.form("body"))
	if err := c.scope.SaveDraft(c.id(), models.SavedDraft{Kind: kind, Body: body}, c.form("client_id")); err != nil {
		return err
	}
	if body != "" && kind == models.Reply {
		web.Writes(c.scope, c.id())
	}
	return c.SendStatus(204)
}

// setStatus closes, snoozes or opens again. What leaves the list makes room for the next one in it.
func setStatus(c *call) error {
	status := models.ConversationState(c.form("status"))
	change := models.ConversationChange{Status: &status}
	if status == models.StatusSnoozed {
		change.SnoozedUntil = snoozeEnd(words.Local(c.words(), c.scope.Now()), c.form("until"))
	}
	v, err := readList(c)
	if err != nil {
		return err
	}
	if _, err := c.scope.UpdateConversation(c.id(), change); err != nil {
		return err
	}
	if status == models.StatusOpen || string(status) == v.Status {
		return c.then(c.opened(c.id()), "")
	}
	path := v.Address("")
	if next := neighbour(v.Rows, string(c.id())); next != "" {
		path = v.AddressOf(next, "")
	}
	return c.then(path+separator(path)+"undo="+string(c.id()), string(status))
}

// snoozeEnd reads the snooze menu's times; nil is until the contact writes.
func snoozeEnd(now time.Time, choice string) *time.Time {
	morning := time.Date(now.Year(), now.Month(), now.Day(), 9, 0, 0, 0, now.Location())
	var end time.Time
	switch choice {
	case "1h":
		end = now.Add(time.Hour)
	case "4h":
		end = now.Add(4 * time.Hour)
	case "tomorrow":
		end = morning.AddDate(0, 0, 1)
	case "week":
		end = morning.AddDate(0, 0, (8-int(now.Weekday()))%7)
		if !end.After(now.AddDate(0, 0, 1)) {
			end = end.AddDate(0, 0, 7)
		}
	default:
		return nil
	}
	end = end.UTC()
	return &end
}

func assign(c *call) error {
	to := models.ID(c.form("assignee"))
	if _, err := c.scope.UpdateConversation(c.id(), models.ConversationChange{Assignee: &to}); err != nil {
		return err
	}
	return c.then(c.opened(c.id()), "")
}

func labelConversation(c *call) error {
	labels := c.texts("label")
	if fresh := strings.TrimSpace(c.form("new")); fresh != "" {
		labels = append(labels, fresh)
	}
	if _, err := c.scope.UpdateConversation(c.id(), models.ConversationChange{Labels: &labels}); err != nil {
		return err
	}
	return c.then(c.opened(c.id()), "")
}
