package jobs_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"mauve/jobs"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/web/fetch"
)

func TestMain(m *testing.M) {
	code := m.Run()
	modelstest.Stop()
	os.Exit(code)
}

// endpoint is a receiver that answers as told.
type endpoint struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(n int) int // status of the nth call, from 1
	calls  []call
}

type call struct {
	header http.Header
	body   []byte
}

func listen(t *testing.T, answer func(n int) int) *endpoint {
	t.Helper()
	e := &endpoint{answer: answer}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.calls = append(e.calls, call{r.Header.Clone(), body})
		n := len(e.calls)
		e.mu.Unlock()
		w.WriteHeader(e.answer(n))
		_, _ = io.WriteString(w, "noted")
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) got() []call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]call(nil), e.calls...)
}

func ok(int) int     { return 200 }
func broken(int) int { return 500 }

// deliver runs a deliverer until the test ends.
func deliver(t *testing.T, w *modelstest.World, allowPrivate bool) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	d := jobs.NewDeliverer(w.Store, fetch.New(fetch.Options{AllowPrivate: allowPrivate}))
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 2400 {
		if is() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

func hook(t *testing.T, w *modelstest.World, url string, events ...string) (*models.Webhook, string) {
	t.Helper()
	if len(events) == 0 {
		events = []string{string(models.ContactCreated)}
	}
	h, secret, err := w.Acme.Scope.CreateWebhook(models.WebhookChange{URL: &url, Events: &events})
	if err != nil {
		t.Fatal(err)
	}
	return h, secret
}

func contact(t *testing.T, w *modelstest.World) {
	t.Helper()
	if _, err := w.Acme.Scope.CreateContact(models.ContactChange{Name: new("Ada")}); err != nil {
		t.Fatal(err)
	}
}

func newest(t *testing.T, w *modelstest.World, h *models.Webhook) *models.Delivery {
	t.Helper()
	l, err := w.Acme.Scope.Deliveries(h.ID, "", models.Page{})
	if err != nil || len(l.Items) == 0 {
		t.Fatal("no delivery", err)
	}
	return l.Items[0]
}

func TestADeliveryIsSignedAndTellsTheEvent(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		e := listen(t, ok)
		h, secret := hook(t, w, e.URL)
		contact(t, w)
		if _, err := w.Globex.Scope.CreateContact(models.ContactChange{Name: new("Bob")}); err != nil {
			t.Fatal(err)
		}
		deliver(t, w, true)
		eventually(t, "delivered", func() bool { return newest(t, w, h).State == models.DeliveryDone })
		calls := e.got()
		if len(calls) != 1 {
			t.Fatalf("%d calls, want 1: another workspace's event is nobody's business here", len(calls))
		}
		verifier, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify(calls[0].body, calls[0].header); err != nil {
			t.Error(err)
		}
		var body struct {
			ID, Event, Type, Timestamp, WorkspaceID string
			Data                                    struct{ ID, Name string }
		}
		if err := json.Unmarshal(calls[0].body, &body); err != nil || body.Event != "contact.created" || body.Type != body.Event ||
			body.Data.Name != "Ada" || body.ID != calls[0].header.Get("webhook-id") || body.WorkspaceID != w.Acme.ID.With(models.PrefixWorkspace) {
			t.Errorf("%v: %s", err, calls[0].body)
		}
		if !strings.HasPrefix(calls[0].header.Get("X-Mauve-Signature"), "sha256=") {
			t.Error(calls[0].header)
		}
	})
}

// The answer that Standard Webhooks' own tests publish; the plain one by
// openssl dgst -sha256 -hmac with the secret's text, as the README shows.
func TestSignaturesMatchThePublishedOnes(t *testing.T) {
	t.Parallel()
	h, err := jobs.Signature("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	if err != nil || h.Get("webhook-signature") != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(h, err)
	}
	if h.Get("X-Mauve-Signature") != "sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c" {
		t.Error(h.Get("X-Mauve-Signature"))
	}
}

func TestAFailedDeliveryIsTriedAgainUnderTheSameID(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		e := listen(t, func(n int) int {
			if n < 3 {
				return 500
			}
			return 200
		})
		h, _ := hook(t, w, e.URL)
		contact(t, w)
		deliver(t, w, true)
		eventually(t, "the first try", func() bool { d := newest(t, w, h); return d.Tries == 1 && d.State == models.DeliveryWaiting })
		if d := newest(t, w, h); d.RunAt.Sub(w.Clock.Now()) > 6*time.Second || d.LastStatus != 500 {
			t.Error(d.RunAt, d.LastStatus)
		}
		w.Clock.Pass(6 * time.Second)
		eventually(t, "the second try", func() bool { d := newest(t, w, h); return d.Tries == 2 && d.State == models.DeliveryWaiting })
		w.Clock.Pass(34 * time.Second)
		eventually(t, "delivered", func() bool { return newest(t, w, h).State == models.DeliveryDone })
		calls := e.got()
		for _, c := range calls {
			if c.header.Get("webhook-id") != calls[0].header.Get("webhook-id") {
				t.Error("a try has another id")
			}
		}
		tries, err := w.Acme.Scope.Attempts(newest(t, w, h).ID)
		if err != nil || len(tries) != 3 || tries[0].Response != "noted" || tries[2].Status != 200 || !strings.Contains(tries[0].Request, "contact.created") {
			t.Error(len(tries), err)
		}
		// A replay is the same delivery from the start.
		if _, err := w.Acme.Scope.ReplayDelivery(newest(t, w, h).ID); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the replay", func() bool { return len(e.got()) == 4 })
	})
}

