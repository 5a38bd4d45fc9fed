package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/api"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/wire"
	"mauve/web/webtest"
)

func TestMain(m *testing.M) {
	code := modelstest.Run(m)
	if missing := everyOperationWasCalled(); code == 0 && len(missing) > 0 {
		fmt.Println("documented, and called by no test:", missing)
		code = 1
	}
	os.Exit(code)
}

// desk is the API on a world, with a key for each team.
type desk struct {
	*modelstest.World
	t    testing.TB
	app  *fiber.App
	acme string // a key of Acme with both scopes and a wide cap
	glob string

	mergedTags map[string]string // into what, as the feed told so far
	feedAt     string
}

func open(t testing.TB, w *modelstest.World) *desk {
	t.Helper()
	h := webtest.Server(t, w)
	d := &desk{World: w, t: t, app: webtest.Open(t, h, api.Group(h, "test"))}
	wide := models.KeyDraft{Read: true, Write: true, CapCalls: 100_000}
	_, d.acme = w.Key(t, w.Acme, wide)
	_, d.glob = w.Key(t, w.Globex, wide)
	return d
}

// answer is what a call came to.
type answer struct {
	*http.Response
	text string
	body map[string]any
}

// call asks as the key, headers in pairs, and holds the answer against the document.
func (d *desk) call(key, method, path, body string, headers ...string) answer {
	d.t.Helper()
	a := d.raw(key, method, path, body, headers...)
	d.hold(a)
	return a
}

func (d *desk) raw(key, method, path, body string, headers ...string) answer {
	d.t.Helper()
	r := httptest.NewRequest(method, api.Prefix+path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, text, held := webtest.Ask(d.t, d.app, r, headers...)
	return answer{res, text, held}
}

// want fails unless the status is as expected.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	webtest.Want(t, a.Response, a.text, status)
	return a
}

// has fails unless the members have the values, in pairs of path and value.
func (a answer) has(t testing.TB, pairs ...string) bool {
	t.Helper()
	return webtest.Has(t, a.Response, a.text, a.body, pairs...)
}

// at reads a member by its path: "data.0.contact.name".
func (a answer) at(path string) string { return webtest.At(a.body, path) }

func each(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) { test(t, open(t, w)) })
}

func (d *desk) contact(key, fields string) string {
	d.t.Helper()
	return d.call(key, "POST", "/contacts", fields).want(d.t, 201).at("id")
}

func (d *desk) conversation(key string) string {
	d.t.Helper()
	return d.call(key, "POST", "/conversations", `{"contact":{"name":"Ada"},"channel":"api"}`).want(d.t, 201).at("id")
}

func TestContactsAreCreatedReadChangedAndDeleted(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.call(d.acme, "POST", "/contacts", `{"name":"Sarah V.","phone":"00 33 6 12 34 56 78","email":"Sarah@V.example","labels":"Lead, Website","attributes":{"plan":"pro"}}`).want(t, 201)
		id := a.at("id")
		if !a.has(t, "phone", "+33612345678", "email", "sarah@v.example", "labels", "[Lead Website]") {
			t.FailNow()
		}
		assert.Assert(t, strings.HasPrefix(id, "con_"), "%v %v", id, a.text)
		tag := a.Header.Get("ETag")
		for _, form := range []string{id, strings.TrimPrefix(id, "con_")} {
			assert.Check(t, is.Equal(d.call(d.acme, "GET", "/contacts/"+form, "").want(t, 200).text, a.text))
		}
		clash := d.call(d.acme, "POST", "/contacts", `{"phone":"+33612345678"}`).want(t, 409)
		clash.has(t, "errors.0.field", "phone", "existingId", id)
		d.call(d.acme, "PATCH", "/contacts/"+id, `{"name":"Sarah","phone":null,"attributes":{"plan":null,"seats":3}}`, "If-Match", tag).want(t, 200)
		d.call(d.acme, "PATCH", "/contacts/"+id, `{"name":"S"}`, "If-Match", tag).want(t, 412)
		a = d.call(d.acme, "GET", "/contacts/"+id, "").want(t, 200)
		a.has(t, "phone", "<nil>", "attributes", "map[seats:3]", "name", "Sarah")
		// The number is free again.
		d.contact(d.acme, `{"phone":"+33612345678"}`)
		for _, q := range []string{"q=sar", "q=sa", "email=sarah@v.example", "label=Lead"} {
			d.call(d.acme, "GET", "/contacts?"+q, "").want(t, 200).has(t, "meta.total", "1", "data.0.id", id)
		}
		d.call(d.acme, "DELETE", "/contacts/"+id, "").want(t, 204)
		d.call(d.acme, "GET", "/contacts/"+id, "").want(t, 404)
		d.call(d.acme, "GET", "/contacts", "").has(t, "meta.total", "1")
	})
}

