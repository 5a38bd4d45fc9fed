package jobs_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/jobs"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/pace"
	"mauve/models/search"
	"mauve/web/fetch"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

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
	modelstest.Eventually(t, what, is)
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
	l, err := search.Deliveries(w.Acme.Scope, h.ID, "", models.Page{})
	assert.NilError(t, err)
	assert.Assert(t, len(l.Items) != 0, "no delivery")
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
		if assert.Check(t, json.Unmarshal(calls[0].body, &body)) {
			assert.Check(t, is.Equal(body.Event, "contact.created"), string(calls[0].body))
			assert.Check(t, is.Equal(body.Type, body.Event), string(calls[0].body))
			assert.Check(t, is.Equal(body.Data.Name, "Ada"), string(calls[0].body))
			assert.Check(t, is.Equal(body.ID, calls[0].header.Get("webhook-id")), string(calls[0].body))
			assert.Check(t, is.Equal(body.WorkspaceID, w.Acme.ID.With(models.PrefixWorkspace)), string(calls[0].body))
		}
		assert.Check(t, strings.HasPrefix(calls[0].header.Get("X-Mauve-Signature"), "sha256="), calls[0].header)
	})
}

// The answer that Standard Webhooks' own tests publish; the plain one by
// openssl dgst -sha256 -hmac with the secret's text, as the README shows.
func TestSignaturesMatchThePublishedOnes(t *testing.T) {
	t.Parallel()
	h, err := jobs.Signature("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	assert.Check(t, err)
	assert.Check(t, is.Equal(h.Get("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), h)
	assert.Check(t, is.Equal(h.Get("X-Mauve-Signature"), "sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c"))
}

func TestAFailedDeliveryIsTriedAgainUnderTheSameID(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		w.Clock.Hold() // between two tries for as long as it takes to see the first
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
		d := newest(t, w, h)
		assert.Check(t, d.RunAt.Sub(w.Clock.Now()) <= 6*time.Second, "it is tried at %s, and now is %s", d.RunAt, w.Clock.Now())
		assert.Check(t, is.Equal(d.LastStatus, 500))
		w.Clock.Pass(6 * time.Second)
		eventually(t, "the second try", func() bool { d := newest(t, w, h); return d.Tries == 2 && d.State == models.DeliveryWaiting })
		w.Clock.Pass(34 * time.Second)
		eventually(t, "delivered", func() bool { return newest(t, w, h).State == models.DeliveryDone })
		calls := e.got()
		for _, c := range calls {
			assert.Check(t, is.Equal(c.header.Get("webhook-id"), calls[0].header.Get("webhook-id")), "a try has another id")
		}
		tries, err := w.Acme.Scope.Attempts(newest(t, w, h).ID)
		if assert.Check(t, err) && assert.Check(t, is.Len(tries, 3)) {
			assert.Check(t, is.Equal(tries[0].Response, "noted"))
			assert.Check(t, is.Equal(tries[2].Status, 200))
			assert.Check(t, is.Contains(tries[0].Request, "contact.created"))
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
		w.Clock.Hold() // between two tries for as long as it takes to see the first
		e := listen(t, broken)
		h, _ := hook(t, w, e.URL)
		contact(t, w)
		deliver(t, w, true)
		for n := 1; n <= 10; n++ {
			eventually(t, "a try", func() bool { d := newest(t, w, h); return d.Tries == n && d.State != models.DeliveryRunning })
			if n < 10 {
				w.Clock.Pass(pace.Waits[n-1]*11/10 + time.Second)
			}
		}
		assert.Check(t, is.Equal(newest(t, w, h).State, models.DeliveryFailed))
		got, err := w.Acme.Scope.Webhook(h.ID)
		if assert.Check(t, err) {
			assert.Check(t, got.Enabled, "two days of failures do not disable an endpoint yet")
			assert.Check(t, got.FailingSince != nil, "two days of failures do not disable an endpoint yet")
		}
		w.Clock.Pass(4 * 24 * time.Hour)
		contact(t, w)
		eventually(t, "disabled after five days of nothing but failures", func() bool { got, err := w.Acme.Scope.Webhook(h.ID); return err == nil && !got.Enabled })
		got, err = w.Acme.Scope.Webhook(h.ID)
		if assert.Check(t, err) {
			assert.Check(t, !got.Enabled)
			assert.Check(t, !got.DisabledReason.None())
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
		eventually(t, "refused", func() bool { return !newest(t, w, h).LastError.None() })
		assert.Check(t, is.Contains(newest(t, w, h).LastError.String(), "private"))
		assert.Check(t, is.Len(e.got(), 0))
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
		assert.NilError(t, err)
		assert.Assert(t, is.Len(dead, 1))
		w.Clock.Pass(2 * time.Minute) // its worker died
		deliver(t, w, true)
		eventually(t, "delivered", func() bool { return newest(t, w, h).State == models.DeliveryDone })
		// The dead one comes back and says it failed; nobody listens.
		if err := w.Store.FinishDelivery(t.Context(), dead[0], models.Outcome{Status: 500}); err != nil {
			t.Fatal(err)
		}
		d := newest(t, w, h)
		assert.Check(t, is.Equal(d.State, models.DeliveryDone))
		assert.Check(t, is.Equal(d.Tries, 2))
	})
}
