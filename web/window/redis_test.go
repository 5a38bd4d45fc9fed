package window

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
	"pgregory.net/rapid"

	"mauve/models/modelstest"
)

// startRedis runs a server of our own until the test ends. Without one the test fails: a store that is
// never tried is not a store.
func startRedis(t testing.TB) *redis.Client {
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
	server := exec.Command(binary, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", dir)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() {
		client.Close()
		server.Process.Kill()
		server.Wait()
		os.RemoveAll(dir)
	})
	modelstest.Eventually(t, "redis-server answers", func() bool { return client.Ping(ctx).Err() == nil })
	return client
}

// patient is a store that waits for the server as long as a busy machine needs.
func patient(client *redis.Client, prefix string) *Redis {
	return newRedis(client, prefix, time.Minute)
}

// pass lets time pass for what a key holds: its calls become so much older. The server's own clock cannot be set.
func pass(t *testing.T, client *redis.Client, key string, d time.Duration) {
	t.Helper()
	calls, err := client.ZRange(ctx, key, 0, -1).Result()
	assert.NilError(t, err)
	assert.Assert(t, len(calls) > 0, "%s holds no calls", key)
	for _, call := range calls {
		assert.NilError(t, client.ZIncrBy(ctx, key, -float64(d.Microseconds()), call).Err())
	}
}

// nowOf is the server's clock in µs, as the calls are kept.
func nowOf(t *testing.T, client *redis.Client) float64 {
	t.Helper()
	now, err := client.Time(ctx).Result()
	assert.NilError(t, err)
	return float64(now.UnixMicro())
}

// firstOf is when the oldest call that a key holds was made.
func firstOf(t *testing.T, client *redis.Client, key string) float64 {
	t.Helper()
	calls, err := client.ZRangeWithScores(ctx, key, 0, 0).Result()
	assert.NilError(t, err)
	assert.Assert(t, is.Len(calls, 1))
	return calls[0].Score
}

