package window

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
	"pgregory.net/rapid"

	"mauve/models/modelstest"
)

// server is a Redis of the test's own, and connections to look into it.
type server struct{ *redis.Pool }

// do runs a command that must not fail.
func (s server) do(t interface{ Fatal(...any) }, command string, args ...any) any {
	c := s.Get()
	defer c.Close()
	answer, err := c.Do(command, args...)
	if err != nil {
		t.Fatal(command, err)
	}
	return answer
}

// number is do of what answers one.
func (s server) number(t testing.TB, command string, args ...any) int64 {
	t.Helper()
	n, err := redis.Int64(s.do(t, command, args...), nil)
	assert.NilError(t, err)
	return n
}

// call is one that a key holds.
type call struct {
	name string
	at   float64 // µs
}

// calls are those that a key holds, by do of what answers them with their scores.
func (s server) calls(t testing.TB, command string, args ...any) (all []call) {
	t.Helper()
	texts, err := redis.Strings(s.do(t, command, append(args, "WITHSCORES")...), nil)
	assert.NilError(t, err)
	for pair := range slices.Chunk(texts, 2) {
		at, err := strconv.ParseFloat(pair[1], 64)
		assert.NilError(t, err)
		all = append(all, call{pair[0], at})
	}
	return all
}

// keptFor is how long the server keeps a key.
func (s server) keptFor(t testing.TB, key string) time.Duration {
	t.Helper()
	return time.Duration(s.number(t, "PTTL", key)) * time.Millisecond
}

// startRedis runs a server of our own until the test ends. Without one the test fails: a store that is
// never tried is not a store.
func startRedis(t testing.TB) server {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is not installed (Debian: apt install redis-server)")
	}
	// Not t.TempDir: its path can be too long for a socket.
	dir, err := os.MkdirTemp("", "mauve-redis-")
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "redis.sock")
	process := exec.Command(binary, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", dir)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	dial, err := dialer("unix://" + socket)
	assert.NilError(t, err)
	own := server{&redis.Pool{MaxIdle: mostConns, DialContext: dial}}
	t.Cleanup(func() {
		own.Close()
		process.Process.Kill()
		process.Wait()
		os.RemoveAll(dir)
	})
	modelstest.Eventually(t, "redis-server answers", func() bool {
		c := own.Get()
		defer c.Close()
		_, err := c.Do("PING")
		return err == nil
	})
	return own
}

// patient is a store that waits for the server as long as a busy machine needs.
func patient(t interface{ Cleanup(func()) }, server server, prefix string) *Redis {
	store := newRedis(server.DialContext, prefix, time.Minute)
	t.Cleanup(func() { store.Close() })
	return store
}

// pass lets time pass for what a key holds: its calls become so much older. The server's own clock cannot be set.
func pass(t *testing.T, server server, key string, d time.Duration) {
	t.Helper()
	calls := server.calls(t, "ZRANGE", key, 0, -1)
	assert.Assert(t, len(calls) > 0, "%s holds no calls", key)
	for _, call := range calls {
		server.do(t, "ZINCRBY", key, -d.Microseconds(), call.name)
	}
}

// nowOf is the server's clock in µs, as the calls are kept.
func nowOf(t *testing.T, server server) float64 {
	t.Helper()
	now, err := redis.Int64s(server.do(t, "TIME"), nil)
	assert.NilError(t, err)
	return float64(now[0]*1e6 + now[1])
}

// firstOf is when the oldest call that a key holds was made.
func firstOf(t *testing.T, server server, key string) float64 {
	t.Helper()
	calls := server.calls(t, "ZRANGE", key, 0, 0)
	assert.Assert(t, is.Len(calls, 1))
	return calls[0].at
}

// frees holds the verdict's Reset against the server's clock before and after it was given: when the oldest call is per old.
func frees(t *testing.T, server server, key string, per time.Duration, before float64, got Verdict) {
	t.Helper()
	after, first, reset := nowOf(t, server), firstOf(t, server, key), float64(got.Reset.Microseconds())
	assert.Check(t, first+float64(per.Microseconds())-after <= reset, "%+v, made %.0f, asked from %.0f to %.0f", got, first, before, after)
	assert.Check(t, first+float64(per.Microseconds())-before >= reset, "%+v, made %.0f, asked from %.0f to %.0f", got, first, before, after)
}

func take(t *testing.T, store Store, key string, cap Cap) Verdict {
	t.Helper()
	verdict, err := store.Take(ctx, key, cap)
	if err != nil {
		t.Fatal(err)
	}
	return verdict
}