func TestIdentifyFindsOrMakes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		made := d.call(d.acme, "POST", "/contacts/identify", `{"externalId":"u1","email":"a@b.example","name":"A"}`).want(t, 201)
		again := d.call(d.acme, "POST", "/contacts/identify", `{"email":"A@B.example","attributes":{"x":true}}`).want(t, 200)
		made.has(t, "id", again.at("id"))
		again.has(t, "externalId", "u1", "attributes.x", "true")
		if other := d.call(d.glob, "POST", "/contacts/identify", `{"email":"a@b.example"}`).want(t, 201); other.at("id") == made.at("id") {
			t.Error("another workspace's contact was found")
		}
	})
}

func TestMergeLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		keep := d.contact(d.acme, `{"name":"Ada","phone":"+33612345678","labels":["a"]}`)
		gone := d.contact(d.acme, `{"name":"A.","phone":"+33612345679","email":"ada@b.example","labels":["b"],"attributes":{"k":"v"}}`)
		d.call(d.acme, "POST", "/conversations", `{"contactId":"`+gone+`","channel":"api","message":{"body":"hi","direction":"inbound"}}`).want(t, 201)
		d.call(d.acme, "POST", "/contacts/"+gone+"/notes", `{"body":"likes tea"}`).want(t, 201)
		a := d.call(d.acme, "POST", "/contacts/"+keep+"/merge", `{"from":"`+gone+`"}`).want(t, 200)
		a.has(t, "name", "Ada", "email", "ada@b.example", "labels", "[a b]", "attributes.k", "v")
		d.call(d.acme, "GET", "/contacts/"+gone, "").want(t, 404)
		d.call(d.acme, "GET", "/contacts/"+keep+"/conversations", "").want(t, 200).has(t, "meta.total", "1")
		d.call(d.acme, "GET", "/contacts/"+keep+"/notes", "").want(t, 200).has(t, "data.0.body", "likes tea")
		d.call(d.acme, "GET", "/contacts?phone=%2B33612345679", "").want(t, 200).has(t, "data.0.id", keep) // by the merged contact's other number
	})
}

