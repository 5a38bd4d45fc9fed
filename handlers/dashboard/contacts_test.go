package dashboard_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/modelstest"
)

// shows fails when a page lacks one of the texts, or has one that begins with "!".
func (p page) shows(t testing.TB, texts ...string) page {
	t.Helper()
	for _, text := range texts {
		absent, unwanted := strings.CutPrefix(text, "!")
		if unwanted && strings.Contains(p.text, absent) || !unwanted && !strings.Contains(p.text, text) {
			t.Errorf("%s %s: want %q", p.Request.Method, p.Request.URL, text)
		}
	}
	return p
}

func TestContactsAreFoundAndPaged(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.ask("GET", "/contacts", nil).want(t, 200).shows(t, "No contacts yet", "POST /api/v2/public/contacts")
		for i := range 51 {
			name, labels := fmt.Sprintf("Person %02d", i), []string{"customer"}
			if i == 7 {
				labels = append(labels, "vip")
			}
			w.Clock.Pass(time.Second)
			if _, err := w.Acme.Scope.CreateContact(models.ContactChange{Name: &name, Labels: &labels}); err != nil {
				t.Fatal(err)
			}
		}
		first := lea.ask("GET", "/contacts", nil).want(t, 200).shows(t, "51 contacts", "Person 50", "Person 01", "!Person 00", "!Newest")
		next := regexp.MustCompile(`href="(/contacts\?cursor=[\w-]+)"`).FindStringSubmatch(first.text)
		if next == nil {
			t.Fatal("no next page")
		}
		lea.ask("GET", next[1], nil).want(t, 200).shows(t, "51 contacts", "Person 00", "!Person 01", "Newest")
		lea.ask("GET", "/contacts?label=vip", nil).want(t, 200).shows(t, "1 contact<", "Person 07", "!Person 08", `value="vip" selected`)
		lea.ask("GET", "/contacts?q=person+2", nil).want(t, 200).shows(t, "10 contacts", "Person 20", "!Person 19")
		lea.ask("GET", "/contacts?q=nobody", nil).want(t, 200).shows(t, "Nothing found", "!No contacts yet")
		lea.ask("GET", "/contacts?cursor=bogus", nil).want(t, 422)
		signIn(t, app, "gus@globex.example").ask("GET", "/contacts", nil).want(t, 200).shows(t, "No contacts yet", "!Person")
	})
}

func TestAContactIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		typed := url.Values{"name": {"Ada L."}, "phone": {"12"}, "email": {"ada"}, "labels": {"vip, invoice"}}
		lea.post("/contacts/new", "/contacts", typed).want(t, 422).shows(t, `value="Ada L."`, `value="12"`, "field-phone-error", "field-email-error", `aria-invalid="true"`, `value="vip, invoice"`)
		typed.Set("phone", "+33612345678")
		typed.Set("email", "ada@example.com")
		at := strings.Split(lea.post("/contacts/new", "/contacts", typed).want(t, 303).Header.Get("Location"), "?")[0]
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Ada L.", "+33612345678", "ada@example.com", ">vip<", ">invoice<", "Begin one with the button above")

		lea.ask("GET", at+"/edit", nil).want(t, 200).shows(t, `value="vip, invoice"`, `action="`+at+`"`)
		lea.post("/contacts/new", "/contacts", url.Values{"name": {"Bob"}, "phone": {"+33612345678"}}).want(t, 409).shows(t, "Another contact has that phone already.", `value="Bob"`)
		lea.post(at+"/edit", at, url.Values{"name": {"Ada Lovelace"}, "phone": {"not one"}}).want(t, 422).shows(t, `value="Ada Lovelace"`, `action="`+at+`"`)
		lea.post(at+"/edit", at, url.Values{"name": {"Ada Lovelace"}, "email": {"ada@example.com"}}).want(t, 303)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Ada Lovelace", "!+33612345678", "!>vip<")
	})
}

func TestBadNewsIsToldInTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		typed := url.Values{"name": {"Ada L."}, "phone": {"12"}, "email": {"{{.Lea}}"}}
		for tag, says := range map[string][]string{
			"en": {"is not a phone number", "is not an e-mail address", "{{.Lea}}"},
			"fr": {"n&#39;est pas un numéro de téléphone", "n&#39;est pas une adresse e-mail", "{{.Lea}}", "!is not an"},
			"id": {"bukan nomor telepon", "bukan alamat surel", "!is not an"},
		} {
			lea.post("/contacts/new", "/contacts", typed, "Accept-Language", tag).want(t, 422).shows(t, says...)
		}
		lea.ask("GET", "/contacts/6740a1b2c3d4e5f60718293a", nil, "Accept-Language", "fr").want(t, 404).shows(t, "Introuvable : contact.")
	})
}

func TestWhatIsDoneOnAContactsPage(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, gus := signIn(t, app, "lea@acme.example"), signIn(t, app, "gus@globex.example")
		talk := wrote(t, w, "Amara", "Where is my parcel?")
		at := "/contacts/" + string(talk.ContactID)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Where is my parcel?", "/inbox/"+string(talk.ID), "!Blocked")

		lea.post(at, at+"/notes", url.Values{"body": {" "}}).want(t, 422).shows(t, "note-after-0-error")
		long := strings.Repeat("tea ", 3000)
		lea.post(at, at+"/notes", url.Values{"body": {long}}).want(t, 422).shows(t, long)
		lea.post(at, at+"/notes", url.Values{"body": {"Likes tea"}}).want(t, 303)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "<p>Likes tea</p>", "note-after-1", "!Likes tea</textarea>")

		lea.post(at, at+"/blocked", url.Values{"blocked": {"yes"}}).want(t, 303)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Blocked", "Unblock")
		lea.ask("GET", "/contacts", nil).want(t, 200).shows(t, "Blocked")
		lea.post(at, at+"/blocked", url.Values{"blocked": {"no"}}).want(t, 303)
		to := lea.post(at, at+"/conversations", url.Values{}).want(t, 303).Header.Get("Location")
		lea.ask("GET", to, nil).want(t, 200).shows(t, "Amara")

		for _, path := range []string{at, at + "/edit"} {
			gus.ask("GET", path, nil).want(t, 404).shows(t, "!Amara")
		}
		for path, form := range map[string]url.Values{at: {"name": {"x"}}, at + "/notes": {"body": {"x"}}, at + "/blocked": {"blocked": {"yes"}}, at + "/conversations": {}} {
			gus.post("/inbox", path, form).want(t, 404)
		}
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Amara", "!Unblock", "!<p>x</p>")
	})
}
