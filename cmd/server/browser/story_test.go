package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/cmd/server/servertest"
	"mauve/models/apikey"
	"mauve/models/modelstest"
)

// chromium is the one Chromium of all tests: to start one takes longer than many of them. Where Debian's headless shell is
// installed it is that: the same engine without windows, which opens a page at a third of the cost.
var chromium = sync.OnceValues(func() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("force-prefers-reduced-motion", true), chromedp.WindowSize(1440, 900))
	if shell, err := exec.LookPath("chromium-headless-shell"); err == nil {
		options = append(options, chromedp.ExecPath(shell))
	}
	ctx, closeAll := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeTab := chromedp.NewContext(ctx)
	closeChromium = func() { closeTab(); closeAll() }
	return ctx, chromedp.Do(ctx)
})

var closeChromium = func() {}

// browser opens a browser of one person's own, with one tab that has the focus as if it were alone; what the console says
// about CSP fails the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	shared, err := chromium()
	if err != nil {
		t.Fatal("Chromium (Debian's package chromium) does not start: ", err)
	}
	ctx, cancel := chromedp.NewContext(shared, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 10*patience)
	t.Cleanup(cancel)
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatal("a new window does not open: ", err)
	}
	said := chromedp.Console(ctx)
	go func() {
		for m, err := range said {
			if err != nil {
				return
			}
			if text := m.String(); strings.Contains(text, "Content Security Policy") || m.IsException() {
				t.Error("the console says: " + text)
			}
		}
	}()
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := chromedp.Do(bounded, steps...); err != nil {
		where, _ := chromedp.Run(ctx, chromedp.Location())
		body, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
		t.Fatalf("at %s: %v\n%s", where, err, body)
	}
}

// received is one webhook call.
type received struct {
	header http.Header
	body   []byte
}

func receiver(t *testing.T) (address string, calls chan received) {
	calls = make(chan received, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- received{r.Header, body}
	}))
	t.Cleanup(s.Close)
	return s.URL, calls
}

// TestStory is a new user's first quarter of an hour, in a real browser.
func TestStory(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) { story(t, servertest.Start(t, engine)) })
}

func story(t *testing.T, h *servertest.Program) {
	ctx := browser(t)
	hookURL, calls := receiver(t)

	// The setup link makes the workspace, and leads to the keys.
	var token string
	if err := h.Store.NewSetupLink(t.Context(), func(made string) { token = made }); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(h.URL+"/setup?token="+token))
	look(t, ctx, "setup")
	do(t, ctx, sendKeys("[name=workspace]", "Acme"), sendKeys("[name=name]", "Lea Martin"), sendKeys("[name=email]", "lea@acme.example"),
		sendKeys("[name=password]", "correct horse battery"), click("main button.primary"), waitVisible("[name=capCalls]"))

	// The key is shown once.
	do(t, ctx, sendKeys("[name=name]", "Shop"), click("input[value=write]"))
	look(t, ctx, "api-keys")
	do(t, ctx, click("main button.primary"), waitVisible("#secret"))
	look(t, ctx, "key-shown-once")
	key, err := chromedp.Run(ctx, chromedp.Text("#secret"))
	assert.NilError(t, err)
	assert.Assert(t, apikey.WellFormed(key), "the page shows %q", key)
	do(t, ctx, chromedp.Navigate(h.URL+"/settings/api-keys"), waitVisible("[name=capCalls]"))
	page, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.documentElement.outerHTML"))
	assert.NilError(t, err)
	assert.Check(t, is.Contains(page, "Shop"))
	assert.Check(t, !strings.Contains(page, key), "the key is shown a second time")

	// A webhook, whose secret is shown once.
	do(t, ctx, chromedp.Navigate(h.URL+"/settings/webhooks"), sendKeys("[name=url]", hookURL))
	look(t, ctx, "webhooks")
	do(t, ctx, click("main button.primary"), waitVisible("#secret"))
	secret, err := chromedp.Run(ctx, chromedp.Text("#secret"))
	assert.NilError(t, err)
	assert.Assert(t, strings.HasPrefix(secret, "whsec_"), "the page shows %q", secret)

	// A contact writes by the API; the open inbox shows it without a reload.
	do(t, ctx, chromedp.Navigate(h.URL+"/inbox"), waitReady("html[data-online]"))
	look(t, ctx, "inbox-empty")
	do(t, ctx, chromedp.Evaluate[chromedp.Void]("void (window.untouched = true)"))
	servertest.Post(t, h.URL+"/api/v2/public/conversations", key, `{"contact":{"name":"Sarah V.","phone":"+33612345678","email":"sarah@example.com","labels":"Lead, Website","attributes":{"plan":"Team"}},"channel":"api","message":{"body":"Bonjour, je voudrais un devis","direction":"inbound"}}`)
	do(t, ctx, waitVisible("[data-row]"))
	untouched, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("window.untouched === true"))
	assert.NilError(t, err)
	assert.Assert(t, untouched, "the page was reloaded")
	look(t, ctx, "inbox-list")
	do(t, ctx, click("[data-row]"), waitVisible(".message"), waitReady("html[data-online]"))

	// The answer appears at once, and leaves by webhook.
	do(t, ctx, sendKeys(".composer textarea", "Bonjour Sarah, avec plaisir."), click(".composer button.primary"),
		waitVisible(".message.mine[id^=message-]"))
	want := map[string]bool{"Bonjour, je voudrais un devis": true, "Bonjour Sarah, avec plaisir.": true}
	for len(want) > 0 {
		select {
		case call := <-calls:
			verify(t, secret, call)
			for said := range want {
				if strings.Contains(string(call.body), said) {
					delete(want, said)
				}
			}
		case <-time.After(patience):
			t.Fatalf("no webhook told of %v", want)
		}
	}
	do(t, ctx, click(".composer label:has([value=note])"), sendKeys(".composer textarea", "Max knows the prices."), click(".composer button.primary"),
		waitVisible(".message.note[id^=message-]"))
	look(t, ctx, "thread")
	do(t, ctx, click(chromedp.CSS("#close-conversation")))
	do(t, ctx, waitVisible(".toasts form button"))

}

func verify(t *testing.T, secret string, call received) {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := hook.Verify(call.body, call.header); err != nil {
		t.Errorf("the signature: %v", err)
	}
}
