package api_test

import (
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/api"
	"mauve/models"
)

// templates adds n channels, one of which has n templates, and returns where those are listed.
func (d *desk) templates(n int) string {
	d.t.Helper()
	for i := range n - 1 {
		d.call(d.acme, "POST", "/channels", fmt.Sprintf(`{"kind":"api","name":"C%02d"}`, i)).want(d.t, 201)
	}
	id := d.call(d.acme, "POST", "/channels", cloud).want(d.t, 201).at("id")
	found := models.Finding{Listed: true}
	for i := range n {
		found.Templates = append(found.Templates, &models.Template{Name: fmt.Sprintf("t%02d", i), Language: "en", Status: "APPROVED", Category: "UTILITY", Components: "[]"})
	}
	account, err := d.Store.Account(d.t.Context(), models.ID(strings.TrimPrefix(id, "chan_")))
	if err == nil {
		err = d.Store.FinishCheck(d.t.Context(), account, found)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return "/channels/" + id + "/templates"
}

func TestPagesAreTheSameByNumberAndByCursor(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i := range 23 {
			d.contact(d.acme, fmt.Sprintf(`{"name":"C%02d"}`, i))
			d.conversation(d.acme)
		}
		for i := range 12 {
			d.made("/tags", fmt.Sprintf(`{"name":"t%d"}`, i))
			d.made("/categories", fmt.Sprintf(`{"name":"c%d"}`, i))
			d.made("/attributes", fmt.Sprintf(`{"name":"a%d","subject":"contact"}`, i))
			d.made("/webhooks", fmt.Sprintf(`{"url":"https://example.com/%d","events":["message.created"]}`, i))
		}
		templates := d.templates(23)
		for _, list := range []string{"/contacts", "/conversations", "/channels", templates, "/tags", "/categories", "/attributes", "/webhooks", "/agents"} {
			var byNumber, byCursor []string
			for n := 1; n < 20; n++ {
				a := d.call(d.acme, "GET", fmt.Sprintf("%s?perPage=5&page=%d", list, n), "").want(t, 200)
				rows := a.body["data"].([]any)
				for i := range rows {
					byNumber = append(byNumber, a.at(fmt.Sprintf("data.%d.id", i)))
				}
				a.has(t, "meta.page", fmt.Sprint(n), "meta.perPage", "5")
				assert.Check(t, len(rows) <= 5, "%s: %d rows, %s", list, len(rows), a.at("meta"))
				if len(rows) == 0 {
					break
				}
			}
			cursor := ""
			for {
				a := d.call(d.acme, "GET", list+"?perPage=5&cursor="+cursor, "").want(t, 200)
				for i := range a.body["data"].([]any) {
					byCursor = append(byCursor, a.at(fmt.Sprintf("data.%d.id", i)))
				}
				if a.body["meta"].(map[string]any)["nextCursor"] == nil {
					break
				}
				cursor = a.at("meta.nextCursor")
				link := a.Header.Get("Link")
				assert.Check(t, is.Contains(link, api.Prefix+list+"?"), "no Link to the next page")
				assert.Check(t, is.Contains(link, `rel="next"`), "no Link to the next page")
			}
			for _, bad := range []string{"page=0", "page=-1", "page=x", "perPage=0", "perPage=101", "cursor=nonsense"} {
				field, _, _ := strings.Cut(bad, "=")
				if !d.call(d.acme, "GET", list+"?"+bad, "").want(t, 422).has(t, "errors.0.field", field) {
					t.Log(list, bad)
				}
			}
			total := d.call(d.acme, "GET", list, "").at("meta.total")
			assert.Check(t, is.Equal(strings.Join(byNumber, " "), strings.Join(byCursor, " ")), "%s: %d by number, %d by cursor, total %s", list, len(byNumber), len(byCursor), total)
			assert.Check(t, is.Equal(total, fmt.Sprint(len(byCursor))), "%s: %d by number, %d by cursor, total %s", list, len(byNumber), len(byCursor), total)
		}
		other := d.call(d.acme, "GET", "/contacts?perPage=1", "").at("meta.nextCursor")
		d.call(d.acme, "GET", "/tags?cursor="+other, "").want(t, 422) // of another list
		assert.Check(t, is.Contains(d.call(d.acme, "GET", "/attributes?subject=contact&archived=true&perPage=1", "").Header.Get("Link"), "archived=true&subject=contact&perPage=1&cursor="))
		a := d.call(d.acme, "GET", templates+"?perPage=1&page=7", "").want(t, 200)
		a.has(t, "data.0.name", "t06") // in the order of their names
		d.call(d.acme, "GET", templates+"?cursor="+other, "").want(t, 422)
		if err := d.Store.CompactCounts(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.call(d.acme, "GET", "/contacts", "").has(t, "meta.total", "46") // adding up the totals changes none
	})
}
