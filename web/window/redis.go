package window

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// answerWithin is how long a call waits for Redis, retries and connecting included: a request that only
// wants to know its cap must not hang with Redis.
const answerWithin = 500 * time.Millisecond

//go:embed take.lua
var takeScript string

// Redis is a Store that several processes share. It goes by the server's clock, to the microsecond.
type Redis struct {
	client *redis.Client
	within time.Duration // in which a call is answered
	prefix string
	script *redis.Script
	// name and calls name each call, so that one which is sent twice counts once.
	name  string
	calls atomic.Uint64
}

// NewRedis makes a store on the client's connections; closing the client stays with the caller. Every key
// begins with prefix and expires by itself.
func NewRedis(client *redis.Client, prefix string) *Redis {
	return newRedis(client, prefix, answerWithin)
}

func newRedis(client *redis.Client, prefix string, within time.Duration) *Redis {
	// The client obeys a context's deadline only when told so. The copy shares the connections, and leaves
	// the caller's own settings alone.
	quick := client.WithTimeout(within)
	quick.Options().ContextTimeoutEnabled = true
	return &Redis{client: quick, within: within, prefix: prefix, script: redis.NewScript(takeScript), name: rand.Text()}
}

// Take counts a call if the cap allows it. When Redis is away or slow the error says so, and whether the
// call may go on is the caller's decision.
func (r *Redis) Take(ctx context.Context, key string, cap Cap) (Verdict, error) {
	return r.ask(ctx, key, cap, r.name+strconv.FormatUint(r.calls.Add(1), 36))
}

// Peek tells what Take would, and counts nothing. Errors as in Take.
func (r *Redis) Peek(ctx context.Context, key string, cap Cap) (Verdict, error) {
	return r.ask(ctx, key, cap, "")
}

func (r *Redis) ask(ctx context.Context, key string, cap Cap, call string) (Verdict, error) {
	if err := cap.check(); err != nil {
		return Verdict{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	per := (cap.Per + time.Microsecond - 1) / time.Microsecond
	answer, err := r.script.Run(ctx, r.client, []string{r.prefix + key},
		cap.N, int64(per), cap.keep().Milliseconds()+1, call).Slice()
	if err != nil {
		return Verdict{}, fmt.Errorf("window: redis: %w", err)
	}
	return readAnswer(answer, cap)
}

func readAnswer(answer []any, cap Cap) (Verdict, error) {
	if len(answer) != 3 {
		return Verdict{}, fmt.Errorf("window: redis answered %v", answer)
	}
	allowed, isNumber := answer[0].(int64)
	counted, isCount := answer[1].(int64)
	frees, isText := answer[2].(string)
	wait, err := strconv.ParseInt(frees, 10, 64)
	if !isNumber || !isCount || !isText || err != nil {
		return Verdict{}, fmt.Errorf("window: redis answered %v", answer)
	}
	p := past{counted: int(counted), frees: time.Duration(wait) * time.Microsecond}
	return p.verdict(cap, allowed == 1), nil
}
