package models

import (
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"mauve/models/pace"
	"mauve/models/reason"
)

// hooked is a webhook of the desk with a delivery due, as a worker has it.
func (d *desk) hooked(t *testing.T) (*Webhook, func() *Parcel) {
	t.Helper()
	w, _, err := d.CreateWebhook(WebhookChange{URL: new("https://x.example/hook"), Events: &[]string{string(ContactCreated)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = d.TestWebhook(w.ID); err != nil {
		t.Fatal(err)
	}
	return w, func() *Parcel {
		t.Helper()
		parcels, err := d.store.ClaimDeliveries(t.Context(), w.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(parcels) != 1 {
			t.Fatalf("%d deliveries are due, want 1", len(parcels))
		}
		return parcels[0]
	}
}

// TestADeliveryIsTriedTenTimes fails one from its first try to its last.
func TestADeliveryIsTriedTenTimes(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		w, claim := d.hooked(t)
		for try := 1; ; try++ {
			p := claim()
			if err := d.store.FinishDelivery(t.Context(), p, Outcome{Status: 500, Error: reason.Said("500")}); err != nil {
				t.Fatal(err)
			}
			got, err := d.Delivery(p.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Tries != try {
				t.Errorf("after try %d it counts %d", try, got.Tries)
			}
			if try == 10 {
				if got.State != DeliveryFailed {
					t.Errorf("after the tenth try it is %s, want %s", got.State, DeliveryFailed)
				}
				if got.FinishedAt == nil || !got.FinishedAt.Equal(d.Now()) {
					t.Errorf("after the tenth try it is finished at %v, want %s", got.FinishedAt, d.Now())
				}
				break
			}
			if got.State != DeliveryWaiting {
				t.Fatalf("after try %d it is %s, want %s", try, got.State, DeliveryWaiting)
			}
			wait, middle := got.RunAt.Sub(d.Now()), pace.Waits[try-1]
			if wait < middle-middle/10 || wait > middle+middle/10 {
				t.Errorf("after try %d it waits %s, want about %s", try, wait, middle)
			}
			d.clock.pass(wait - time.Millisecond)
			if early, err := d.store.ClaimDeliveries(t.Context(), w.ID, 1); err != nil || len(early) != 0 {
				t.Fatalf("a moment before its time it is due: %d, %v", len(early), err)
			}
			d.clock.pass(2 * time.Millisecond) // the store's clock counts whole ones
		}
		attempts, err := d.Attempts(d.deliveryOf(t, w.ID))
		if err != nil {
			t.Fatal(err)
		}
		if len(attempts) != 10 {
			t.Errorf("%d attempts are kept, want 10", len(attempts))
		}
		if still, err := d.Webhook(w.ID); err != nil || !still.Enabled {
			t.Errorf("after ten failures in two days the endpoint is disabled, %v", err)
		}
	})
}

func (d *desk) deliveryOf(t *testing.T, webhook ID) ID {
	t.Helper()
	var one Delivery
	if err := d.rows.DB.Where("webhook_id = ?", string(webhook)).Order("id").First(&one).Error; err != nil {
		t.Fatal(err)
	}
	return one.ID
}

// TestWhatFollowsATry answers the first try of a delivery in each way.
func TestWhatFollowsATry(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		outcome Outcome
		state   DeliveryState
		least   time.Duration // the wait, where it waits
		most    time.Duration
		enabled bool
		failing bool
	}{
		{"200 is success", Outcome{Status: 200}, DeliveryDone, 0, 0, true, false},
		{"204 is success", Outcome{Status: 204}, DeliveryDone, 0, 0, true, false},
		{"299 is success", Outcome{Status: 299}, DeliveryDone, 0, 0, true, false},
		{"300 is a failure: redirects are not followed", Outcome{Status: 300}, DeliveryWaiting, 4500 * time.Millisecond, 5500 * time.Millisecond, true, true},
		{"199 is a failure", Outcome{Status: 199}, DeliveryWaiting, 4500 * time.Millisecond, 5500 * time.Millisecond, true, true},
		{"404 is tried again", Outcome{Status: 404}, DeliveryWaiting, 4500 * time.Millisecond, 5500 * time.Millisecond, true, true},
		{"no answer is tried again", Outcome{Error: reason.Said("timeout")}, DeliveryWaiting, 4500 * time.Millisecond, 5500 * time.Millisecond, true, true},
		{"a longer Retry-After is honoured", Outcome{Status: 503, Wait: time.Hour}, DeliveryWaiting, time.Hour, time.Hour, true, true},
		{"a shorter one brings it no sooner", Outcome{Status: 429, Wait: time.Second}, DeliveryWaiting, 4500 * time.Millisecond, 5500 * time.Millisecond, true, true},
		{"one of a day is honoured", Outcome{Status: 503, Wait: day}, DeliveryWaiting, day, day, true, true},
		{"a longer one is a day", Outcome{Status: 503, Wait: 30 * day}, DeliveryWaiting, day, day, true, true},
		{"410 ends it and disables the endpoint", Outcome{Status: 410}, DeliveryFailed, 0, 0, false, false},
		{"410 ends it though it asks for another try", Outcome{Status: 410, Wait: time.Hour}, DeliveryFailed, 0, 0, false, false},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		for _, c := range rows {
			w, claim := d.hooked(t)
			p := claim()
			if err := d.store.FinishDelivery(t.Context(), p, c.outcome); err != nil {
				t.Fatal(err)
			}
			got, err := d.Delivery(p.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.State != c.state {
				t.Errorf("%s: it is %s, want %s", c.name, got.State, c.state)
			}
			if wait := got.RunAt.Sub(d.Now()); c.state == DeliveryWaiting && (wait < c.least || wait > c.most) {
				t.Errorf("%s: it waits %s, want %s to %s", c.name, wait, c.least, c.most)
			}
			if finished := got.FinishedAt != nil; finished != (c.state != DeliveryWaiting) {
				t.Errorf("%s: finished = %t", c.name, finished)
			}
			if got.LastStatus != c.outcome.Status {
				t.Errorf("%s: last status = %d, want %d", c.name, got.LastStatus, c.outcome.Status)
			}
			after, err := d.Webhook(w.ID)
			if err != nil {
				t.Fatal(err)
			}
			if after.Enabled != c.enabled {
				t.Errorf("%s: the endpoint is enabled: %t, want %t", c.name, after.Enabled, c.enabled)
			}
			if failing := after.FailingSince != nil; failing != c.failing {
				t.Errorf("%s: the endpoint is failing: %t, want %t", c.name, failing, c.failing)
			}
			if told := len(d.events(t, w.ID, WebhookDisabled)); (told == 1) == c.enabled {
				t.Errorf("%s: %d events tell that it is disabled", c.name, told)
			}
		}
	})
}

// TestWhenAnEndpointIsDisabled lets time pass between the tries of several deliveries.
func TestWhenAnEndpointIsDisabled(t *testing.T) {
	t.Parallel()
	type try struct {
		after  time.Duration
		status int
	}
	rows := []struct {
		name    string
		tries   []try
		enabled bool
	}{
		{"a failure disables nothing", []try{{0, 500}}, true},
		{"failures for a moment less than five days do not", []try{{0, 500}, {5*day - time.Millisecond, 500}}, true},
		{"failures for five days do", []try{{0, 500}, {5 * day, 500}}, false},
		{"the days count from the first failure, not from the last", []try{{0, 500}, {3 * day, 500}, {2 * day, 0}}, false},
		{"a success between begins anew", []try{{0, 500}, {3 * day, 200}, {time.Hour, 500}, {3 * day, 500}}, true},
		{"… and five days after that it is disabled", []try{{0, 500}, {3 * day, 200}, {time.Hour, 500}, {5 * day, 500}}, false},
		{"years of success disable nothing", []try{{0, 200}, {1000 * day, 200}, {0, 500}}, true},
		{"410 disables at once", []try{{0, 200}, {0, 410}}, false},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		for _, c := range rows {
			w, claim := d.hooked(t)
			for i, one := range c.tries {
				d.clock.pass(one.after)
				if i > 0 { // a fresh delivery for each try; those that wait are done with
					if err := d.giveUp(w.ID); err != nil {
						t.Fatal(err)
					}
					if _, err := d.TestWebhook(w.ID); err != nil {
						t.Fatalf("%s: before try %d: %v", c.name, i+1, err)
					}
				}
				if err := d.store.FinishDelivery(t.Context(), claim(), Outcome{Status: one.status}); err != nil {
					t.Fatal(err)
				}
			}
			got, err := d.Webhook(w.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Enabled != c.enabled {
				t.Errorf("%s: enabled = %t, want %t", c.name, got.Enabled, c.enabled)
			}
			if said := !got.DisabledReason.None(); said == c.enabled {
				t.Errorf("%s: why it is disabled = %q", c.name, got.DisabledReason)
			}
		}
	})
}

// giveUp ends the deliveries of an endpoint that wait.
func (d *desk) giveUp(webhook ID) error {
	return d.change(func(tx *Tx) error {
		return tx.WithoutEvent("test", func(db *gorm.DB) error {
			return db.Model(&Delivery{}).Where("webhook_id = ? AND state = 'pending'", string(webhook)).Updates(map[string]any{"state": DeliveryFailed}).Error
		})
	})
}

// TestALateWorkerRecordsNothing lets its lease run out before it reports.
func TestALateWorkerRecordsNothing(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		w, claim := d.hooked(t)
		first := claim()
		d.clock.pass(lease - time.Millisecond)
		if early, err := d.store.ClaimDeliveries(t.Context(), w.ID, 1); err != nil || len(early) != 0 {
			t.Fatalf("before the lease ends another worker has it: %d, %v", len(early), err)
		}
		d.clock.pass(time.Millisecond)
		second := claim()
		if second.ID != first.ID || second.Tries != 2 {
			t.Fatalf("the second worker has try %d of %s, want try 2 of %s", second.Tries, second.ID, first.ID)
		}
		if err := d.store.FinishDelivery(t.Context(), first, Outcome{Status: 410}); err != nil {
			t.Fatal(err)
		}
		got, err := d.Delivery(first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.State != DeliveryRunning {
			t.Errorf("after the late worker's report it is %s, want %s", got.State, DeliveryRunning)
		}
		if after, err := d.Webhook(w.ID); err != nil || !after.Enabled {
			t.Errorf("the late worker's 410 disabled the endpoint, %v", err)
		}
	})
}

func TestWhatAnEndpointWants(t *testing.T) {
	t.Parallel()
	own := ID("own")
	for _, c := range []struct {
		name  string
		hook  Webhook
		event Event
		want  bool
	}{
		{"an event that it chose", Webhook{Events: Words{"contact.created"}}, Event{Kind: ContactCreated}, true},
		{"not one that it did not choose", Webhook{Events: Words{"contact.created"}}, Event{Kind: ContactUpdated}, false},
		{"nothing without a choice", Webhook{}, Event{Kind: ContactCreated}, false},
		{"an event of its channel", Webhook{Events: Words{"message.created"}, ChannelIDs: Words{"a", "b"}}, Event{Kind: MessageCreated, ChannelID: "b"}, true},
		{"not one of another channel", Webhook{Events: Words{"message.created"}, ChannelIDs: Words{"a"}}, Event{Kind: MessageCreated, ChannelID: "b"}, false},
		{"one of no channel, though it chose some", Webhook{Events: Words{"contact.created"}, ChannelIDs: Words{"a"}}, Event{Kind: ContactCreated}, true},
		{"its own test, whatever it chose", Webhook{ID: own}, Event{Kind: WebhookTest, SubjectID: own}, true},
		{"not another's test", Webhook{ID: own}, Event{Kind: WebhookTest, SubjectID: "other"}, false},
	} {
		if got := c.hook.wants(&c.event); got != c.want {
			t.Errorf("an endpoint wants %s: %t, want %t", c.name, got, c.want)
		}
	}
}

func TestTheFormOfAWebAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"https", "https://x.example/hook?a=b", "taken"},
		{"http", "http://x.example", "taken"},
		{"a port", "https://x.example:8443/", "taken"},
		{"nothing", "", "refused: url"},
		{"no scheme", "x.example/hook", "refused: url"},
		{"another scheme", "ftp://x.example/", "refused: url"},
		{"a file", "file:///etc/passwd", "refused: url"},
		{"no host", "https:///hook", "refused: url"},
		{"a port without a host", "https://:443/", "refused: url"},
		{"a user name", "https://me@x.example/", "refused: url"},
		{"a NUL", "https://x.example/\x00", "refused: url"},
		{"a line break", "https://x.example/\n", "refused: url"},
		{"2049 bytes", "https://x.example/" + strings.Repeat("a", 2031), "refused: url"},
	} {
		var fs faults
		fs.WebAddress("url", c.text)
		if got := verdict(fs.Err()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