// frees holds the verdict's Reset against the server's clock before and after it was given: when the oldest call is per old.
func frees(t *testing.T, client *redis.Client, key string, per time.Duration, before float64, got Verdict) {
	t.Helper()
	after, first, reset := nowOf(t, client), firstOf(t, client, key), float64(got.Reset.Microseconds())
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
	client := startRedis(t)
	store := patient(client, "test:")

	t.Run("counts down, refuses and says when", func(t *testing.T) {
		cap := Cap{3, time.Hour}
		for left := 2; left >= 0; left-- {
			before := nowOf(t, client)
			got := take(t, store, "a", cap)
			assert.Assert(t, got.Allowed, "%+v", got)
			assert.Equal(t, got.Remaining, left)
			assert.Assert(t, got.Reset > 0, "%+v", got)
			assert.Assert(t, got.Reset <= cap.Per, "%+v", got)
			assert.Equal(t, got.RetryAfter, time.Duration(0))
			if left < 2 {
				frees(t, client, "test:a", cap.Per, before, got)
			}
		}
		before := nowOf(t, client)
		got := take(t, store, "a", cap)
		assert.Assert(t, !got.Allowed, "%+v", got)
		assert.Equal(t, got.Remaining, 0)
		frees(t, client, "test:a", cap.Per, before, got)
		assert.Check(t, got.RetryAfter >= got.Reset, "%+v", got)
		assert.Check(t, got.RetryAfter < got.Reset+time.Second, "%+v", got)
		assert.Check(t, is.Equal(got.RetryAfter%time.Second, time.Duration(0)))
		pass(t, client, "test:a", got.Reset)
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
		before := nowOf(t, client)
		got, err := store.Peek(ctx, "b", Cap{1, time.Hour})
		assert.NilError(t, err)
		assert.Check(t, !got.Allowed, "%+v", got)
		frees(t, client, "test:b", time.Hour, before, got)
	})

	t.Run("no window holds more, and none that has room refuses", func(t *testing.T) {
		cap := Cap{5, 100 * time.Millisecond}
		var made []float64 // by the server's clock, and not trimmed
		for len(made) < 25 {
			before := nowOf(t, client)
			if !take(t, store, "c", cap).Allowed {
				assert.Assert(t, len(made) >= cap.N)
				assert.Assert(t, made[len(made)-cap.N]+100_000 > before, "refused at %.0f or later, after calls at %.0f", before, made)
				continue
			}
			newest, err := client.ZRevRangeWithScores(ctx, "test:c", 0, 0).Result()
			assert.NilError(t, err)
			made = append(made, newest[0].Score)
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
		pass(t, client, "test:e", 5*time.Millisecond)
		if got := take(t, store, "e", Cap{1, 2 * time.Hour}); got.Allowed {
			t.Errorf("longer: %+v", got)
		}
		ttl := client.PTTL(ctx, "test:e").Val()
		assert.Check(t, ttl >= 119*time.Minute, "kept for %s", ttl)
		assert.Check(t, ttl <= 2*time.Hour, "kept for %s", ttl)
	})

	t.Run("keeps the newest N and expires", func(t *testing.T) {
		for range 50 {
			take(t, store, "f", Cap{3, time.Microsecond})
		}
		if size := client.ZCard(ctx, "test:f").Val(); size != 3 {
			t.Errorf("%d calls kept", size)
		}
		ttl := client.PTTL(ctx, "test:f").Val()
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
		tomorrow := float64(time.Now().Add(24 * time.Hour).UnixMicro())
		client.ZAdd(ctx, "test:h", redis.Z{Score: tomorrow, Member: "x"}, redis.Z{Score: tomorrow, Member: "y"})
		got := take(t, store, "h", Cap{2, time.Second})
		assert.Assert(t, !got.Allowed, "%+v", got)
		assert.Equal(t, got.Reset, time.Second, "%+v", got)
		pass(t, client, "test:h", time.Second)
		if got := take(t, store, "h", Cap{2, time.Second}); !got.Allowed {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("replicas share a cap", func(t *testing.T) {
		acceptsExactly(t, patient(client, "replicas:"), 8, 100)
		if got := take(t, patient(client, "replicas:"), "key0", Cap{50, time.Hour}); got.Allowed {
			t.Errorf("another replica got %+v", got)
		}
	})

	t.Run("agrees with memory on a cap without meaning", func(t *testing.T) {
		if _, err := store.Take(ctx, "key", Cap{}); err == nil {
			t.Error("took a cap without meaning")
		}
	})

	t.Run("survives a script flush", func(t *testing.T) {
		client.ScriptFlush(ctx)
		take(t, store, "i", Cap{1, time.Hour})
	})
}

// The script against the oracle, to the microsecond, with a clock that the test sets instead of TIME.
func TestRedisIsExact(t *testing.T) {
	client := startRedis(t)
	script := strings.Replace(takeScript, "redis.call('TIME')", "redis.call('HMGET', 'clock', 's', 'us')", 1)
	if script == takeScript {
		t.Fatal("the script no longer asks for the time in one place")
	}
	anyCap := func(t *rapid.T) Cap { return Cap{anyN.Draw(t, "N"), anyPer.Draw(t, "Per")} }
	rapid.Check(t, func(t *rapid.T) {
		client.FlushAll(ctx)
		store := patient(client, "")
		store.script = redis.NewScript(script)
		compare(t, subject{store, time.Microsecond, func(now time.Duration) {
			at := epoch.Add(now)
			client.HSet(ctx, "clock", "s", at.Unix(), "us", at.Nanosecond()/1000)
		}}, true, anyCap)
	})
}

// bounds notes how long each call may still take when it leaves.
type bounds struct {
	left      []time.Duration
	unbounded int
}

func (b *bounds) DialHook(next redis.DialHook) redis.DialHook { return next }

func (b *bounds) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (b *bounds) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if by, ok := ctx.Deadline(); ok {
			b.left = append(b.left, time.Until(by))
		} else {
			b.unbounded++
		}
		return next(ctx, cmd)
	}
}

// TestRedisAwayIsAnError of a server that never answers: that the call ends is the store's doing.
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
			client := redis.NewClient(&redis.Options{Addr: addr})
			defer client.Close()
			var b bounds
			store := NewRedis(client, "")
			store.client.AddHook(&b)
			_, err := store.Take(ctx, "key", Cap{1, time.Second})
			if err == nil {
				t.Error("no error")
			}
			assert.Check(t, is.Equal(b.unbounded, 0))
			assert.Check(t, len(b.left) > 0)
			for _, left := range b.left {
				assert.Check(t, left <= answerWithin, left)
			}
			if client.Options().ContextTimeoutEnabled {
				t.Error("changed the caller's client")
			}
		})
	}
}

func BenchmarkRedisTake(b *testing.B) {
	store := NewRedis(startRedis(b), fmt.Sprint("bench", b.N, ":"))
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
