package web

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models/input"
	"mauve/models/password"
	"mauve/models/problem"
	"mauve/web/window"
)

// Attempt is a try to prove who one is by something that can be guessed. It is
// counted before it is looked at, so that tries made at once count, too, and
// given back when it was none.
type Attempt struct {
	server *Server
	taken  []string // windows it is counted in
}

// A person who mistypes waits a little, and longer the more often: what is
// allowed in half a minute, in five, in an hour, in a day.
var (
	mistakes = []window.Cap{{N: 5, Per: 30 * time.Second}, {N: 8, Per: 5 * time.Minute}, {N: 12, Per: time.Hour}, {N: 20, Per: 24 * time.Hour}}
	// Of one address, whichever accounts it tries: an office of a hundred signs in at nine.
	perAddress = []window.Cap{{N: 150, Per: time.Minute}, {N: 500, Per: time.Hour}}
	// Of one account, from wherever: a password that is not easy to guess stands so many for years.
	perAccount = []window.Cap{{N: 100, Per: time.Minute}, {N: 300, Per: time.Hour}, {N: 1000, Per: 24 * time.Hour}}
)

// limit is what is counted under one name, over several windows.
type limit struct {
	name string
	caps []window.Cap
}

// AttemptSignIn counts a try to sign in with the address given. In a browser in
// which that account signed in before, only what this browser tries counts: nobody else can
// keep its person out.
func (h *Server) AttemptSignIn(c *fiber.Ctx, email string) (*Attempt, error) {
	account, address := accountName(email), h.limitedAddress(c)
	if h.knows(c, email) {
		return h.attempt(c, limit{"as " + account + " in " + h.browser(c), mistakes})
	}
	return h.attempt(c, limit{"as " + account + " from " + address, mistakes}, limit{"from " + address, perAddress}, limit{"as " + account, perAccount})
}

// AttemptToken counts a try with a link that was given to somebody.
func (h *Server) AttemptToken(c *fiber.Ctx) (*Attempt, error) {
	return h.attempt(c, limit{"from " + h.limitedAddress(c), perAddress})
}

// AttemptPassword counts a try of the present password within a session.
func (h *Server) AttemptPassword(c *fiber.Ctx) (*Attempt, error) {
	return h.attempt(c, limit{"in session " + string(SessionOf(c).ID), mistakes})
}

func (h *Server) attempt(c *fiber.Ctx, limits ...limit) (*Attempt, error) {
	a := &Attempt{server: h}
	var wait time.Duration
	for _, l := range limits {
		for _, cap := range l.caps {
			name := "try " + cap.Per.String() + " " + l.name
			count := h.Windows.Take
			if wait > 0 {
				count = h.Windows.Peek // refused already: who waits as long as is told is let in
			}
			v, err := count(c.UserContext(), name, cap)
			switch {
			case err != nil:
				// No window answers: to keep everybody out would be the greater harm; the log says so.
				slog.Error("the windows of tries do not answer", "request", RequestID(c), "error", err)
			case !v.Allowed:
				wait = max(wait, v.RetryAfter)
			case wait == 0:
				a.taken = append(a.taken, name)
			}
		}
	}
	if wait == 0 {
		return a, nil
	}
	a.GiveBack()
	c.Set("Retry-After", seconds(wait))
	return nil, problem.Fail(problem.TooMany, "too_many_failures", "Too many tries. Wait %s seconds and try again.", seconds(wait))
}

// GiveBack says that it was no guess: it was right, or was not looked at.
func (a *Attempt) GiveBack() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second) // also for a caller who has left
	defer cancel()
	for _, name := range a.taken {
		if err := a.server.Windows.GiveBack(ctx, name); err != nil {
			slog.Warn("a try stays counted", "error", err)
		}
	}
	a.taken = nil
}

// Wrong reports whether err says that what was tried is not so. For any other
// outcome the try is given back.
func (a *Attempt) Wrong(err error) bool {
	kind := problem.KindOf(err)
	if err != nil && (kind == problem.SignedOut || kind == problem.NotFound) {
		return true
	}
	a.GiveBack()
	return false
}

// accountName is an e-mail address as limits know it.
func accountName(email string) string {
	email = input.NormalEmail(email)
	return strings.Clone(email[:min(len(email), 254)])
}

// limitedAddress is the caller's address as limits take it: of IPv6 the first 64
// bits, which one customer has to themselves (RFC 6177).
func (h *Server) limitedAddress(c *fiber.Ctx) string {
	address, err := netip.ParseAddr(h.Address(c))
	if err != nil || address.Unmap().Is4() {
		return h.Address(c)
	}
	prefix, err := address.WithZone("").Prefix(64)
	if err != nil {
		return h.Address(c)
	}
	return prefix.String()
}

// Origin is where the person is who gives a password for the account.
func (h *Server) Origin(c *fiber.Ctx, email string) password.Origin {
	return password.Origin{Address: h.limitedAddress(c), Known: h.knows(c, email)}
}
