package server_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/modelstest"
)

// stream reads /live as a browser does and passes on "kind id".
func stream(t *testing.T, client *http.Client, base, after string) (events chan string, leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", base+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	res, err := client.Do(r)
	if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(res, err)
	}
	events = make(chan string, 1000)
	go func() {
		defer res.Body.Close()
		lines, id := bufio.NewScanner(res.Body), ""
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				id = v
			}
			if v, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				events <- v + " " + id
			}
		}
		close(events)
	}()
	return events, cancel
}

func next(t *testing.T, events chan string, kind string) string {
	t.Helper()
	for {
		select {
		case e, open := <-events:
			if !open {
				t.Fatalf("the stream ended before %s", kind)
			}
			if id, ok := strings.CutPrefix(e, kind+" "); ok {
				return id
			}
		case <-time.After(time.Minute):
			t.Fatalf("no %s came", kind)
		}
	}
}

// TestAReaderWhoWasAwayMissesNothing leaves an open page and comes back.
func TestAReaderWhoWasAwayMissesNothing(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		h := servertest.Start(t, engine)
		w, owner, err := h.Store.Found(t.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
		if err != nil {
			t.Fatal(err)
		}
		other, gus, err := h.Store.Found(t.Context(), models.Founder{Workspace: "Globex", Name: "Gus", Email: "gus@globex.example", Password: modelstest.Password})
		if err != nil {
			t.Fatal(err)
		}
		scope := h.Store.As(t.Context(), w.ID, owner.Actor())
		write := func(name string) {
			if _, err := scope.CreateContact(models.ContactChange{Name: &name}); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Store.As(t.Context(), other.ID, gus.Actor()).CreateContact(models.ContactChange{Name: &name}); err != nil {
				t.Fatal(err)
			}
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.PostForm(h.URL+"/sign-in", url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}})
		if err != nil || res.StatusCode != 303 {
			t.Fatal(res, err)
		}
		res.Body.Close()

		events, leave := stream(t, client, h.URL, "")
		write("one")
		last := next(t, events, "contact.created")
		leave()
		for _, name := range []string{"two", "three", "four"} {
			write(name)
		}
		events, leave = stream(t, client, h.URL, last)
		defer leave()
		seen := map[string]bool{last: true}
		for range 3 {
			id := next(t, events, "contact.created")
			if seen[id] {
				t.Error("an event came twice")
			}
			seen[id] = true
		}
		write("five")
		if id := next(t, events, "contact.created"); seen[id] {
			t.Error("an event came twice")
		}
		select {
		case e := <-events:
			if strings.HasPrefix(e, "contact.created") {
				t.Error("another workspace's event came")
			}
		case <-time.After(300 * time.Millisecond):
		}
		// A cursor that is not known says: load the page again.
		away, leaveAway := stream(t, client, h.URL, "evt_000000000000000000000000")
		defer leaveAway()
		next(t, away, "reload")
		// A session that ended takes its streams along.
		if err := h.Store.As(t.Context(), w.ID, owner.Actor()).ChangePassword(modelstest.Password, "another good one", ""); err != nil {
			t.Fatal(err)
		}
		next(t, events, "signed-out")
	})
}

// TestReadersThatComeAndGoSeeEverythingOnce has readers of one workspace leave
// and resume in the middle of writes; each must see every event once, in one order.
func TestReadersThatComeAndGoSeeEverythingOnce(t *testing.T) {
	t.Parallel()
	const readers, writers, each = 12, 3, 30
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		h := servertest.Start(t, engine)
		w, owner, err := h.Store.Found(t.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
		if err != nil {
			t.Fatal(err)
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.PostForm(h.URL+"/sign-in", url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}})
		if err != nil || res.StatusCode != 303 {
			t.Fatal(res, err)
		}
		res.Body.Close()

		seen := make([][]string, readers)
		var all, ready sync.WaitGroup
		ready.Add(readers)
		for i := range seen {
			all.Go(func() {
				events, leave := stream(t, client, h.URL, "")
				ready.Done()
				for len(seen[i]) < writers*each {
					seen[i] = append(seen[i], next(t, events, "contact.created"))
					if len(seen[i])%(5+i) == 0 { // away for a moment
						leave()
						events, leave = stream(t, client, h.URL, seen[i][len(seen[i])-1])
					}
				}
				leave()
			})
		}
		ready.Wait()
		for range writers {
			all.Go(func() {
				scope := h.Store.As(t.Context(), w.ID, owner.Actor())
				for n := range each {
					if _, err := scope.CreateContact(models.ContactChange{Name: new(fmt.Sprint("contact ", n))}); err != nil {
						t.Error(err)
					}
					time.Sleep(2 * time.Millisecond)
				}
			})
		}
		all.Wait()
		ids := map[string]bool{}
		for _, id := range seen[0] {
			ids[id] = true
		}
		if len(ids) != writers*each {
			t.Errorf("%d events, of which %d differ", len(seen[0]), len(ids))
		}
		for i := range seen {
			if !slices.Equal(seen[i], seen[0]) {
				t.Errorf("reader %d saw another order than reader 0", i)
			}
		}
	})
}
