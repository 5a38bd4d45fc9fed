package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mauve/models/modelstest"
)

// twins are two replicas on one PostgreSQL and one Redis.
type twins struct {
	*testing.T
	binary, address string
	redis           *exec.Cmd
	a, b            *process
}

func openTwins(t *testing.T) *twins {
	w := &twins{T: t, binary: program(t), address: freeAddress(t)}
	w.startRedis()
	t.Cleanup(w.stopRedis)
	env := []string{"DATABASE_URL=" + modelstest.Address(t, "postgres"), "REDIS_URL=redis://" + w.address, "DATA_DIR=" + t.TempDir(), "LOG_LEVEL=info"}
	w.a, w.b = spawn(t, w.binary, env...), spawn(t, w.binary, env...)
	w.a.ready(t)
	w.b.ready(t)
	run(t, w.binary, env, setUpAcme...)
	return w
}

func (w *twins) startRedis() {
	w.Helper()
	_, port, _ := strings.Cut(w.address, ":")
	w.redis = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", w.TempDir())
	if err := w.redis.Start(); err != nil {
		w.Fatal("redis-server (Debian: apt install redis-server): ", err)
	}
	for range 1000 {
		if exec.Command("redis-cli", "-p", port, "ping").Run() == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.Fatal("redis-server does not answer")
}

func (w *twins) stopRedis() {
	_ = w.redis.Process.Kill()
	_ = w.redis.Wait()
}

func (w *twins) key(rate string) string {
	w.Helper()
	return run(w.T, w.binary, w.a.Env, "key", "create", "--name", "cap "+rate, "--scopes", "read", "--rate", rate)
}

// taken is an accepted call: it was counted at some moment between the two.
type taken struct{ from, to time.Time }

// hammer calls both replicas from several clients until end and returns the accepted calls and how many were refused.
func (w *twins) hammer(key string, end time.Time, replicas ...*process) (accepted []taken, refused int) {
	w.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range 12 {
		all.Go(func() {
			for time.Now().Before(end) {
				from := time.Now()
				res := replicas[n%len(replicas)].call(w.T, key, "GET", "/me", "", nil)
				mu.Lock()
				switch res.StatusCode {
				case 200:
					accepted = append(accepted, taken{from, time.Now()})
				case 429:
					refused++
				default:
					w.Errorf("%s", res.Status)
				}
				mu.Unlock()
				time.Sleep(3 * time.Millisecond)
			}
		})
	}
	all.Wait()
	return accepted, refused
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
		accepted, refused := w.hammer(key, time.Now().Add(5*time.Second), w.a, w.b)
		if n := most(accepted, 2*time.Second); n > 40 || len(accepted) < 80 || refused == 0 {
			t.Errorf("%d in one window of 40; %d accepted in 5 s, %d refused", n, len(accepted), refused)
		}
		t.Logf("%d accepted, %d refused, at most %d surely in one window", len(accepted), refused, most(accepted, 2*time.Second))
	})

	t.Run("the first N and no more, and again when told", func(t *testing.T) {
		key := w.key("25/4s")
		accepted, _ := w.hammer(key, time.Now().Add(time.Second), w.a, w.b)
		if len(accepted) != 25 {
			t.Errorf("%d accepted of 25", len(accepted))
		}
		waits(t, w.b, key)
	})

	t.Run("a key revoked on one is refused by the other within a second", func(t *testing.T) {
		key := w.key("1000/1s")
		var me struct{ Key struct{ ID string } }
		w.a.call(t, key, "GET", "/me", "", &me)
		post := w.a.browser(t, "lea@acme.example")
		for range 20 { // the other has it in mind
			w.b.call(t, key, "GET", "/me", "", nil)
		}
		if status := post("/settings/api-keys/"+strings.TrimPrefix(me.Key.ID, "key_")+"/revoke", nil); status != 303 {
			t.Fatal(status)
		}
		began := time.Now()
		for w.b.call(t, key, "GET", "/me", "", nil).StatusCode != http.StatusUnauthorized {
			if time.Since(began) > time.Second {
				t.Fatal("the other replica still takes it")
			}
			time.Sleep(time.Millisecond)
		}
		t.Logf("refused after %s", time.Since(began))
	})

	t.Run("without Redis each replica caps by itself", func(t *testing.T) {
		key := w.key("30/4s")
		used, _ := w.hammer(key, time.Now().Add(300*time.Millisecond), w.a) // counted by a, and by Redis
		w.stopRedis()
		began := time.Now()
		atA, _ := w.hammer(key, began.Add(1500*time.Millisecond), w.a)
		atB, _ := w.hammer(key, time.Now().Add(1500*time.Millisecond), w.b)
		if len(used) != 30 || len(atA) != 0 || len(atB) != 30 {
			t.Errorf("%d with Redis, then %d at a and %d at b; want 30, 0 and 30", len(used), len(atA), len(atB))
		}
		for _, p := range []*process{w.a, w.b} {
			if n := strings.Count(p.log.String(), "the shared rate windows are away"); n != 1 {
				t.Errorf("it is said %d times that Redis is away: %s", n, p.log)
			}
		}
		slow := slices.MaxFunc(atB, func(x, y taken) int { return int(x.to.Sub(x.from) - y.to.Sub(y.from)) })
		t.Logf("the slowest call without Redis took %s", slow.to.Sub(slow.from))
	})

	t.Run("with Redis back they share again", func(t *testing.T) {
		w.startRedis()
		key := w.key("1000/1s")
		for _, p := range []*process{w.a, w.b} {
			for began := time.Now(); !strings.Contains(p.log.String(), "shared again"); time.Sleep(50 * time.Millisecond) {
				if p.call(t, key, "GET", "/me", "", nil); time.Since(began) > 10*time.Second {
					t.Fatalf("it does not come back: %s", p.log)
				}
			}
		}
		key = w.key("20/4s")
		if accepted, _ := w.hammer(key, time.Now().Add(time.Second), w.a, w.b); len(accepted) != 20 {
			t.Errorf("%d accepted of 20", len(accepted))
		}
	})
}

// waits heeds Retry-After; the call after it must succeed.
func waits(t *testing.T, p *process, key string) {
	t.Helper()
	res := p.call(t, key, "GET", "/me", "", nil)
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if res.StatusCode != 429 || err != nil {
		t.Fatal(res.Status, fmt.Sprint(res.Header), err)
	}
	time.Sleep(time.Duration(seconds) * time.Second)
	if res := p.call(t, key, "GET", "/me", "", nil); res.StatusCode != 200 {
		t.Errorf("%s after the wait it asked for", res.Status)
	}
}
