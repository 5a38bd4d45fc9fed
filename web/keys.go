package web

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
	"mauve/web/window"
)

// deadline bounds what one call may take of the store.
const deadline = 20 * time.Second

// Failed keys allowed per client address.
var failureCap = window.Cap{N: 20, Per: time.Minute}

// InClear reports whether a call came by plain HTTP although the program is reached by https.
func (h *Server) InClear(c *fiber.Ctx) bool { return h.HTTPS() && !h.secure(c) }

// Key identifies the caller by API key, in any of the three spellings: with the
// scope read for GET and HEAD, for all else with write. Plain HTTP is refused
// where the program is reached by https; a redirect would have carried the key in
// the clear already.
func (h *Server) Key(c *fiber.Ctx) (*models.Scope, error) {
	if h.InClear(c) {
		return nil, problem.Fail(problem.Forbidden, "https_required", "Call this over https.")
	}
	secret, err := secretOf(c)
	if err != nil {
		return nil, err
	}
	if secret == "" {
		c.Set("WWW-Authenticate", "Bearer")
		return nil, errNoKey
	}
	key, err := h.keyBySecret(c.UserContext(), secret)
	if err != nil {
		if problem.KindOf(err) != problem.SignedOut {
			return nil, err
		}
		return nil, h.refuseKey(c, err)
	}
	c.Locals(keyLocal, key)
	// A shared cache knows Authorization and not X-API-Key (RFC 9111, 3.5): the answer is this caller's alone, and asked for anew.
	c.Set("Cache-Control", "private, no-cache")
	if err := h.capKey(c, key); err != nil {
		return nil, err
	}
	need := "write"
	if c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead {
		need = "read"
	}
	if need == "read" && !key.CanRead || need == "write" && !key.CanWrite {
		c.Set("WWW-Authenticate", fmt.Sprintf(`Bearer error="insufficient_scope", scope=%q`, need))
		return nil, problem.Fail(problem.Forbidden, "insufficient_scope", "This key lacks the scope %q.", need)
	}
	if need == "write" && key.Held() {
		c.Set("Retry-After", "60")
		return nil, models.ErrHeld
	}
	return h.Store.As(c.UserContext(), models.ID(key.WorkspaceID), key.Actor()), nil
}

var errNoKey = problem.Fail(problem.SignedOut, "no_key", "Send an API key: as “Authorization: Bearer KEY”, or in the header X-API-Key.")

// refuseKey answers a bad key; an address that keeps trying waits. It never
// reaches a caller with a good key.
func (h *Server) refuseKey(c *fiber.Ctx, err error) error {
	v, limitErr := h.Windows.Take(c.UserContext(), "key from "+h.limitedAddress(c), failureCap)
	if limitErr == nil && !v.Allowed {
		c.Set("Retry-After", seconds(v.RetryAfter))
		return problem.Fail(problem.TooMany, "too_many_failures", "Too many calls without a good key from this address.")
	}
	c.Set("WWW-Authenticate", "Bearer")
	return err
}

// secretOf reads the key of the request. Two that differ are refused.
func secretOf(c *fiber.Ctx) (string, error) {
	secret := ""
	bearer := c.Get("Authorization")
	if scheme, rest, ok := strings.Cut(bearer, " "); ok && strings.EqualFold(scheme, "bearer") {
		secret = strings.TrimSpace(rest)
	}
	for _, name := range []string{"X-API-Key", "x-auth-token"} {
		other := strings.TrimSpace(c.Get(name))
		if other != "" && secret != "" && other != secret {
			return "", problem.Fail(problem.Malformed, "two_keys", "The request carries two different keys.")
		}
		if other != "" {
			secret = other
		}
	}
	return secret, nil
}

func (h *Server) capKey(c *fiber.Ctx, key *models.APIKey) error {
	limit := window.Cap{N: key.CapCalls, Per: time.Duration(key.CapSeconds) * time.Second}
	v, err := h.Windows.Take(c.UserContext(), string(key.ID), limit)
	if err != nil {
		// No window answers: serving without a cap is the lesser harm, and said in the log.
		slog.Error("the rate windows do not answer", "request", RequestID(c), "error", err)
		return nil
	}
	reset := seconds(v.Reset)
	c.Set("RateLimit-Policy", `"key";q=`+strconv.Itoa(key.CapCalls)+";w="+strconv.Itoa(key.CapSeconds))
	c.Set("RateLimit", `"key";r=`+strconv.Itoa(v.Remaining)+";t="+reset)
	c.Set("X-RateLimit-Limit", strconv.Itoa(key.CapCalls))
	c.Set("X-RateLimit-Remaining", strconv.Itoa(v.Remaining))
	c.Set("X-RateLimit-Reset", reset)
	c.Locals(leftLocal, v.Remaining)
	if v.Allowed {
		return nil
	}
	c.Set("Retry-After", seconds(v.RetryAfter))
	return problem.Fail(problem.TooMany, "rate_limited", "This key may make %d calls in %d seconds. Try again in %s s.",
		key.CapCalls, key.CapSeconds, seconds(v.RetryAfter))
}

// Left returns how many calls the key has left in its window after this one.
func Left(c *fiber.Ctx) int {
	n, _ := c.Locals(leftLocal).(int)
	return n
}

// seconds rounds up to whole seconds, so that a call made then succeeds.
func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

// keyCache spares a look-up per call. An entry lives half a second, so that a
// revocation reaches a replica in time even when its news is lost.
type keyCache struct {
	sync.Mutex
	bySecret map[string]cachedKey
}

type cachedKey struct {
	key   *models.APIKey
	until time.Time
}

func (k *keyCache) clear() {
	k.Lock()
	defer k.Unlock()
	k.bySecret = nil
}

func (h *Server) keyBySecret(ctx context.Context, secret string) (*models.APIKey, error) {
	now := time.Now()
	h.keys.Lock()
	hit, ok := h.keys.bySecret[secret]
	h.keys.Unlock()
	if ok && now.Before(hit.until) && hit.key.Live(h.Store.Now()) {
		return hit.key, nil
	}
	key, err := h.Store.KeyBySecret(ctx, secret)
	if err != nil {
		return nil, err
	}
	h.keys.Lock()
	defer h.keys.Unlock()
	if h.keys.bySecret == nil || len(h.keys.bySecret) >= 10_000 {
		h.keys.bySecret = map[string]cachedKey{}
	}
	h.keys.bySecret[strings.Clone(secret)] = cachedKey{key, now.Add(500 * time.Millisecond)}
	return key, nil
}