func TestTheTriesEndAfterTen(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		e := listen(t, broken)
		h, _ := hook(t, w, e.URL)
		contact(t, w)
		deliver(t, w, true)
		for n := 1; n <= 10; n++ {
			eventually(t, "a try", func() bool { d := newest(t, w, h); return d.Tries == n && d.State != models.DeliveryRunning })
			if n < 10 {
				w.Clock.Pass(models.Waits[n-1]*11/10 + time.Second)
			}
		}
		if d := newest(t, w, h); d.State != models.DeliveryFailed {
			t.Error(d.State)
		}
		if got, err := w.Acme.Scope.Webhook(h.ID); err != nil || !got.Enabled || got.FailingSince == nil {
			t.Error("two days of failures do not disable an endpoint yet:", got.Enabled, err)
		}
		w.Clock.Pass(4 * 24 * time.Hour)
		contact(t, w)
		eventually(t, "disabled after five days of nothing but failures", func() bool { got, err := w.Acme.Scope.Webhook(h.ID); return err == nil && !got.Enabled })
		if got, err := w.Acme.Scope.Webhook(h.ID); err != nil || got.Enabled || got.DisabledReason == "" {
			t.Error(got.Enabled, got.DisabledReason, err)
		}
	})
}

func TestGoneDisablesAndEnablingHelps(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		e := listen(t, func(n int) int {
			if n == 1 {
				return 410
			}
			return 200
		})
		h, _ := hook(t, w, e.URL)
		contact(t, w)
		deliver(t, w, true)
		eventually(t, "disabled", func() bool { got, err := w.Acme.Scope.Webhook(h.ID); return err == nil && !got.Enabled })
		contact(t, w)
		if _, err := w.Acme.Scope.UpdateWebhook(h.ID, models.WebhookChange{Enabled: new(true)}); err != nil {
			t.Fatal(err)
		}
		contact(t, w)
		eventually(t, "delivered again", func() bool { return len(e.got()) == 2 })
	})
}

func TestASlowEndpointDelaysNoOther(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		release := make(chan struct{})
		slow := listen(t, func(int) int { <-release; return 200 })
		t.Cleanup(func() { close(release) })
		quick := listen(t, ok)
		hook(t, w, slow.URL)
		hook(t, w, quick.URL)
		for range 30 {
			contact(t, w)
		}
		deliver(t, w, true)
		eventually(t, "the quick endpoint has all", func() bool { return len(quick.got()) == 30 })
		if n := len(slow.got()); n > 8 {
			t.Errorf("a slow endpoint holds %d places", n)
		}
	})
}

func TestPrivateAddressesAreNotReached(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		e := listen(t, ok)
		h, _ := hook(t, w, e.URL)
		contact(t, w)
		deliver(t, w, false)
		eventually(t, "refused", func() bool { return newest(t, w, h).LastError != "" })
		if d := newest(t, w, h); !strings.Contains(d.LastError, "private") || len(e.got()) != 0 {
			t.Error(d.LastError, len(e.got()))
		}
	})
}

func TestForADayBothSecretsSign(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		e := listen(t, ok)
		h, old := hook(t, w, e.URL)
		_, fresh, err := w.Acme.Scope.RotateSecret(h.ID)
		if err != nil {
			t.Fatal(err)
		}
		contact(t, w)
		deliver(t, w, true)
		eventually(t, "delivered", func() bool { return len(e.got()) == 1 })
		w.Clock.Pass(25 * time.Hour)
		contact(t, w)
		eventually(t, "delivered", func() bool { return len(e.got()) == 2 })
		for n, c := range e.got() {
			for secret, want := range map[string]bool{old: n == 0, fresh: true} {
				verifier, err := standardwebhooks.NewWebhook(secret)
				if err != nil {
					t.Fatal(err)
				}
				if err := verifier.VerifyIgnoringTimestamp(c.body, c.header); (err == nil) != want {
					t.Errorf("call %d: the signature by one secret: %v", n, err)
				}
			}
		}
	})
}

func TestALeaseThatRanOutIsTakenOver(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		e := listen(t, ok)
		h, _ := hook(t, w, e.URL)
		contact(t, w)
		dead, err := w.Store.ClaimDeliveries(t.Context(), h.ID, 10)
		if err != nil || len(dead) != 1 {
			t.Fatal(len(dead), err)
		}
		w.Clock.Pass(2 * time.Minute) // its worker died
		deliver(t, w, true)
		eventually(t, "delivered", func() bool { return newest(t, w, h).State == models.DeliveryDone })
		// The dead one comes back and says it failed; nobody listens.
		if err := w.Store.FinishDelivery(t.Context(), dead[0], models.Outcome{Status: 500}); err != nil {
			t.Fatal(err)
		}
		if d := newest(t, w, h); d.State != models.DeliveryDone || d.Tries != 2 {
			t.Error(d.State, d.Tries)
		}
	})
}
