package jobs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"mauve/models"
	"mauve/models/reason"
	"mauve/web/fetch"
)

const (
	// atOnce is how many deliveries one endpoint is sent at a time: a slow one
	// fills its own places and delays nobody else.
	atOnce  = 8
	inAll   = 256
	pollDue = 500 * time.Millisecond
)

// Deliverer sends what webhooks are owed.
type Deliverer struct {
	store  *models.Store
	client *fetch.Client
	wake   chan struct{}
	mu     sync.Mutex
	busy   map[models.ID]int // deliveries under way, by endpoint
	total  int
	work   sync.WaitGroup
}

// NewDeliverer returns a deliverer; Run starts it.
func NewDeliverer(store *models.Store, client *fetch.Client) *Deliverer {
	return &Deliverer{store: store, client: client, wake: make(chan struct{}, 1), busy: map[models.ID]int{}}
}

// Wake says that something may be due now. It never blocks.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, and then waits for the tries under way.
func (d *Deliverer) Run(ctx context.Context) {
	defer d.work.Wait()
	tick := time.NewTicker(pollDue)
	defer tick.Stop()
	for {
		if err := d.round(ctx); err != nil && ctx.Err() == nil {
			slog.Error("looking for due deliveries", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-tick.C:
		}
	}
}

// round claims what each endpoint has places for.
func (d *Deliverer) round(ctx context.Context) error {
	due, err := d.store.DueWebhooks(ctx, 500)
	if err != nil {
		return err
	}
	for _, webhook := range due {
		places := d.places(webhook)
		if places == 0 {
			continue
		}
		parcels, claimErr := d.store.ClaimDeliveries(ctx, webhook, places)
		err = errors.Join(err, claimErr)
		for _, p := range parcels {
			d.take(p)
		}
	}
	return err
}

func (d *Deliverer) places(webhook models.ID) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(0, min(atOnce-d.busy[webhook], inAll-d.total))
}

func (d *Deliverer) take(p *models.Parcel) {
	d.mu.Lock()
	d.busy[p.WebhookID]++
	d.total++
	d.mu.Unlock()
	d.work.Go(func() {
		d.deliver(p)
		d.mu.Lock()
		d.total--
		if d.busy[p.WebhookID]--; d.busy[p.WebhookID] == 0 {
			delete(d.busy, p.WebhookID)
		}
		d.mu.Unlock()
		d.Wake() // a place is free
	})
}

// deliver tries once and records it. It has its own deadline, so that a stop
// lets it end; a kill leaves the lease to run out.
func (d *Deliverer) deliver(p *models.Parcel) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	outcome := d.try(ctx, p)
	if err := d.store.FinishDelivery(ctx, p, outcome); err != nil {
		slog.Error("recording a delivery", "delivery", p.ID, "error", err)
	}
}

func (d *Deliverer) try(ctx context.Context, p *models.Parcel) models.Outcome {
	header, err := Signature(p.EventID.With(models.PrefixEvent), d.store.Now(), p.Body, p.Secrets)
	if err != nil {
		return models.Outcome{Error: notSigned.With()}
	}
	header.Set("Content-Type", "application/json")
	header.Set("User-Agent", "Mauve-Webhooks/1")
	began := time.Now()
	answer, err := d.client.Post(ctx, p.URL, header, p.Body)
	if err != nil {
		return models.Outcome{Error: reason.Of(err), Took: time.Since(began)}
	}
	o := models.Outcome{Status: answer.Status, Response: string(answer.Head), Took: answer.Took, Wait: retryAfter(answer.Header.Get("Retry-After"), d.store.Now())}
	if o.Status < 200 || o.Status > 299 {
		o.Error = endpointAnswered.With(o.Status)
	}
	return o
}

// Signature returns the headers that sign a body: Standard Webhooks 1.0, with
// one signature for each secret, and the plain HMAC for people who check by hand.
func Signature(id string, at time.Time, body []byte, secrets []string) (http.Header, error) {
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		hook, err := standardwebhooks.NewWebhook(secret)
		if err == nil {
			signatures[i], err = hook.Sign(id, at, body)
		}
		if err != nil {
			return nil, err
		}
	}
	mac := hmac.New(sha256.New, []byte(secrets[0]))
	mac.Write(body)
	h := http.Header{}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("webhook-signature", strings.Join(signatures, " "))
	h.Set("X-Mauve-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return h, nil
}

// retryAfter reads the header's two forms (RFC 9110 §10.2.3); 0 if it says nothing.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 && n < 1<<30 {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
