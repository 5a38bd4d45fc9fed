package mava

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/search"
)

// longest is the most time one list spans.
const longest = 366 * 24 * time.Hour

// listTickets is Mava's GET /tickets, newest first.
func listTickets(s *models.Scope, c *fiber.Ctx) (any, error) {
	f, err := filter(s, c)
	if err != nil {
		return nil, err
	}
	limit, err := count(c, "limit", 50, 1, models.LargestPage)
	if err != nil {
		return nil, err
	}
	skip, err := count(c, "skip", 0, 0, 1_000_000)
	if err != nil {
		return nil, err
	}
	l, err := search.Tickets(s, f, models.Page{Size: limit, Skip: skip, Uncounted: true})
	if err != nil {
		return nil, err
	}
	out, err := whole(s, l.Items, c.QueryBool("includeMessages"))
	return fiber.Map{"tickets": out}, err
}

func count(c *fiber.Ctx, name string, without, least, most int) (int, error) {
	text := c.Query(name)
	if text == "" {
		return without, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, problem.InvalidField(name, "is a number from %d to %d", least, most)
	}
	return n, nil
}

func filter(s *models.Scope, c *fiber.Ctx) (f search.TicketFilter, err error) {
	if f.CreatedSince, f.CreatedBefore, err = span(s.Now(), c.Query("startDate"), c.Query("endDate")); err != nil {
		return f, err
	}
	if name := c.Query("status"); name != "" {
		status, ok := statuses[name]
		if f.Status = status; !ok {
			return f, problem.InvalidField("status", "is one of Open, Pending, Waiting, Resolved")
		}
	}
	if f.AssigneeID = c.Query("assignedTo"); f.AssigneeID == "Unassigned" {
		f.AssigneeID = "none"
	} else if f.AssigneeID, err = idText("assignedTo", models.PrefixMember, f.AssigneeID); err != nil {
		return f, err
	}
	if f.CategoryID, err = idText("category", models.PrefixCategory, c.Query("category")); err != nil {
		return f, err
	}
	f.Origin = models.ChannelKind(c.Query("origin"))
	f.Tags, err = tagIDs(c.Query("tags"))
	return f, err
}

func idText(field, prefix, text string) (string, error) {
	id, ok := models.ParseID(prefix, text)
	if !ok && text != "" {
		return "", problem.InvalidField(field, "is not an id")
	}
	return string(id), nil
}

// tagIDs reads ids with commas; a ticket with any of them matches.
func tagIDs(text string) (ids []models.ID, err error) {
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		id, ok := models.ParseID(models.PrefixTag, strings.TrimSpace(part))
		if !ok || len(ids) == 50 {
			return nil, problem.InvalidField("tags", "is a list of at most 50 ids with commas")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// span reads the days asked for. A missing end is now, a missing start a year before the end.
func span(now time.Time, start, end string) (from, to time.Time, err error) {
	if to, err = date("endDate", end); err != nil {
		return from, to, err
	}
	if from, err = date("startDate", start); err != nil {
		return from, to, err
	}
	if end == "" {
		to = now.Add(time.Second)
	}
	if start == "" {
		from = to.AddDate(-1, 0, 0)
	}
	if !from.Before(to) {
		return from, to, problem.InvalidField("endDate", "must be after startDate")
	}
	if to.Sub(from) > longest {
		return from, to, problem.InvalidField("endDate", "must be at most a year after startDate")
	}
	return from, to, nil
}

func date(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 0 && t.Year() < 10_000 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, problem.InvalidField(field, "is not a date; write it as 2026-11-21 or 2026-11-21T08:00:00Z")
}