func TestRedis(t *testing.T) {
	server := startRedis(t)
	store := patient(t, server, "test:")

	t.Run("counts down, refuses and says when", func(t *testing.T) {
		cap := Cap{3, time.Hour}
		for left := 2; left >= 0; left-- {
			before := nowOf(t, server)
			got := take(t, store, "a", cap)
			assert.Assert(t, got.Allowed, "%+v", got)
			assert.Equal(t, got.Remaining, left)
			assert.Assert(t, got.Reset > 0, "%+v", got)
			assert.Assert(t, got.Reset <= cap.Per, "%+v", got)
			assert.Equal(t, got.RetryAfter, time.Duration(0))
			if left < 2 {
				frees(t, server, "test:a", cap.Per, before, got)
			}
		}
		before := nowOf(t, server)
		got := take(t, store, "a", cap)
		assert.Assert(t, !got.Allowed, "%+v", got)
		assert.Equal(t, got.Remaining, 0)
		frees(t, server, "test:a", cap.Per, before, got)
		assert.Check(t, got.RetryAfter >= got.Reset, "%+v", got)
		assert.Check(t, got.RetryAfter < got.Reset+time.Second, "%+v", got)
		assert.Check(t, is.Equal(got.RetryAfter%time.Second, time.Duration(0)))
		pass(t, server, "test:a", got.Reset)
		got = take(t, store, "a", cap)
		assert.Check(t, got.Allowed, "when a slot was to free: %+v", got)
	})

	t.Run("peek counts nothing", func(t *testing.T) {
		for range 3 {
			got, err := store.Peek(ctx, "b", Cap{1, time.Hour})
			assert.NilError(t, err)
			assert.Equal(t, got, (Verdict{Allowed: true, Remaining: 1}))
		}
		take(t, store, "b", Cap{1, time.Hour})
		before := nowOf(t, server)
		got, err := store.Peek(ctx, "b", Cap{1, time.Hour})
		assert.NilError(t, err)
		assert.Check(t, !got.Allowed, "%+v", got)
		frees(t, server, "test:b", time.Hour, before, got)
	})

	t.Run("no window holds more, and none that has room refuses", func(t *testing.T) {
		cap := Cap{5, 100 * time.Millisecond}
		var made []float64 // by the server's clock, and not trimmed
		for len(made) < 25 {
			before := nowOf(t, server)
			if !take(t, store, "c", cap).Allowed {
				assert.Assert(t, len(made) >= cap.N)
				assert.Assert(t, made[len(made)-cap.N]+100_000 > before, "refused at %.0f or later, after calls at %.0f", before, made)
				continue
			}
			made = append(made, server.calls(t, "ZREVRANGE", "test:c", 0, 0)[0].at)
		}
		for i := cap.N; i < len(made); i++ {
			assert.Assert(t, made[i]-made[i-cap.N] >= 100_000, "%d calls within %.0f µs", cap.N+1, made[i]-made[i-cap.N])
		}
	})

	t.Run("a changed cap counts at once", func(t *testing.T) {
		for range 4 {
			take(t, store, "d", Cap{10, time.Hour})
		}
		got := take(t, store, "d", Cap{2, time.Hour})
		assert.Check(t, !got.Allowed, "lowered: %+v", got)
		assert.Check(t, is.Equal(got.Remaining, 0), "lowered: %+v", got)
		got = take(t, store, "d", Cap{5, time.Hour})
		assert.Check(t, got.Allowed, "raised: %+v", got)
		assert.Check(t, is.Equal(got.Remaining, 0), "raised: %+v", got)
		take(t, store, "e", Cap{1, time.Millisecond})
		pass(t, server, "test:e", 5*time.Millisecond)
		if got := take(t, store, "e", Cap{1, 2 * time.Hour}); got.Allowed {
			t.Errorf("longer: %+v", got)
		}
		ttl := server.keptFor(t, "test:e")
		assert.Check(t, ttl >= 119*time.Minute, "kept for %s", ttl)
		assert.Check(t, ttl <= 2*time.Hour, "kept for %s", ttl)
	})

	t.Run("keeps the newest N and expires", func(t *testing.T) {
		for range 50 {
			take(t, store, "f", Cap{3, time.Microsecond})
		}
		if size := server.number(t, "ZCARD", "test:f"); size != 3 {
			t.Errorf("%d calls kept", size)
		}
		ttl := server.keptFor(t, "test:f")
		assert.Check(t, ttl >= 59*time.Minute, "kept for %s", ttl)
		assert.Check(t, ttl <= keepFor+time.Second, "kept for %s", ttl)
	})

	t.Run("a call sent twice counts once", func(t *testing.T) {
		for range 3 {
			got, err := store.ask(ctx, "g", Cap{1, time.Hour}, "same")
			assert.NilError(t, err)
			assert.Assert(t, got.Allowed, "%+v", got)
		}
		if got := take(t, store, "g", Cap{1, time.Hour}); got.Allowed {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("a clock that stepped back does not lock the key", func(t *testing.T) {
		tomorrow := time.Now().Add(24 * time.Hour).UnixMicro()
		server.do(t, "ZADD", "test:h", tomorrow, "x", tomorrow, "y")
		got := take(t, store, "h", Cap{2, time.Second})
		assert.Assert(t, !got.Allowed, "%+v", got)
		assert.Equal(t, got.Reset, time.Second, "%+v", got)
		pass(t, server, "test:h", time.Second)
		if got := take(t, store, "h", Cap{2, time.Second}); !got.Allowed {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("replicas share a cap", func(t *testing.T) {
		acceptsExactly(t, patient(t, server, "replicas:"), 8, 100)
		if got := take(t, patient(t, server, "replicas:"), "key0", Cap{50, time.Hour}); got.Allowed {
			t.Errorf("another replica got %+v", got)
		}
	})

	t.Run("agrees with memory on a cap without meaning", func(t *testing.T) {
		if _, err := store.Take(ctx, "key", Cap{}); err == nil {
			t.Error("took a cap without meaning")
		}
	})

	t.Run("survives a script flush", func(t *testing.T) {
		server.do(t, "SCRIPT", "FLUSH")
		take(t, store, "i", Cap{1, time.Hour})
	})
}

// The script against the oracle, to the microsecond, with a clock that the test sets instead of TIME.
func TestRedisIsExact(t *testing.T) {
	server := startRedis(t)
	script := strings.Replace(takeScript, "redis.call('TIME')", "redis.call('HMGET', 'clock', 's', 'us')", 1)
	if script == takeScript {
		t.Fatal("the script no longer asks for the time in one place")
	}
	anyCap := func(t *rapid.T) Cap { return Cap{anyN.Draw(t, "N"), anyPer.Draw(t, "Per")} }
	rapid.Check(t, func(t *rapid.T) {
		server.do(t, "FLUSHALL")
		store := patient(t, server, "")
		store.script = redis.NewScript(1, script)
		compare(t, subject{store, time.Microsecond, func(now time.Duration) {
			at := epoch.Add(now)
			server.do(t, "HSET", "clock", "s", at.Unix(), "us", at.Nanosecond()/1000)
		}}, mode{forgets: true, gives: true}, anyCap)
	})
}

// TestRedisAwayIsAnError of a server that never answers, or is not there: that the call ends is the store's doing.
func TestRedisAwayIsAnError(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	gone, _ := net.Listen("tcp", "127.0.0.1:0")
	gone.Close()
	for name, addr := range map[string]string{"silent": silent.Addr().String(), "gone": gone.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			store, err := OpenRedis("redis://"+addr, "")
			assert.NilError(t, err)
			defer store.Close()
			bounds, dial := 0, store.pool.DialContext
			store.pool.DialContext = func(ctx context.Context) (redis.Conn, error) {
				if by, ok := ctx.Deadline(); ok && time.Until(by) <= answerWithin {
					bounds++
				}
				return dial(ctx)
			}
			_, err = store.Take(t.Context(), "key", Cap{1, time.Second})
			assert.Check(t, err != nil)
			assert.Check(t, bounds > 0)
		})
	}
}

// Redis closes what lies idle, and is started anew: a caller does not notice.
func TestRedisConnectionsThatBrokeAreReplaced(t *testing.T) {
	server := startRedis(t)
	store := patient(t, server, "test:")
	for left := 9; left > 0; left-- {
		got := take(t, store, "a", Cap{10, time.Hour})
		assert.Check(t, is.Equal(got.Remaining, left))
		server.do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	}
}

func TestRedisAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"redis://localhost:6379/1": true, "rediss://ada:secret@cache": true, "unix:///run/redis.sock": true,
		"localhost:6379": false, "http://localhost": false, "": false, "redis://ada:sec%ret@x": false,
	} {
		store, err := OpenRedis(address, "")
		assert.Check(t, is.Equal(err == nil, want), address)
		if err == nil {
			store.Close()
		} else {
			assert.Check(t, !strings.Contains(err.Error(), "ret@"), err)
		}
	}
}

func BenchmarkRedisTake(b *testing.B) {
	store := patient(b, startRedis(b), fmt.Sprint("bench", b.N, ":"))
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := store.Take(ctx, "key"+strconv.Itoa(i%50), Cap{90, 30 * time.Second}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
