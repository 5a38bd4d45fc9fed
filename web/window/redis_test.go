package window

import (
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
	"pgregory.net/rapid"
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
	for range 1000 {
		if client.Ping(ctx).Err() == nil {
			return client
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("redis-server did not answer within 20 seconds")
	return nil
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
	store := NewRedis(client, "test:")

	t.Run("counts down, refuses and says when", func(t *testing.T) {
		cap := Cap{3, 1200 * time.Millisecond}
		for left := 2; left >= 0; left-- {
			got := take(t, store, "a", cap)
			if !got.Allowed || got.Remaining != left || got.Reset <= 0 || got.Reset > cap.Per || got.RetryAfter != 0 {
				t.Fatalf("got %+v, want %d left", got, left)
			}
		}
		got := take(t, store, "a", cap)
		if got.Allowed || got.Remaining != 0 || got.RetryAfter < time.Second || got.RetryAfter > 2*time.Second {
			t.Fatalf("got %+v", got)
		}
		time.Sleep(got.Reset)
		if got := take(t, store, "a", cap); !got.Allowed {
			t.Fatalf("refused when a slot was to free: %+v", got)
		}
	})

	t.Run("peek counts nothing", func(t *testing.T) {
		for range 3 {
			got, err := store.Peek(ctx, "b", Cap{1, time.Hour})
			if want := (Verdict{Allowed: true, Remaining: 1}); err != nil || got != want {
				t.Fatalf("got %+v, %v", got, err)
			}
		}
		take(t, store, "b", Cap{1, time.Hour})
		if got, _ := store.Peek(ctx, "b", Cap{1, time.Hour}); got.Allowed || got.RetryAfter != time.Hour {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("no window holds more", func(t *testing.T) {
		cap := Cap{5, 100 * time.Millisecond}
		scores := acceptedScores(t, client, store, cap, 600*time.Millisecond)
		for i := cap.N; i < len(scores); i++ {
			if scores[i]-scores[i-cap.N] < 100_000 {
				t.Fatalf("%d calls within %.0f µs", cap.N+1, scores[i]-scores[i-cap.N])
			}
		}
		if len(scores) < 25 {
			t.Errorf("only %d accepted in 600 ms", len(scores))
		}
	})

	t.Run("a changed cap counts at once", func(t *testing.T) {
		for range 4 {
			take(t, store, "d", Cap{10, time.Hour})
		}
		if got := take(t, store, "d", Cap{2, time.Hour}); got.Allowed || got.Remaining != 0 {
			t.Errorf("lowered: %+v", got)
		}
		if got := take(t, store, "d", Cap{5, time.Hour}); !got.Allowed || got.Remaining != 0 {
			t.Errorf("raised: %+v", got)
		}
		take(t, store, "e", Cap{1, time.Millisecond})
		time.Sleep(5 * time.Millisecond)
		if got := take(t, store, "e", Cap{1, 2 * time.Hour}); got.Allowed {
			t.Errorf("longer: %+v", got)
		}
		if ttl := client.PTTL(ctx, "test:e").Val(); ttl < 119*time.Minute || ttl > 2*time.Hour {
			t.Errorf("kept for %s", ttl)
		}
	})

	t.Run("keeps the newest N and expires", func(t *testing.T) {
		for range 50 {
			take(t, store, "f", Cap{3, time.Microsecond})
		}
		if size := client.ZCard(ctx, "test:f").Val(); size != 3 {
			t.Errorf("%d calls kept", size)
		}
		if ttl := client.PTTL(ctx, "test:f").Val(); ttl < 59*time.Minute || ttl > keepFor+time.Second {
			t.Errorf("kept for %s", ttl)
		}
	})

	t.Run("a call sent twice counts once", func(t *testing.T) {
		for range 3 {
			got, err := store.ask(ctx, "g", Cap{1, time.Hour}, "same")
			if err != nil || !got.Allowed {
				t.Fatalf("got %+v, %v", got, err)
			}
		}
		if got := take(t, store, "g", Cap{1, time.Hour}); got.Allowed {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("a clock that stepped back does not lock the key", func(t *testing.T) {
		tomorrow := float64(time.Now().Add(24 * time.Hour).UnixMicro())
		client.ZAdd(ctx, "test:h", redis.Z{Score: tomorrow, Member: "x"}, redis.Z{Score: tomorrow, Member: "y"})
		got := take(t, store, "h", Cap{2, time.Second})
		if got.Allowed || got.Reset != time.Second {
			t.Fatalf("got %+v", got)
		}
		time.Sleep(time.Second)
		if got := take(t, store, "h", Cap{2, time.Second}); !got.Allowed {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("replicas share a cap", func(t *testing.T) {
		acceptsExactly(t, NewRedis(client, "replicas:"), 8, 100)
		if got := take(t, NewRedis(client, "replicas:"), "key0", Cap{50, time.Hour}); got.Allowed {
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

// acceptedScores hammers a key and collects each call's time before it is trimmed.
func acceptedScores(t *testing.T, client *redis.Client, store Store, cap Cap, during time.Duration) (scores []float64) {
	key := "scores"
	for start := time.Now(); time.Since(start) < during; {
		if !take(t, store, key, cap).Allowed {
			continue
		}
		newest, err := client.ZRevRangeWithScores(ctx, "test:"+key, 0, 0).Result()
		if err != nil {
			t.Fatal(err)
		}
		scores = append(scores, newest[0].Score)
	}
	return scores
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
		store := NewRedis(client, "")
		store.script = redis.NewScript(script)
		compare(t, subject{store, time.Microsecond, func(now time.Duration) {
			at := epoch.Add(now)
			client.HSet(ctx, "clock", "s", at.Unix(), "us", at.Nanosecond()/1000)
		}}, true, anyCap)
	})
}

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
			start := time.Now()
			_, err := NewRedis(client, "").Take(ctx, "key", Cap{1, time.Second})
			if err == nil {
				t.Error("no error")
			}
			if took := time.Since(start); took > answerWithin+200*time.Millisecond {
				t.Errorf("took %s", took)
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
