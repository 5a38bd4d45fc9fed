package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/password"
	"mauve/models/rights"
	"mauve/web"
)

// desk is Acme's, with Lea signed in by a browser.
type desk struct {
	*servertest.Program
	scope  *models.Scope
	client *http.Client
}

func openDesk(t *testing.T, engine string) *desk {
	t.Helper()
	h := servertest.Start(t, engine)
	w, owner, err := h.Store.Found(t.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
	assert.NilError(t, err)
	d := &desk{Program: h, scope: h.Store.As(t.Context(), w.ID, owner.Actor())}
	d.client = d.signedIn(t, "lea@acme.example")
	return d
}

// signedIn is a browser of the person with that address.
func (d *desk) signedIn(t *testing.T, email string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	assert.NilError(t, err)
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(d.URL+"/sign-in", url.Values{"email": {email}, "password": {modelstest.Password}})
	assert.NilError(t, err)
	res.Body.Close()
	assert.Equal(t, res.StatusCode, 303, "signing in")
	return client
}

// stream reads /live as a browser does and passes on "kind id".
func (d *desk) stream(ctx context.Context, after string) (events chan string, leave func(), err error) {
	ctx, leave = context.WithCancel(ctx)
	r, err := http.NewRequestWithContext(ctx, "GET", d.URL+"/live", nil)
	if err != nil {
		return nil, leave, err
	}
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	res, err := d.client.Do(r)
	if err != nil {
		return nil, leave, err
	}
	if kind := res.Header.Get("Content-Type"); res.StatusCode != 200 || kind != "text/event-stream" {
		res.Body.Close()
		return nil, leave, fmt.Errorf("the stream is %s of %q", res.Status, kind)
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
	return events, leave, nil
}

var errEnded = errors.New("the stream ended")

// next returns the id of the next event of the kind.
func next(events chan string, kind string) (string, error) {
	bound := time.After(modelstest.Patience) // pings do not make it longer
	for {
		select {
		case e, open := <-events:
			if !open {
				return "", fmt.Errorf("%w before %s", errEnded, kind)
			}
			if id, ok := strings.CutPrefix(e, kind+" "); ok {
				return id, nil
			}
		case <-bound:
			return "", fmt.Errorf("no %s came", kind)
		}
	}
}

// TestAReaderWhoWasAwayMissesNothing leaves an open page and comes back.
func TestAReaderWhoWasAwayMissesNothing(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		d := openDesk(t, engine)
		other, gus, err := d.Store.Found(t.Context(), models.Founder{Workspace: "Globex", Name: "Gus", Email: "gus@globex.example", Password: modelstest.Password})
		assert.NilError(t, err)
		globex := d.Store.As(t.Context(), other.ID, gus.Actor())
		write := func(names ...string) {
			t.Helper()
			for _, name := range names {
				for _, scope := range []*models.Scope{d.scope, globex} {
					_, err := scope.CreateContact(models.ContactChange{Name: &name})
					assert.NilError(t, err)
				}
			}
		}
		open := func(after string) (events chan string, leave func()) {
			t.Helper()
			events, leave, err := d.stream(t.Context(), after)
			t.Cleanup(leave)
			assert.NilError(t, err)
			return events, leave
		}
		var seen []string
		see := func(events chan string) {
			t.Helper()
			id, err := next(events, "contact.created")
			assert.NilError(t, err)
			seen = append(seen, id)
		}

		events, leave := open("")
		write("one")
		see(events)
		leave()
		write("two", "three", "four")
		events, _ = open(seen[0])
		for range 3 {
			see(events)
		}
		write("five", "six") // what Globex wrote before six would come before it
		see(events)
		see(events)
		var told []string
		all, err := d.scope.EventsAfter("", 1000)
		assert.NilError(t, err)
		for _, e := range all {
			if e.Kind == "contact.created" {
				told = append(told, e.ID.With(models.PrefixEvent))
			}
		}
		assert.Check(t, is.DeepEqual(seen, told), "what came, and what happened in Acme")

		// A cursor that is not known says: load the page again.
		away, _ := open("evt_000000000000000000000000")
		_, err = next(away, "reload")
		assert.NilError(t, err)
		// A session that ended takes its streams along.
		_, err = d.scope.ChangePassword(password.Origin{}, modelstest.Password, "another good one", "")
		assert.NilError(t, err)
		_, err = next(events, "signed-out")
		assert.NilError(t, err)
	})
}

