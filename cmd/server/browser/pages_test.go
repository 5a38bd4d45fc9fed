package browser

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"

	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/password"
	"mauve/models/rights"
)

// TestPagesInABrowser walks through the pages beside the inbox as an owner does, by their buttons, and looks at each in
// both colour schemes. A complaint of the security policy fails it, too.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "sqlite")
	ctx := d.signedIn(t, "lea@harbour.example")
	walkKeys(t, ctx, d.URL)
	walkWebhooks(t, ctx, d.URL)
	walkContacts(t, ctx, d.URL)
	walkMembers(t, ctx, d.URL)
	walkHandOver(t, ctx, d)
	walkReference(t, ctx, d.URL)
	walkAccount(t, ctx, d.URL)
}

func walkKeys(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url+"/settings/api-keys"), waitVisible("[name=capCalls]"))
	look(t, ctx, "keys-empty")
	do(t, ctx, sendKeys("[name=name]", "Shop"), click("[value=write]"), click("main .form .primary"), waitVisible("#secret"))
	look(t, ctx, "key-once")
	key, err := chromedp.Run(ctx, chromedp.Text("#secret"))
	if err != nil {
		t.Fatal(err)
	}
	servertest.Post(t, url+"/api/v2/public/contacts", key, `{"name":"Dewi","phone":"+628123456789","attributes":{"plan":"Team"}}`)
	do(t, ctx, click("main a.primary"), waitVisible("main a.cover"), click("main .confirm summary"), waitVisible("main .confirm form"))
	look(t, ctx, "keys-confirm")
	do(t, ctx, click("main a.cover"), waitVisible(".figure"), click(".chart summary"))
	look(t, ctx, "key")
	do(t, ctx, click("form[action$=rotate] button"), waitVisible("#secret"), click("main a.primary"), waitVisible("main a.cover"),
		click("main .confirm summary"), click("main .confirm form button"), waitVisible("#ended-keys"), click("#ended-keys summary"))
	look(t, ctx, "keys-ended")
	do(t, ctx, sendKeys("main .form [name=name]", "Mail"), click("[value=read]"), click("main .form .primary"), waitVisible(".field .error"))
	look(t, ctx, "keys-refused")
}

func walkWebhooks(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	address, calls := receiver(t)
	do(t, ctx, chromedp.Navigate(url+"/settings/webhooks"), waitVisible("[name=url]"))
	look(t, ctx, "webhooks-empty")
	do(t, ctx, sendKeys("[name=url]", address), click("main .form .primary"), waitVisible("#secret"))
	look(t, ctx, "webhook-once")
	do(t, ctx, click("main a.primary"), waitVisible("form[action$=test]"), click("form[action$=test] button"), waitVisible("main a.cover"))
	called(t, calls)
	do(t, ctx, chromedp.Navigate(url+"/settings/webhooks"), waitVisible("main a.cover"))
	look(t, ctx, "webhooks")
	do(t, ctx, click("main a.cover"), waitVisible("form[action$=test]"))
	truthAfterReload(t, ctx, "document.querySelector('form[action$=replay]')")
	look(t, ctx, "webhook")
	do(t, ctx, click("main a.cover"), waitVisible("main pre"))
	look(t, ctx, "delivery")
	do(t, ctx, click("form[action$=replay] button"), waitVisible("form[action$=test]"))
	called(t, calls)
}

func called(t *testing.T, calls chan received) {
	t.Helper()
	select {
	case <-calls:
	case <-time.After(patience):
		t.Fatal("the webhook is not called")
	}
}

// truthAfterReload loads the page again until it says so: what workers do is not told to it.
func truthAfterReload(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	modelstest.Eventually(t, expression, func() bool {
		do(t, ctx, chromedp.Reload(), waitReady("main"))
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		return err == nil && ok
	})
}

