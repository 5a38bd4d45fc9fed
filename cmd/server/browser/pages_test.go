package browser

import (
	"context"
	"mauve/cmd/server/servertest"
	"mauve/models/modelstest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
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
	walkAccount(t, ctx, d.URL)
}

func walkKeys(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url+"/settings/api-keys"), chromedp.WaitVisible("[name=capCalls]"))
	look(t, ctx, "keys-empty")
	do(t, ctx, chromedp.SendKeys("[name=name]", "Shop"), chromedp.Click("[value=write]"), chromedp.Click("main .form .primary"), chromedp.WaitVisible("#secret"))
	look(t, ctx, "key-once")
	key, err := chromedp.Run(ctx, chromedp.Text("#secret"))
	if err != nil {
		t.Fatal(err)
	}
	servertest.Post(t, url+"/api/v2/public/contacts", key, `{"name":"Dewi","phone":"+628123456789","attributes":{"plan":"Team"}}`)
	do(t, ctx, chromedp.Click("main a.primary"), chromedp.WaitVisible("main a.cover"), chromedp.Click("main .confirm summary"), chromedp.WaitVisible("main .confirm form"))
	look(t, ctx, "keys-confirm")
	do(t, ctx, chromedp.Click("main a.cover"), chromedp.WaitVisible(".figure"), chromedp.Click(".chart summary"))
	look(t, ctx, "key")
	do(t, ctx, chromedp.Click("form[action$=rotate] button"), chromedp.WaitVisible("#secret"), chromedp.Click("main a.primary"), chromedp.WaitVisible("main a.cover"),
		chromedp.Click("main .confirm summary"), chromedp.Click("main .confirm form button"), chromedp.WaitVisible("#ended-keys"), chromedp.Click("#ended-keys summary"))
	look(t, ctx, "keys-ended")
	do(t, ctx, chromedp.SendKeys("main .form [name=name]", "Mail"), chromedp.Click("[value=read]"), chromedp.Click("main .form .primary"), chromedp.WaitVisible(".field .error"))
	look(t, ctx, "keys-refused")
}

func walkWebhooks(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	address, calls := receiver(t)
	do(t, ctx, chromedp.Navigate(url+"/settings/webhooks"), chromedp.WaitVisible("[name=url]"))
	look(t, ctx, "webhooks-empty")
	do(t, ctx, chromedp.SendKeys("[name=url]", address), chromedp.Click("main .form .primary"), chromedp.WaitVisible("#secret"))
	look(t, ctx, "webhook-once")
	do(t, ctx, chromedp.Click("main a.primary"), chromedp.WaitVisible("form[action$=test]"), chromedp.Click("form[action$=test] button"), chromedp.WaitVisible("main a.cover"))
	called(t, calls)
	do(t, ctx, chromedp.Navigate(url+"/settings/webhooks"), chromedp.WaitVisible("main a.cover"))
	look(t, ctx, "webhooks")
	do(t, ctx, chromedp.Click("main a.cover"), chromedp.WaitVisible("form[action$=test]"))
	truthAfterReload(t, ctx, "document.querySelector('form[action$=replay]')")
	look(t, ctx, "webhook")
	do(t, ctx, chromedp.Click("main a.cover"), chromedp.WaitVisible("main pre"))
	look(t, ctx, "delivery")
	do(t, ctx, chromedp.Click("form[action$=replay] button"), chromedp.WaitVisible("form[action$=test]"))
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
		do(t, ctx, chromedp.Reload(), chromedp.WaitReady("main"))
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		return err == nil && ok
	})
}

func walkContacts(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url+"/contacts?q=nobody"), chromedp.WaitVisible(".empty"))
	look(t, ctx, "contacts-none")
	do(t, ctx, chromedp.Navigate(url+"/contacts"), chromedp.WaitVisible("main a.cover"))
	look(t, ctx, "contacts")
	do(t, ctx, chromedp.Click("a[href='/contacts/new']"), chromedp.WaitVisible("[name=phone]"), chromedp.SendKeys("[name=phone]", "12"), chromedp.Click("main .primary"), chromedp.WaitVisible(".error"))
	look(t, ctx, "contact-refused")
	do(t, ctx, chromedp.Navigate(url+"/contacts?q=Amara"), chromedp.WaitVisible("main a.cover"), chromedp.Click("main a.cover"), chromedp.WaitVisible(".profile"),
		chromedp.SendKeys("main textarea", "Likes tea."), chromedp.Click(".said .form button"), chromedp.WaitVisible(".notes"))
	truth(t, ctx, "document.querySelector('main textarea').value === ''") // what is noted is not noted again
	look(t, ctx, "contact")
}

func walkMembers(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url+"/settings/members"), chromedp.SendKeys("main .form [name=name]", "Ann"), chromedp.SendKeys("main .form [name=email]", "ann@harbour.example"),
		chromedp.Click("main .form .primary"), chromedp.WaitVisible("#link"), chromedp.Click("main .confirm summary"), chromedp.WaitVisible("main .confirm form"))
	look(t, ctx, "members")
	for _, page := range []string{"settings/workspace", "settings/channels", "settings/sessions"} {
		do(t, ctx, chromedp.Navigate(url+"/"+page), chromedp.WaitReady("main"))
		look(t, ctx, strings.ReplaceAll(page, "/", "-"))
	}
}

// The language and the keys change for the pages after; the theme changes at once, and for them, too.
func walkAccount(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(url+"/settings/account"), chromedp.WaitVisible("[name=language]"), chromedp.Click("main [name=theme][value=dark]"), chromedp.WaitReady("html[data-theme=dark]"))
	truthAfterReload(t, ctx, "document.documentElement.dataset.theme === 'dark'")
	do(t, ctx, chromedp.Evaluate[chromedp.Void]("void (document.querySelector('[name=language]').value = 'fr')"), chromedp.Click("[name=shortcuts]"),
		chromedp.Click("form[action$=preferences] button"), chromedp.WaitReady("html[lang=fr][data-theme=dark] body[data-shortcuts=off]"))
	look(t, ctx, "account-fr")
	do(t, ctx, chromedp.Navigate(url+"/contacts"), chromedp.WaitReady("html[lang=fr][data-theme=dark]"))
}
