package main

import (
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/modelstest"
)

// twins are two replicas on one PostgreSQL and one Redis.
type twins struct {
	*testing.T
	address string
	redis   *exec.Cmd
	a, b    *process
}

func openTwins(t *testing.T) *twins {
	w := &twins{T: t, address: freeAddress(t)}
	w.startRedis()
	t.Cleanup(w.stopRedis)
	env := []string{"DATABASE_URL=" + modelstest.Address(t, "postgres"), "REDIS_URL=redis://" + w.address, "DATA_DIR=" + t.TempDir(), "LOG_LEVEL=info"}
	w.a, w.b = spawn(t, env...), spawn(t, env...)
	w.a.ready(t)
	w.b.ready(t)
	w.a.run(t, setUpAcme...)
	return w
}

func (w *twins) startRedis() {
	w.Helper()
	_, port, _ := strings.Cut(w.address, ":")
	w.redis = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", w.TempDir())
	if err := w.redis.Start(); err != nil {
		w.Fatal("redis-server (Debian: apt install redis-server): ", err)
	}
	modelstest.Eventually(w.T, "redis-server answers", func() bool {
		return exec.Command("redis-cli", "-p", port, "ping").Run() == nil
	})
}

func (w *twins) stopRedis() {
	_ = w.redis.Process.Kill()
	_ = w.redis.Wait()
}

func (w *twins) key(rate string) string {
	w.Helper()
	return w.a.run(w.T, "key", "create", "--name", "cap "+rate, "--scopes", "read", "--rate", rate)
}

// taken is an accepted call: it was counted at some moment between the two.
type taken struct{ from, to time.Time }

// hammer calls the replicas from several clients until it is enough, and returns the accepted calls and how many were refused.
func (w *twins) hammer(key string, enough func(accepted, refused int) bool, replicas ...*process) (accepted []taken, refused int) {
	w.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	over := false
	for n := range 12 {
		all.Go(func() {
			for {
				from := time.Now()
				res, text, err := replicas[n%len(replicas)].ask(w.Context(), key, "GET", "/me", "")
				mu.Lock()
				switch {
				case err == nil && res.StatusCode == 200:
					accepted = append(accepted, taken{from, time.Now()})
				case err == nil && res.StatusCode == 429:
					refused++
				default:
					w.Errorf("a call ends with %v: %s", err, text)
					over = true
				}
				over = over || enough(len(accepted), refused)
				done := over
				mu.Unlock()
				if done {
					return
				}
			}
		})
	}
	all.Wait()
	return accepted, refused
}

// refusals is enough when so many calls were refused.
func refusals(n int) func(accepted, refused int) bool {
	return func(_, refused int) bool { return refused >= n }
}

// most is the largest number of calls that surely lie in one window.
func most(calls []taken, window time.Duration) (n int) {
	for _, first := range calls {
		inside := 0
		for _, c := range calls {
			if !c.from.Before(first.from) && c.to.Before(first.from.Add(window)) {
				inside++
			}
		}
		n = max(n, inside)
	}
	return n
}

// TestOneCapOverAllReplicas is the shared window through HTTP, with Redis there, gone, and back.
func TestOneCapOverAllReplicas(t *testing.T) {
	t.Parallel()
	w := openTwins(t)

	t.Run("exact across both, in any window", func(t *testing.T) {
		key := w.key("40/2s")
		accepted, refused := w.hammer(key, func(accepted, refused int) bool { return accepted >= 100 && refused > 0 }, w.a, w.b)
		assert.Check(t, most(accepted, 2*time.Second) <= 40, "%d were surely accepted in one window of 40", most(accepted, 2*time.Second))
		t.Logf("%d accepted, %d refused, at most %d surely in one window", len(accepted), refused, most(accepted, 2*time.Second))
	})

	t.Run("the first N and no more, and again when told", func(t *testing.T) {
		key := w.key("25/4s")
		accepted, _ := w.hammer(key, refusals(1), w.a, w.b)
		assert.Check(t, len(accepted) >= 25, "a call was refused after %d of 25", len(accepted))
		assert.Check(t, most(accepted, 4*time.Second) <= 25, "%d were surely accepted in one window of 25", most(accepted, 4*time.Second))
		waits(t, w.b, key)
	})

	t.Run("a key revoked on one is refused by the other", func(t *testing.T) {
		key := w.key("1000/1s")
		var me struct{ Key struct{ ID string } }
		w.a.call(t, key, "GET", "/me", "", &me)
		post := w.a.browser(t, "lea@acme.example")
		for range 20 { // the other has it in mind
			w.b.call(t, key, "GET", "/me", "", nil)
		}
		assert.Equal(t, post("/settings/api-keys/"+strings.TrimPrefix(me.Key.ID, "key_")+"/revoke", nil), 303, "revoking")
		began := time.Now()
		modelstest.Eventually(t, "the other replica refuses it", func() bool {
			return w.b.call(t, key, "GET", "/me", "", nil).StatusCode == http.StatusUnauthorized
		})
		t.Logf("refused after %s", time.Since(began)) // a second is promised; on a machine that is busy with tests nobody can hold it to that
	})

	// The windows from here on are longer than any machine takes for the test.
	t.Run("without Redis each replica caps by itself", func(t *testing.T) {
		key := w.key("30/3600s")
		used, _ := w.hammer(key, refusals(1), w.a) // counted by a, and by Redis
		w.stopRedis()
		atA, _ := w.hammer(key, refusals(20), w.a)
		atB, _ := w.hammer(key, refusals(20), w.b)
		assert.Check(t, is.Equal(len(used), 30), "calls accepted with Redis")
		assert.Check(t, is.Equal(len(atA), 0), "calls accepted at a without it")
		assert.Check(t, is.Equal(len(atB), 30), "calls accepted at b without it")
		for _, p := range []*process{w.a, w.b} {
			assert.Check(t, is.Equal(strings.Count(p.log.String(), "the shared rate windows are away"), 1), "how often it is said: %s", p.log)
		}
		slow := slices.MaxFunc(atB, func(x, y taken) int { return int(x.to.Sub(x.from) - y.to.Sub(y.from)) })
		t.Logf("the slowest call without Redis took %s", slow.to.Sub(slow.from))
	})

	t.Run("with Redis back they share again", func(t *testing.T) {
		w.startRedis()
		key := w.key("1000/1s")
		for _, p := range []*process{w.a, w.b} {
			modelstest.Eventually(t, "it shares again", func() bool {
				p.call(t, key, "GET", "/me", "", nil)
				return strings.Contains(p.log.String(), "shared again")
			})
		}
		key = w.key("20/3600s")
		accepted, _ := w.hammer(key, refusals(5), w.a, w.b)
		assert.Check(t, is.Equal(len(accepted), 20), "calls accepted")
	})
}

// waits heeds Retry-After; the call after it must succeed.
func waits(t *testing.T, p *process, key string) {
	t.Helper()
	var res *http.Response
	modelstest.Eventually(t, "the cap is reached", func() bool {
		res = p.call(t, key, "GET", "/me", "", nil)
		return res.StatusCode == http.StatusTooManyRequests
	})
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	assert.NilError(t, err, "Retry-After is %q", res.Header.Get("Retry-After"))
	time.Sleep(time.Duration(seconds) * time.Second) // as a client does
	res = p.call(t, key, "GET", "/me", "", nil)
	assert.Check(t, is.Equal(res.StatusCode, http.StatusOK), "after the wait it asked for")
}
