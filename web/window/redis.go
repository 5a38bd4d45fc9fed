package window

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
)

// answerWithin is how long a call waits for Redis, a second try and connecting included: a request that only
// wants to know its cap must not hang with Redis.
const answerWithin = 500 * time.Millisecond

//go:embed take.lua
var takeScript string

// Redis is a Store that several processes share. It goes by the server's clock, to the microsecond.
type Redis struct {
	pool   *redis.Pool
	within time.Duration // in which a call is answered
	prefix string
	script *redis.Script
	// name and calls name each call, so that one which is sent twice counts once.
	name  string
	calls atomic.Uint64
}

// mostConns is how many connections one process holds; a call that finds all in use waits for one.
const mostConns = 20

// OpenRedis makes a store on the Redis or Valkey at the address: redis://, rediss:// with TLS, or unix://
// and a path. It connects when first asked. Every key begins with prefix and expires by itself.
func OpenRedis(address, prefix string) (*Redis, error) {
	dial, err := dialer(address)
	if err != nil {
		return nil, err
	}
	return newRedis(dial, prefix, answerWithin), nil
}

func newRedis(dial dial, prefix string, within time.Duration) *Redis {
	pool := &redis.Pool{DialContext: dial, MaxIdle: mostConns, MaxActive: mostConns, Wait: true, IdleTimeout: 5 * time.Minute,
		// What the server closed while it lay idle shows here, not to a caller.
		TestOnBorrowContext: func(ctx context.Context, c redis.Conn, used time.Time) error {
			if time.Since(used) < time.Second {
				return nil
			}
			_, err := redis.DoContext(c, ctx, "PING")
			return err
		}}
	return &Redis{pool: pool, within: within, prefix: prefix, script: redis.NewScript(1, takeScript), name: rand.Text()}
}

type dial = func(context.Context) (redis.Conn, error)

// dialer checks an address and returns what connects to it.
func dialer(address string) (dial, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("window: the address of Redis cannot be read") // err would tell its password
	}
	quick := []redis.DialOption{redis.DialConnectTimeout(answerWithin), redis.DialTLSHandshakeTimeout(answerWithin)}
	for name, values := range u.Query() {
		number, err := strconv.Atoi(values[0])
		if u.Scheme != "unix" || name != "db" || err != nil {
			return nil, fmt.Errorf("window: the address of Redis says ?%s=, which is nothing here; a database's number is the path, or ?db= of a socket", name)
		}
		quick = append(quick, redis.DialDatabase(number))
	}
	switch u.Scheme {
	case "unix":
		password, _ := u.User.Password()
		quick = append(quick, redis.DialUsername(u.User.Username()), redis.DialPassword(password))
		return func(ctx context.Context) (redis.Conn, error) { return redis.DialContext(ctx, "unix", u.Path, quick...) }, nil
	case "redis", "rediss":
		return func(ctx context.Context) (redis.Conn, error) { return redis.DialURLContext(ctx, address, quick...) }, nil
	}
	return nil, errors.New("window: the address of Redis begins with redis://, rediss:// or unix://") // what stands there may be its password
}

// Close closes the connections.
func (r *Redis) Close() error { return r.pool.Close() }

// Take counts a call if the cap allows it. When Redis is away or slow the error says so, and whether the
// call may go on is the caller's decision.
func (r *Redis) Take(ctx context.Context, key string, cap Cap) (Verdict, error) {
	return r.ask(ctx, key, cap, r.name+strconv.FormatUint(r.calls.Add(1), 36))
}

// Peek tells what Take would, and counts nothing. Errors as in Take.
func (r *Redis) Peek(ctx context.Context, key string, cap Cap) (Verdict, error) {
	return r.ask(ctx, key, cap, "")
}

// GiveBack forgets the newest accepted call of the key. Errors as in Take.
func (r *Redis) GiveBack(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	c, err := r.pool.GetContext(ctx)
	if err == nil {
		defer c.Close()
		_, err = redis.DoContext(c, ctx, "ZPOPMAX", r.prefix+key)
	}
	if err != nil {
		err = fmt.Errorf("window: redis: %w", err)
	}
	return err
}

func (r *Redis) ask(ctx context.Context, key string, cap Cap, call string) (Verdict, error) {
	if err := cap.check(); err != nil {
		return Verdict{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	per := (cap.Per + time.Microsecond - 1) / time.Microsecond
	answer, err := redis.Values(r.run(ctx, r.prefix+key, cap.N, int64(per), cap.keep().Milliseconds()+1, call))
	if err != nil {
		return Verdict{}, fmt.Errorf("window: redis: %w", err)
	}
	return readAnswer(answer, cap)
}

// run runs the script, once more if the connection broke.
func (r *Redis) run(ctx context.Context, args ...any) (answer any, err error) {
	for range 2 {
		if answer, err = r.runOnce(ctx, args); err == nil || ctx.Err() != nil {
			break
		}
		if _, refused := errors.AsType[redis.Error](err); refused {
			break
		}
	}
	return answer, err
}

func (r *Redis) runOnce(ctx context.Context, args []any) (any, error) {
	c, err := r.pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return r.script.DoContext(ctx, c, args...)
}

func readAnswer(answer []any, cap Cap) (Verdict, error) {
	if len(answer) != 3 {
		return Verdict{}, fmt.Errorf("window: redis answered %v", answer)
	}
	allowed, isNumber := answer[0].(int64)
	counted, isCount := answer[1].(int64)
	frees, isText := answer[2].([]byte)
	wait, err := strconv.ParseInt(string(frees), 10, 64)
	if !isNumber || !isCount || !isText || err != nil {
		return Verdict{}, fmt.Errorf("window: redis answered %v", answer)
	}
	p := past{counted: int(counted), frees: time.Duration(wait) * time.Microsecond}
	return p.verdict(cap, allowed == 1), nil
}
