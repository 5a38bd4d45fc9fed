package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/password"
	"mauve/models/rights"
	"mauve/models/search"
)

// desk is a workspace with two agents, Lea and Max, and people who wrote.
type desk struct {
	*servertest.Program
	scope *models.Scope
	talks []*models.Conversation // Amara, Budi, Chloé; Chloé wrote last
}

func openDesk(t *testing.T, engine string) *desk {
	t.Helper()
	h := servertest.Start(t, engine)
	home, lea, err := h.Store.SetUp(t.Context(), models.Founder{Workspace: "Harbour", Name: "Lea Martin", Email: "lea@harbour.example", Password: modelstest.Password})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Program: h, scope: h.Store.As(t.Context(), home.ID, lea.Actor())}
	_, token, err := d.scope.Invite("Max Berg", "max@harbour.example", rights.Agent)
	if err == nil {
		_, err = h.Store.Join(t.Context(), password.Origin{}, token, modelstest.Password)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Amara", "Budi", "Chloé"} {
		d.talks = append(d.talks, d.writes(t, name, "Hello from "+name))
	}
	return d
}

// writes lets a contact write by the api channel.
func (d *desk) writes(t *testing.T, name, body string) *models.Conversation {
	t.Helper()
	c, err := d.scope.OpenConversation(models.ConversationStart{Contact: &models.ContactChange{Name: &name, ExternalID: &name}, Kind: models.ChannelAPI,
		First: &models.Draft{Body: body, Direction: models.Inbound}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (d *desk) thread(i int) string { return d.URL + "/inbox/" + string(d.talks[i].ID) }

// signedIn opens a browser of one person's own.
func (d *desk) signedIn(t *testing.T, email string) context.Context {
	t.Helper()
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(d.URL+"/sign-in"), sendKeys("[name=email]", email),
		sendKeys("[name=password]", modelstest.Password), click("main button"), waitVisible("#conversations"))
	return ctx
}

// says waits until the part of the page has the text.
func says(t *testing.T, ctx context.Context, part, text string) {
	t.Helper()
	truth(t, ctx, fmt.Sprintf("document.querySelector(%q)?.innerText.includes(%q)", part, text))
}

// truth waits until a JavaScript expression is true.
func truth(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		ok, err := chromedp.Run(bounded, chromedp.Evaluate[bool]("!!("+expression+")"))
		if ok {
			return
		}
		select {
		case <-bounded.Done():
			text, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
			t.Fatalf("never true: %s (%v)\n%s", expression, err, text)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// press hits keys as a keyboard does: a key whose default the page prevents types
// nothing. It waits for the page that an answer is about to change: what a key
// opens there would be gone with it.
func press(t *testing.T, ctx context.Context, keys string) {
	t.Helper()
	truth(t, ctx, "!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
	for _, key := range keys {
		hit(t, ctx, input.DispatchKeyEventParams{Key: string(key), Text: string(key)})
	}
}

func hit(t *testing.T, ctx context.Context, key input.DispatchKeyEventParams) {
	t.Helper()
	for _, key.Type = range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, key); err != nil {
			t.Fatal(err)
		}
	}
}

var (
	enter     = input.DispatchKeyEventParams{Key: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
	escape    = input.DispatchKeyEventParams{Key: "Escape", WindowsVirtualKeyCode: 27}
	ctrlEnter = input.DispatchKeyEventParams{Key: "Enter", Modifiers: 2, WindowsVirtualKeyCode: 13}
	ctrlK     = input.DispatchKeyEventParams{Key: "k", Modifiers: 2, WindowsVirtualKeyCode: 75}
)

// TestTwoAgentsAtOneDesk is a morning of two people, by keyboard, each seeing what the other does.
func TestTwoAgentsAtOneDesk(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) { morning(t, openDesk(t, engine)) })
}

func morning(t *testing.T, d *desk) {
	lea, max := d.signedIn(t, "lea@harbour.example"), d.signedIn(t, "max@harbour.example")
	for _, who := range []context.Context{lea, max} {
		do(t, who, waitReady("html[data-online]"))
		truth(t, who, "document.title.startsWith('(3) ')")
	}

	// The keyboard walks the list and opens the second, Budi.
	press(t, lea, "jj")
	hit(t, lea, enter)
	says(t, lea, ".thread h1", "Budi")
	truth(t, max, "document.title.startsWith('(2) ')") // who opens it reads it, for everybody
	do(t, max, chromedp.Navigate(d.thread(1)), waitReady("html[data-online]"))

	// R writes a reply. Max sees who is replying, then the reply.
	press(t, lea, "r")
	truth(t, lea, "document.activeElement.name === 'body'")
	do(t, lea, sendKeys(".composer textarea", "Selamat pagi, Budi e j k"))
	says(t, max, ".presence", "Lea Martin is replying")
	hit(t, lea, ctrlEnter)
	says(t, lea, ".message.mine", "Selamat pagi, Budi e j k")
	says(t, max, ".message.mine", "Selamat pagi, Budi e j k")
	truth(t, lea, "document.querySelectorAll('.message.mine').length === 1 && document.querySelector('.composer textarea').value === ''")
	truth(t, lea, "document.querySelector('.message.mine .text').innerText === 'Selamat pagi, Budi e j k'")
	do(t, lea, waitReady(".message.mine[id^=message-]"))

	// What is typed and not sent waits for its writer, and only for them.
	do(t, lea, sendKeys(".composer textarea", "Half a sen"))
	do(t, lea, chromedp.Navigate(d.URL+"/inbox"), chromedp.Navigate(d.thread(1)))
	truthAfterReload(t, lea, "document.querySelector('.composer textarea').value === 'Half a sen'")

	// E closes and the next one takes its place; undo brings it back. A note is only the team's.
	do(t, lea, chromedp.Evaluate[chromedp.Void]("void document.activeElement.blur()"))
	press(t, lea, "e")
	says(t, lea, ".toasts", "Conversation closed.")
	says(t, lea, ".thread h1", "Chloé")
	says(t, max, ".stream", "Lea Martin closed the conversation")
	do(t, lea, click(".toasts form button"))
	says(t, lea, ".thread h1", "Budi")
	says(t, max, ".stream", "Lea Martin opened the conversation again")
	do(t, max, chromedp.Evaluate[chromedp.Void]("void document.activeElement.blur()"))
	press(t, max, "n")
	do(t, max, sendKeys(".composer textarea", "He is a regular"), click(".composer .button.primary"))
	truth(t, lea, "document.querySelector('.message.note .text')?.innerText === 'He is a regular'")

	// A assigns, L labels, Z snoozes; each shows at the other's.
	do(t, max, chromedp.Evaluate[chromedp.Void]("void document.activeElement.blur()"))
	press(t, max, "a")
	do(t, max, click("//div[@class='sheet']//button[contains(., 'Max Berg')]"))
	says(t, lea, ".stream", "Max Berg assigned Max Berg")
	do(t, max, waitVisible(".composer"))
	press(t, max, "l")
	do(t, max, sendKeys("#new-label", "regular"), click("#label-menu .button-line button"))
	truth(t, lea, "[...document.querySelectorAll('#conversations .pill')].some(p => p.innerText === 'regular')")
	do(t, max, waitVisible(".composer"))
	press(t, max, "z")
	do(t, max, click("#snooze-menu button[value='1h']"))
	says(t, max, ".toasts", "Conversation snoozed.")
	truth(t, lea, "!document.querySelector('#conversations').innerText.includes('Budi')")
	press(t, max, "g")
	press(t, max, "i")
	truth(t, max, "location.pathname === '/inbox'")

	// Somebody new writes; the list shows it by itself.
	do(t, lea, chromedp.Evaluate[chromedp.Void]("void (window.untouched = true)"))
	d.writes(t, "Dmitri", "Здравствуйте")
	says(t, lea, "#conversations", "Здравствуйте")
	truth(t, lea, "window.untouched")

	// The palette finds people and pages.
	hit(t, lea, ctrlK)
	do(t, lea, waitVisible("#palette[open]"), sendKeys("#palette input", "dmit"))
	says(t, lea, "#palette-results", "Dmitri")
	look(t, lea, "palette")
	hit(t, lea, enter)
	says(t, lea, ".thread h1", "Dmitri")
	press(t, lea, "?")
	do(t, lea, waitVisible("#help[open]"))
	look(t, lea, "help")
	hit(t, lea, escape)
	look(t, lea, "thread")
}

// A message that the server refuses, or that cannot reach it, stays with its reason and can be sent again: once.
func TestAMessageThatDidNotGoStays(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "sqlite")
	lea := d.signedIn(t, "lea@harbour.example")
	do(t, lea, chromedp.Navigate(d.thread(0)), waitReady("html[data-online]"))
	yes, no := true, false
	if _, err := d.scope.UpdateContact(d.talks[0].ContactID, models.ContactChange{Blocked: &yes}); err != nil {
		t.Fatal(err)
	}
	do(t, lea, sendKeys(".composer textarea", "Are you there?"), click(".composer .button.primary"))
	says(t, lea, ".message.failed", "This contact is blocked. Unblock them first.")
	look(t, lea, "message-failed")
	if _, err := d.scope.UpdateContact(d.talks[0].ContactID, models.ContactChange{Blocked: &no}); err != nil {
		t.Fatal(err)
	}
	do(t, lea, click(".message.failed [data-retry]"), waitReady(".message.mine[id^=message-]"))
	truth(t, lea, "document.querySelectorAll('.message.mine').length === 1")
	said, err := search.Messages(d.scope, d.talks[0].ID, models.Page{})
	assert.NilError(t, err)
	assert.Check(t, is.Equal(said.Total, int64(2)))
}

// TestTheDeskWithoutJavaScript does an agent's day with plain forms and links.
func TestTheDeskWithoutJavaScript(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "sqlite")
	ctx := browser(t)
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(d.URL+"/inbox"), sendKeys("[name=email]", "lea@harbour.example"),
		sendKeys("[name=password]", modelstest.Password), click("main button"), waitVisible("#conversations"),
		click("[data-row]"), waitVisible(".composer"))
	says(t, ctx, ".thread h1", "Chloé")
	do(t, ctx, sendKeys(".composer textarea", "Bonjour Chloé"), click(".composer .button.primary"), waitVisible(".message.mine"))
	says(t, ctx, ".message.mine", "Bonjour Chloé")
	do(t, ctx, click(".composer label:has([value=note])"), sendKeys(".composer textarea", "Nice"), click(".composer .button.primary"), waitVisible(".message.note"))
	do(t, ctx, click("#assignee-menu summary"), click("//div[@class='sheet']//button[contains(., 'Lea Martin')]"), waitVisible(".event"))
	do(t, ctx, click("#close-conversation"), waitVisible(".toasts form button"))
	says(t, ctx, ".thread h1", "Budi")
	do(t, ctx, click(".toasts form button"))
	says(t, ctx, ".thread h1", "Chloé")
	do(t, ctx, sendKeys("#search-q", "amara\r"))
	truth(t, ctx, "location.search.includes('q=amara') && document.querySelectorAll('[data-row]').length === 1")
	for _, page := range []string{"contacts", "contacts/new", "settings/account", "settings/api-keys", "settings/webhooks"} {
		do(t, ctx, chromedp.Navigate(d.URL+"/"+page), waitVisible("main h1"))
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
		assert.Check(t, err)
		assert.Check(t, !strings.Contains(text, "Ctrl K"), "%s offers what needs JavaScript: %s", page, text)
	}
}