// TestReadersThatComeAndGoSeeEverythingOnce has readers of one workspace leave
// and resume in the middle of writes; each must see every event once, in one order.
func TestReadersThatComeAndGoSeeEverythingOnce(t *testing.T) {
	t.Parallel()
	const readers, writers, each = 12, 3, 30
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		d := openDesk(t, engine)
		seen := make([][]string, readers)
		var all, ready sync.WaitGroup
		ready.Add(readers)
		for i := range seen {
			all.Go(func() {
				events, leave, err := d.stream(t.Context(), "")
				ready.Done()
				last := ""
				for err == nil && len(seen[i]) < writers*each {
					var id string
					id, err = next(events, "contact.created")
					// A session has room for so many streams; of those that left and were not missed yet the server
					// may take one for older that is still read. A browser comes back then, from where it was.
					ended := errors.Is(err, errEnded) && last != ""
					if err == nil {
						seen[i], last = append(seen[i], id), id
					}
					if ended || err == nil && len(seen[i])%(5+i) == 0 { // away for a moment
						leave()
						events, leave, err = d.stream(t.Context(), last)
					}
				}
				leave()
				assert.Check(t, err, "reader %d after %d events", i, len(seen[i]))
			})
		}
		ready.Wait()
		for range writers {
			all.Go(func() {
				for n := range each {
					_, err := d.scope.CreateContact(models.ContactChange{Name: new(fmt.Sprint("contact ", n))})
					assert.Check(t, err)
					time.Sleep(2 * time.Millisecond) // readers come and go between two writes
				}
			})
		}
		all.Wait()
		ids := map[string]bool{}
		for _, id := range seen[0] {
			ids[id] = true
		}
		assert.Check(t, is.Len(ids, writers*each), "of %d events so many differ", len(seen[0]))
		for i := range seen {
			assert.Check(t, is.DeepEqual(seen[i], seen[0]), "what reader %d saw, and reader 0", i)
		}
	})
}

// TestAnOpenPageIsSignedOut at once, whatever ends its session: it is told by the commit, not by the next ping.
func TestAnOpenPageIsSignedOut(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		d := openDesk(t, engine)
		role := rights.Agent
		for name, ends := range map[string]func(*models.Member) error{
			"removed": func(m *models.Member) error {
				_, err := d.scope.UpdateMember(m.ID, models.MemberChange{Removed: new(true)})
				return err
			},
			"demoted": func(m *models.Member) error {
				_, err := d.scope.UpdateMember(m.ID, models.MemberChange{Role: &role})
				return err
			},
			"signed out": func(m *models.Member) error {
				all, err := d.Store.As(t.Context(), d.scope.Workspace(), m.Actor()).Sessions()
				if err != nil {
					return err
				}
				return d.Store.As(t.Context(), d.scope.Workspace(), m.Actor()).EndSession(all[0].ID)
			},
		} {
			email := strings.ReplaceAll(name, " ", "-") + "@acme.example"
			_, token, err := d.scope.Invite("Max", email, rights.Admin)
			assert.NilError(t, err)
			m, err := d.Store.Join(t.Context(), password.Origin{}, token, modelstest.Password)
			assert.NilError(t, err)
			max := &desk{Program: d.Program, scope: d.scope, client: d.signedIn(t, email)}
			events, leave, err := max.stream(t.Context(), "")
			assert.NilError(t, err)
			defer leave()
			mine, leaveMine, err := d.stream(t.Context(), "")
			assert.NilError(t, err)
			defer leaveMine()
			assert.NilError(t, ends(m), name)
			_, err = next(events, "signed-out")
			assert.NilError(t, err, name)
			_, err = next(events, "nothing more")
			assert.ErrorContains(t, err, "ended", name)
			_, err = d.scope.CreateContact(models.ContactChange{Name: &name})
			assert.NilError(t, err)
			_, err = next(mine, "contact.created") // others go on
			assert.NilError(t, err, name)
		}
	})
}

// TestASessionHasSoManyStreams and one more ends the oldest: its page comes back if it is still there.
func TestASessionHasSoManyStreams(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		d := openDesk(t, engine)
		first, leave, err := d.stream(t.Context(), "")
		assert.NilError(t, err)
		defer leave()
		var last chan string
		for range web.MaxStreams {
			var leave func()
			last, leave, err = d.stream(t.Context(), "")
			assert.NilError(t, err)
			defer leave()
		}
		_, err = next(first, "goodbye")
		assert.NilError(t, err)
		_, err = next(first, "nothing more")
		assert.ErrorContains(t, err, "ended")
		name := "Ada"
		_, err = d.scope.CreateContact(models.ContactChange{Name: &name})
		assert.NilError(t, err)
		_, err = next(last, "contact.created")
		assert.NilError(t, err)
	})
}