func TestConversationsAndMessages(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		c := d.call(d.acme, "POST", "/conversations", `{"contact":{"name":"Ada","email":"ada@b.example"},"channel":"api","message":{"body":"Bonjour, je voudrais un devis","direction":"inbound"}}`).want(t, 201)
		id := c.at("id")
		if !c.has(t, "status", "open", "unreadCount", "1", "lastMessage.direction", "inbound", "contact.name", "Ada") {
			t.FailNow()
		}
		m := d.call(d.acme, "POST", "/conversations/"+id+"/messages", `{"body":"Voilà","clientId":"1"}`).want(t, 202)
		m.has(t, "status", "queued", "author.kind", "api_key")
		d.call(d.acme, "POST", "/conversations/"+id+"/messages", `{"body":"Voilà","clientId":"1"}`).want(t, 202).has(t, "id", m.at("id")) // one client id is one message
		d.call(d.acme, "POST", "/conversations/"+id+"/messages", `{"body":"ask Max","kind":"note"}`).want(t, 201)
		l := d.call(d.acme, "GET", "/conversations/"+id+"/messages", "").want(t, 200)
		l.has(t, "meta.total", "3", "data.2.kind", "note", "data.0.body", "Bonjour, je voudrais un devis")
		two := d.call(d.acme, "GET", "/conversations/"+id+"/messages?perPage=2", "").want(t, 200)
		three := d.call(d.acme, "GET", "/conversations/"+id+"/messages?perPage=2&cursor="+two.at("meta.nextCursor"), "").want(t, 200)
		three.has(t, "data.0.id", l.at("data.2.id"))
		d.call(d.acme, "GET", "/conversations/"+id+"/messages?perPage=2&page=2", "").want(t, 200).has(t, "data.0.id", l.at("data.2.id"))
		d.call(d.acme, "POST", "/conversations/"+id+"/read", "").want(t, 200).has(t, "unreadCount", "0")
		owner := d.Acme.Owner.ID.With(models.PrefixMember)
		a := d.call(d.acme, "PATCH", "/conversations/"+id, `{"status":"closed","assigneeId":"`+owner+`","labels":["vip"]}`).want(t, 200)
		a.has(t, "status", "closed", "assignee.name", "Lea", "labels", "[vip]")
		for query, total := range map[string]string{"": "1", "status=closed": "1", "status=open": "0", "assigneeId=" + owner: "1", "assigneeId=none": "0",
			"label=vip": "1", "q=ada": "1", "q=nobody": "0", "unread=true": "0", "channel=api": "1", "channel=email": "0"} {
			d.call(d.acme, "GET", "/conversations?"+query, "").want(t, 200).has(t, "meta.total", total)
		}
		d.call(d.acme, "POST", "/conversations/"+id+"/messages", `{"body":"Merci","direction":"inbound"}`).want(t, 201)
		a = d.call(d.acme, "GET", "/conversations/"+id, "").want(t, 200)
		a.has(t, "status", "open") // a contact who writes opens the conversation again
	})
}

func TestSendToAnAddressFindsTheOpenConversation(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		first := d.call(d.acme, "POST", "/messages", `{"channel":"api","to":"+33 6 12 34 56 78","body":"Hello"}`).want(t, 202)
		again := d.call(d.acme, "POST", "/messages", `{"channel":"api","to":"0033612345678","body":"Hello again"}`).want(t, 202)
		first.has(t, "conversationId", again.at("conversationId"))
		assert.Check(t, first.at("id") != again.at("id"), "%v %v", first.text, again.text)
		d.call(d.acme, "GET", "/messages/"+first.at("id"), "").want(t, 200)
		bad := d.call(d.acme, "POST", "/messages", `{"channel":"api","to":"hello?","body":"x"}`).want(t, 422)
		bad.has(t, "errors.0.field", "to")
	})
}