func walkContacts(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url+"/contacts?q=nobody"), waitVisible(".empty"))
	look(t, ctx, "contacts-none")
	do(t, ctx, chromedp.Navigate(url+"/contacts"), waitVisible("main a.cover"))
	look(t, ctx, "contacts")
	do(t, ctx, click("a[href='/contacts/new']"), waitVisible("[name=phone]"))
	look(t, ctx, "contact-new")
	do(t, ctx, sendKeys("[name=phone]", "12"), click("main .primary"), waitVisible(".error"))
	look(t, ctx, "contact-refused")
	do(t, ctx, chromedp.Navigate(url+"/contacts?q=Amara"), waitVisible("main a.cover"), click("main a.cover"), waitVisible(".profile"),
		sendKeys("main textarea", "Likes tea."), click(".said .form button"), waitVisible(".notes"))
	truth(t, ctx, "document.querySelector('main textarea').value === ''") // what is noted is not noted again
	look(t, ctx, "contact")
}

func walkMembers(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url+"/settings/members"), sendKeys("main .form [name=name]", "Ann"), sendKeys("main .form [name=email]", "ann@harbour.example"),
		click("main .form .primary"), waitVisible("#link"), click("main .confirm summary"), waitVisible("main .confirm form"))
	look(t, ctx, "members")
	for _, page := range []string{"settings/workspace", "settings/channels", "settings/sessions", "settings/account"} {
		do(t, ctx, chromedp.Navigate(url+"/"+page), waitReady("main"))
		look(t, ctx, strings.ReplaceAll(page, "/", "-"))
	}
}

// walkHandOver removes an admin who answers for a key, which the owner then answers for.
func walkHandOver(t *testing.T, ctx context.Context, d *desk) {
	t.Helper()
	_, token, err := d.scope.Invite("Ben Okoye", "ben@harbour.example", rights.Admin)
	assert.NilError(t, err)
	ben, err := d.Store.Join(t.Context(), password.Origin{}, token, modelstest.Password)
	assert.NilError(t, err)
	theirs := d.Store.As(t.Context(), d.scope.Workspace(), ben.Actor())
	key, _, err := theirs.CreateKey(models.KeyDraft{Name: "Till", Read: true, Write: true})
	assert.NilError(t, err)
	_, _, err = theirs.CreateWebhook(models.WebhookChange{URL: new("https://till.example/hooks"), Events: &[]string{"message.created"}})
	assert.NilError(t, err)
	row := "#member-" + string(ben.ID)
	do(t, ctx, chromedp.Navigate(d.URL+"/settings/members"), click(row+" .confirm summary"), waitVisible(row+" .confirm form"), click(row+" .confirm form button"), waitVisible("[name=handTo]"))
	look(t, ctx, "hand-over")
	do(t, ctx, click("main .danger")) // who asks is the first to answer
	truth(t, ctx, "location.pathname == '/settings/members' && document.querySelector('[id^=member-]') && !document.querySelector('"+row+"')")
	do(t, ctx, chromedp.Navigate(d.URL+"/settings/api-keys/"+string(key.ID)), waitVisible("[name=member]"))
	truth(t, ctx, "document.querySelector('[name=member]').selectedOptions[0].textContent.includes('Lea Martin')")
	look(t, ctx, "key-handed-over")
}

// walkReference tries a call out with a key of one's own that lives for an hour.
func walkReference(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url+"/docs"), waitVisible(".opblock"))
	look(t, ctx, "docs")
	do(t, ctx, click("form[action='/docs/key'] button"), waitReady("[data-docs-key][value^=mauve_live_]"), waitVisible(".opblock"),
		click("[data-path='/me']"), click(".try-out__btn"), click(".execute"), waitVisible(".live-responses-table td.response-col_status"))
	says(t, ctx, ".live-responses-table", "200")
}

// The language and the keys change for the pages after; the theme changes at once, and for them, too.
func walkAccount(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url+"/settings/account"), waitVisible("[name=language]"), click("main [name=theme][value=dark]"), waitReady("html[data-theme=dark]"))
	truthAfterReload(t, ctx, "document.documentElement.dataset.theme === 'dark'")
	do(t, ctx, chromedp.Evaluate[chromedp.Void]("void (document.querySelector('[name=language]').value = 'fr')"), click("[name=shortcuts]"),
		click("form[action$=preferences] button"), waitReady("html[lang=fr][data-theme=dark] body[data-shortcuts=off]"))
	look(t, ctx, "account-fr")
	do(t, ctx, chromedp.Navigate(url+"/contacts"), waitReady("html[lang=fr][data-theme=dark]"))
}
