//go:build attack

package attack

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// signedIn is somebody in a browser of their own.
func (s *target) signedIn(t *testing.T, email string) *person {
	t.Helper()
	p := s.person("127.0.0.1")
	assert.Equal(t, p.signIn(email, good), 303, email)
	return p
}

// joins invites somebody, uses the link four times at once, and returns them signed in.
func (s *target) joins(t *testing.T, lea *person, email, role string) *person {
	t.Helper()
	_, page := lea.post("/settings/members", url.Values{"name": {email[:3]}, "email": {email}, "role": {role}})
	link := secretIn["invitation"].FindString(page)
	assert.Assert(t, link != "", page)
	s.told = append(s.told, strings.TrimPrefix(link, "/join/"))
	joined := atOnce(4, func(int) string {
		status, _ := s.person("127.0.0.1").post(link, url.Values{"password": {good}})
		return strconv.Itoa(status)
	})
	t.Logf("an invitation used 4 times at once: %v", joined)
	assert.Check(t, is.Equal(joined["303"], 1))
	return s.signedIn(t, email)
}

var memberRow = regexp.MustCompile(`id="member-([0-9a-f]{24})"[\s\S]*?<td class="wrap">([^<]+)</td>`)

// members are the addresses of the members' pages by e-mail.
func members(t *testing.T, p *person) map[string]string {
	t.Helper()
	_, page := p.get("/settings/members")
	all := map[string]string{}
	for _, m := range memberRow.FindAllStringSubmatch(page, -1) {
		all[m[2]] = "/settings/members/" + m[1]
	}
	assert.Assert(t, len(all) > 0, page)
	return all
}

// people are let in who should not be, and out who were.
func (s *target) people(t *testing.T) {
	lea := s.signedIn(t, owner)
	ben := s.joins(t, lea, "ben@acme.example", "owner")
	at := members(t, lea)
	const rounds = 6
	headless := 0
	for range rounds {
		both := []*person{lea, ben}
		atOnce(2, func(i int) string {
			status, _ := both[i].post(at[[]string{"ben@acme.example", owner}[i]], url.Values{"role": {"agent"}, "handTo": {"keep"}})
			return strconv.Itoa(status)
		})
		lea, ben = s.signedIn(t, owner), s.signedIn(t, "ben@acme.example")
		leaRules, _ := lea.get("/settings/members")
		benRules, _ := ben.get("/settings/members")
		switch {
		case leaRules == 200:
			lea.post(at["ben@acme.example"], url.Values{"role": {"owner"}})
			ben = s.signedIn(t, "ben@acme.example")
		case benRules == 200:
			ben.post(at[owner], url.Values{"role": {"owner"}})
			lea = s.signedIn(t, owner)
		default:
			headless++
		}
	}
	t.Logf("two owners demoted each other %d times: %d left none", rounds, headless)
	assert.Equal(t, headless, 0)

	_, page := lea.post("/settings/api-keys", url.Values{"name": {"till"}, "scopes": {"read", "write"}})
	s.told = append(s.told, secretIn["key"].FindString(page))
	_, page = lea.get("/settings/api-keys")
	key := regexp.MustCompile(`/settings/api-keys/[0-9a-f]{24}`).FindString(page)
	rotated := atOnce(5, func(int) string {
		status, page := lea.post(key+"/rotate", url.Values{"hours": {"0"}})
		if fresh := secretIn["key"].FindString(page); fresh != "" {
			return "rotated"
		}
		return strconv.Itoa(status)
	})
	t.Logf("a key rotated 5 times at once: %v", rotated)
	assert.Check(t, is.Equal(rotated["rotated"], 1))

	for _, c := range []struct {
		name, path string
		form       url.Values
	}{
		{"removed", "/remove", url.Values{"handTo": {"end"}}},
		{"demoted", "", url.Values{"role": {"agent"}, "handTo": {"end"}}},
	} {
		email := c.name + "@acme.example"
		max := s.joins(t, lea, email, "admin")
		_, page := max.post("/settings/api-keys", url.Values{"name": {"till"}, "scopes": {"read", "write"}})
		keys := []string{secretIn["key"].FindString(page)}
		_, page = max.post("/docs/key", url.Values{})
		keys = append(keys, secretIn["key"].FindString(page))
		streams := max.streams(t, 3)
		for _, key := range keys {
			status, _ := s.call(key, "GET", "/me", "")
			assert.Assert(t, is.Equal(status, 200), key)
		}
		s.told = append(s.told, keys...)
		status, _ := lea.post(members(t, lea)[email]+c.path, c.form)
		assert.Assert(t, is.Equal(status, 303), c.name)
		time.Sleep(time.Second) // what is promised
		alive := 0
		for _, key := range keys {
			if status, _ := s.call(key, "GET", "/me", ""); status != 401 {
				alive++
			}
		}
		t.Logf("%s: %d of %d keys and %d of 3 open pages live a second after", c.name, alive, len(keys), streams.Load())
		assert.Check(t, is.Equal(alive, 0))
		assert.Check(t, is.Equal(streams.Load(), int64(0)))
	}
}

// streams opens live streams; it counts those that are open.
func (p *person) streams(t *testing.T, n int) *atomic.Int64 {
	t.Helper()
	var open atomic.Int64
	var opened sync.WaitGroup
	for range n {
		opened.Add(1)
		go func() {
			r, err := http.NewRequestWithContext(t.Context(), "GET", p.url+"/live", nil)
			if err != nil {
				opened.Done()
				return
			}
			res, err := p.Do(r)
			if err != nil {
				opened.Done()
				return
			}
			defer res.Body.Close()
			open.Add(1)
			opened.Done()
			for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			}
			open.Add(-1)
		}()
	}
	opened.Wait()
	assert.Assert(t, is.Equal(open.Load(), int64(n)))
	return &open
}

// guesses are tried at once, and from everywhere.
func (s *target) guesses(t *testing.T) {
	known := s.signedIn(t, owner)
	guess := func(address string) string {
		return strconv.Itoa(s.person(address).signIn(owner, "not the password"))
	}
	tried := atOnce(150, func(int) string { return guess("127.0.0.2") })
	t.Logf("150 guesses at once from one address: %v", tried)
	assert.Check(t, tried["401"] <= 5, tried)

	began := time.Now()
	assert.Check(t, is.Equal(known.signIn(owner, good), 303))
	alone := time.Since(began)
	var slowest time.Duration
	done := make(chan map[string]int)
	go func() { done <- atOnce(2000, func(i int) string { return guess(fmt.Sprintf("127.0.1.%d", i%250)) }) }()
	for range 10 {
		began := time.Now()
		assert.Check(t, is.Equal(known.signIn(owner, good), 303), "the owner is kept out of a browser that the account knows")
		slowest = max(slowest, time.Since(began))
	}
	tried = <-done
	t.Logf("2,000 guesses from 250 addresses: %v; the owner signs in within %s meanwhile, %s alone", tried, slowest.Round(time.Millisecond), alone.Round(time.Millisecond))
	assert.Check(t, tried["401"] <= 100, tried)
}
