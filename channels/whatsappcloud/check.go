package whatsappcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"

	"mauve/models"
	"mauve/models/reason"
)

const (
	templatesPerPage = 200
	mostPages        = 10
)

// away is a check that found out nothing.
var away = models.Finding{Away: true, Detail: metaAway.With()}

// Check asks Meta for the number and its templates. Only what Meta itself says
// in its own form counts against an account; a server that cannot be reached, or
// answers something else, leaves it as it is.
func (c *Client) Check(ctx context.Context, a *models.Account) models.Finding {
	fields := "display_phone_number,verified_name,quality_rating,messaging_limit_tier"
	answer, err := c.call(ctx, a, "GET", "/"+a.Settings["phoneNumberId"]+"?fields="+fields, nil, nil)
	if err != nil {
		slog.Warn("a channel could not be checked", "channel", a.ID, "error", err)
		return away
	}
	if g := answer.failure(); g != nil {
		return judged(answer.status, *g)
	}
	var number struct {
		Number  string `json:"display_phone_number"`
		Name    string `json:"verified_name"`
		Quality string `json:"quality_rating"`
		Limit   string `json:"messaging_limit_tier"`
	}
	if json.Unmarshal(answer.body, &number) != nil {
		return away
	}
	f := models.Finding{Facts: models.Facts{Number: number.Number, Name: number.Name, Quality: number.Quality, Limit: number.Limit}}
	c.listTemplates(ctx, a, &f)
	return f
}

// noSuchThing is "Unsupported get request": there is no such number or file, or it is not this token's.
const noSuchThing = 100

// judged says whether a refusal is about the account.
func judged(status int, g graphError) models.Finding {
	bad := g.Error != nil && (verdict(status, g) == models.Unauthorized || g.Error.Code == noSuchThing && g.Error.Subcode == 33)
	if !bad && (status != 401 || g.Error != nil) {
		return away
	}
	detail := refused(status, nil, g).Detail
	if g.code() == noSuchThing {
		detail = told(metaKnowsNoNumber.With(), g.sentence())
	}
	return models.Finding{Refused: true, Detail: detail}
}

// listTemplates reads the account's templates, page by page.
func (c *Client) listTemplates(ctx context.Context, a *models.Account, f *models.Finding) {
	if a.Settings["wabaId"] == "" {
		f.Facts.Note = templatesWithoutAccount.With().Kept()
		return
	}
	after := ""
	for range mostPages {
		page, err := c.templatePage(ctx, a, after)
		if err != nil {
			slog.Warn("templates could not be read", "channel", a.ID, "error", err)
			f.Facts.Note = templatesUnread.With().Then(reason.Of(err)).Kept()
			return
		}
		for _, t := range page.Data {
			f.Templates = append(f.Templates, t.row())
		}
		if after = page.Paging.Cursors.After; page.Paging.Next == "" || after == "" {
			break
		}
	}
	f.Listed = true
}

type templatePage struct {
	Data   []graphTemplate `json:"data"`
	Paging struct {
		Next    string `json:"next"`
		Cursors struct {
			After string `json:"after"`
		} `json:"cursors"`
	} `json:"paging"`
}

type graphTemplate struct {
	ID         text            `json:"id"`
	Name       string          `json:"name"`
	Language   string          `json:"language"`
	Status     string          `json:"status"`
	Category   string          `json:"category"`
	Components json.RawMessage `json:"components"`
	Quality    struct {
		Score string `json:"score"`
	} `json:"quality_score"`
}

func (t graphTemplate) row() *models.Template {
	components := string(t.Components)
	if !json.Valid(t.Components) || len(components) == 0 {
		components = "[]"
	}
	return &models.Template{Name: t.Name, Language: t.Language, Status: t.Status, Category: t.Category, Quality: t.Quality.Score,
		Components: components, ExternalID: string(t.ID)}
}

func (c *Client) templatePage(ctx context.Context, a *models.Account, after string) (*templatePage, error) {
	path := fmt.Sprintf("/%s/message_templates?fields=name,language,status,category,components,quality_score&limit=%d", a.Settings["wabaId"], templatesPerPage)
	if after != "" {
		path += "&after=" + url.QueryEscape(after)
	}
	answer, err := c.call(ctx, a, "GET", path, nil, nil)
	if err != nil {
		return nil, &reason.Error{Why: noAnswer.With()}
	}
	if g := answer.failure(); g != nil {
		return nil, &reason.Error{Why: told(metaAnswered.With(answer.status), g.sentence())}
	}
	var page templatePage
	return &page, json.Unmarshal(answer.body, &page)
}