func TestSnoozedConversationsComeBack(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		until := d.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		owner := map[string]string{} // key by conversation
		for i, key := range []string{d.acme, d.acme, d.acme, d.glob} {
			id := d.conversation(key)
			owner[id] = key
			if i == 2 {
				d.call(key, "PATCH", "/conversations/"+id, `{"labels":["slow"]}`).want(t, 200)
			}
			d.call(key, "PATCH", "/conversations/"+id, `{"status":"snoozed","snoozedUntil":"`+until+`"}`).want(t, 200)
		}
		forever := d.conversation(d.acme)
		d.call(d.acme, "PATCH", "/conversations/"+forever, `{"status":"snoozed"}`).want(t, 200)
		n, err := d.Store.WakeSnoozed(t.Context())
		assert.Check(t, err)
		assert.Check(t, is.Equal(n, 0))
		d.Clock.Pass(2 * time.Hour)
		for _, want := range []int{4, 0} {
			n, err := d.Store.WakeSnoozed(t.Context())
			assert.Check(t, err)
			assert.Check(t, is.Equal(n, want))
		}
		for id, key := range owner {
			d.call(key, "GET", "/conversations/"+id, "").has(t, "status", "open", "snoozedUntil", "<nil>")
			told, feed := 0, answer{}
			modelstest.Eventually(t, "the feed tells that "+id+" woke", func() bool {
				told, feed = 0, d.call(key, "GET", "/events?perPage=100", "")
				for i := 0; feed.at(fmt.Sprintf("data.%d.id", i)) != "<none>" && i < 100; i++ {
					at := fmt.Sprintf("data.%d.", i)
					if feed.at(at+"event") == "conversation.status" && feed.at(at+"data.id") == id && feed.at(at+"data.status") == "open" {
						told++
					}
				}
				return told > 0
			})
			assert.Check(t, is.Equal(told, 1), feed.text)
		}
		d.call(d.acme, "GET", "/conversations?status=open", "").has(t, "meta.total", "3")
		d.call(d.acme, "GET", "/conversations?status=snoozed", "").has(t, "meta.total", "1", "data.0.id", forever)
	})
}

func TestAKeyRemembersWhenItWasUsed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		used, _ := d.Key(t, d.Acme, models.KeyDraft{Read: true})
		other, _ := d.Key(t, d.Globex, models.KeyDraft{Read: true})
		idle, _ := d.Key(t, d.Acme, models.KeyDraft{Read: true})
		first := d.Store.Now()
		line := func(k *models.APIKey, after time.Duration) *models.KeyCall {
			return &models.KeyCall{WorkspaceID: k.WorkspaceID, APIKeyID: k.ID, RequestID: "r", Method: "GET", Path: "/", Status: 200, At: first.Add(after)}
		}
		err := d.Store.KeepCalls(t.Context(), []*models.KeyCall{line(used, 2*time.Second), line(other, time.Second), line(used, 0)})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			team models.ID
			of   *models.APIKey
			want string
		}{{d.Acme.ID, used, wire.Stamp(first.Add(2 * time.Second))}, {d.Globex.ID, other, wire.Stamp(first.Add(time.Second))}, {d.Acme.ID, idle, "never"}} {
			k, err := d.Store.System(t.Context(), c.team).Key(c.of.ID)
			if err != nil {
				t.Fatal(err)
			}
			got := "never"
			if k.LastUsedAt != nil {
				got = wire.Stamp(*k.LastUsedAt)
			}
			if got != c.want {
				t.Errorf("last used %s, want %s", got, c.want)
			}
		}
	})
}

// TestNumberedPagesFollowWhatIsWritten asks for the same page again and again
// while rows come and go: where it began is remembered, and must not be believed too long.
func TestNumberedPagesFollowWhatIsWritten(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var ids []string
		for n := range 6 {
			ids = append(ids, d.contact(d.acme, fmt.Sprintf(`{"name":"contact %d"}`, n)))
			if n == 4 {
				d.call(d.acme, "DELETE", "/contacts/"+ids[0], "").want(t, 204)
			}
			d.contact(d.glob, `{"name":"not ours"}`)
			whole := d.call(d.acme, "GET", "/contacts?perPage=100", "").want(t, 200)
			for range 2 {
				a := d.call(d.acme, "GET", "/contacts?perPage=2&page=2", "").want(t, 200)
				for i := range 2 {
					if got, want := a.at(fmt.Sprintf("data.%d.id", i)), whole.at(fmt.Sprintf("data.%d.id", i+2)); got != want {
						t.Errorf("with %d contacts, row %d of page 2 is %s, want %s", n+1, i, got, want)
					}
				}
				a.has(t, "meta.total", whole.at("meta.total"))
			}
			far := d.call(d.acme, "GET", "/contacts?perPage=2&page=50", "").want(t, 200)
			far.has(t, "data", "[]", "meta.total", whole.at("meta.total"))
		}
	})
}
