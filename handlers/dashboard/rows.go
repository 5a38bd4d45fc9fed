package dashboard

import (
	"context"

	"mauve/models"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
)

// around is what the rows of a thread show of other messages: those they answer, and the reactions to them.
type around struct {
	page      string // the address of the page that shows the rows
	known     map[models.ID]*models.Message
	reactions map[models.ID][]*models.Message // in their order
}

// readAround asks for what a page of lines shows of others: two queries, whatever its length.
func readAround(c *call, lines []search.Line, opened *models.Conversation) (a around, err error) {
	a = around{page: "/inbox/" + string(opened.ID), known: map[models.ID]*models.Message{}, reactions: map[models.ID][]*models.Message{}}
	var first *models.Message
	var absent []models.ID
	for _, line := range lines {
		if m := line.Message; m != nil {
			a.known[m.ID] = m
			if first == nil {
				first = m
			}
		}
	}
	for _, m := range a.known {
		for _, id := range []models.ID{m.ReplyToID, m.ReactsTo()} {
			if id != "" && a.known[id] == nil {
				absent = append(absent, id)
			}
		}
	}
	more, err := search.MessagesByID(c.scope, opened.ID, absent)
	if err != nil || first == nil {
		return a, err
	}
	since := first.CreatedAt
	for id, m := range more {
		a.known[id] = m
		if m.CreatedAt.Before(since) {
			since = m.CreatedAt
		}
	}
	said, err := search.Reactions(c.scope, opened.ID, since)
	for _, r := range said {
		a.reactions[r.ReactsTo()] = append(a.reactions[r.ReactsTo()], r)
	}
	return a, err
}

// rowsOf draws the lines of a thread. Of a reaction it draws the message that it is about: of those on another page only
// if part is set, because a page that is already open may show it.
func rowsOf(c *call, lines []search.Line, opened *models.Conversation, part bool) ([]templates.ThreadMessage, error) {
	a, err := readAround(c, lines, opened)
	if err != nil {
		return nil, err
	}
	here := map[models.ID]bool{}
	for _, line := range lines {
		if line.Message != nil {
			here[line.Message.ID] = true
		}
	}
	rows := make([]templates.ThreadMessage, 0, len(lines))
	for _, line := range lines {
		row, ok := rowOfLine(c, line, opened, a)
		if to := reactsTo(line); to != "" && a.known[to] != nil {
			if ok = part && !here[to]; ok {
				row, here[to] = rowOfMessage(c, a.known[to], opened, a), true
				row.OffPage = true
			}
		}
		if ok {
			rows = append(rows, row)
		}
	}
	return rows, markMentions(c, rows)
}

func reactsTo(line search.Line) models.ID {
	if line.Message == nil {
		return ""
	}
	return line.Message.ReactsTo()
}

// rowOfLine draws one line; false: it needs none.
func rowOfLine(c *call, line search.Line, opened *models.Conversation, a around) (templates.ThreadMessage, bool) {
	ctx := c.words()
	row := templates.ThreadMessage{Time: words.Local(ctx, line.At())}
	if e := line.Event; e != nil {
		row.ID, row.Event = string(e.ID), happened(ctx, e)
		return row, row.Event != ""
	}
	m := line.Message
	switch m.Type {
	case models.TypeReaction:
		row.ID, row.Event = string(m.ID), words.T(ctx, "{{.Who}} reacted with {{.Emoji}} to a message that is not here", "Who", saidBy(m, opened), "Emoji", m.Body)
		return row, m.Body != ""
	case models.TypeSystem:
		row.ID, row.Event = string(m.ID), m.Body
		return row, m.Body != ""
	}
	return rowOfMessage(c, m, opened, a), true
}

// saidBy is who wrote a message.
func saidBy(m *models.Message, opened *models.Conversation) string {
	return authorOf(m, opened.Contact.Called())
}

func authorOf(m *models.Message, contact string) string {
	if by := m.Participant(); by != nil {
		return by.Name
	}
	if m.AuthorName == "" || m.IsInbound() {
		return contact
	}
	return m.AuthorName
}

// plainRow draws a message by itself, without what other messages say of it.
func plainRow(ctx context.Context, m *models.Message, contact string) templates.ThreadMessage {
	row := templates.ThreadMessage{ID: string(m.ID), From: authorOf(m, contact), Body: m.Body, Mine: !m.IsInbound(), Note: m.Kind == models.PrivateNote, Time: words.Local(ctx, m.CreatedAt)}
	if m.ClientID != nil {
		row.ClientID = *m.ClientID
	}
	if row.Mine && !row.Note && m.DeletedAt == nil {
		row.Status, row.Error = string(m.Status), words.Reason(ctx, m.ErrorDetail)
		if m.PlayedAt != nil {
			row.Status = string(models.Played)
		}
	}
	for _, a := range m.Attachments {
		row.Files = append(row.Files, fileOf(a))
	}
	row.Changing = changingOf(ctx, m.Amendment)
	heldIn(ctx, m, &row)
	return row
}

func rowOfMessage(c *call, m *models.Message, opened *models.Conversation, a around) templates.ThreadMessage {
	ctx := c.words()
	row := plainRow(ctx, m, opened.Contact.Called())
	if row.Status == string(models.Failed) && m.ChannelKind.Capabilities().Queued {
		row.RetryURL = "/inbox/" + string(opened.ID) + "/messages/" + string(m.ID) + "/retry"
	}
	if m.Answerable() {
		row.AboutURL = a.page + "?about=" + string(m.ID)
	}
	if edit, remove := c.scope.Amendable(m); edit || remove {
		row.ChangeURL = "/inbox/" + string(opened.ID) + "?change=" + string(m.ID)
	}
	row.Reactions = reactionsTo(a.reactions[m.ID], opened)
	if m.ReplyToID != "" || m.Content != nil && m.Content.QuotedID != "" && m.Content.Product == nil { // of a product, Meta quotes its page in the shop
		row.Quote = &templates.Quote{}
		if to := a.known[m.ReplyToID]; to != nil {
			row.Quote = &templates.Quote{ID: string(to.ID), From: saidBy(to, opened), Text: templates.Gist(ctx, to.Gist())}
		}
	}
	return row
}

// reactionsTo are the reactions that stand: each person's last one, unless it took theirs back.
func reactionsTo(said []*models.Message, opened *models.Conversation) []templates.Reaction {
	last, order := map[string]*models.Message{}, []string{}
	for _, r := range said {
		who := saidBy(r, opened)
		if by := r.Participant(); by != nil { // two of a group may have one name
			who = by.ExternalID
		}
		if _, known := last[who]; !known {
			order = append(order, who)
		}
		last[who] = r
	}
	var all []templates.Reaction
	for _, who := range order {
		if r := last[who]; r.Content.Reaction.Emoji != "" {
			all = append(all, templates.Reaction{Emoji: r.Content.Reaction.Emoji, Who: saidBy(r, opened)})
		}
	}
	return all
}
