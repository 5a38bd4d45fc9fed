// Package web is the middleware: what every request passes before a route's
// handler sees it, and after. Who asks, how fast, in which workspace, and how
// bad news is told. It knows models and nothing of the surfaces, whose groups
// of routes cmd hands to Open. Start with group.go.
package web

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"mauve/models"
	"mauve/models/problem"
	"mauve/web/window"
)

// Config is what the server needs to know.
type Config struct {
	Store          *models.Store
	Windows        window.Store // of keys, and of tries to sign in
	PublicURL      string
	TrustedProxies []netip.Prefix
	MaxUpload      int // bytes of a file; 0 is 16 MiB
	MaxStreams     int // live streams of one session; 0 is 32
}

// MaxStreams is how many live streams a session has where Config says nothing: one for each open page.
const MaxStreams = 32

// Server is what all groups of routes share.
type Server struct {
	Config
	Live   *Hub
	keys   keyCache
	calls  *callLog
	public *url.URL
	groups []Group
}

// BodyLimit is the most bytes a JSON body has.
const BodyLimit = 1 << 20

// New makes the server. Close ends what it started.
func New(c Config) (*Server, error) {
	public, err := url.Parse(c.PublicURL)
	if err != nil || public.Host == "" {
		return nil, fmt.Errorf("PUBLIC_URL is not a web address: %q", c.PublicURL)
	}
	if c.MaxUpload == 0 {
		c.MaxUpload = MaxUpload
	}
	if c.MaxStreams == 0 {
		c.MaxStreams = MaxStreams
	}
	h := &Server{Config: c, public: public, Live: newHub(c.Store, c.MaxStreams)}
	h.calls = startCallLog(c.Store)
	c.Store.OnCommit(func(n models.News) {
		if n.Rights {
			h.keys.clear()
			h.Live.recheck(n.Workspace)
		}
		if n.Word != "" {
			h.Live.passOn(n.Workspace, n.Word)
			return
		}
		h.Live.wake(n.Workspace)
	})
	return h, nil
}

// Close ends the open streams and writes what the call log still holds.
func (h *Server) Close() {
	h.Live.Close()
	h.calls.close()
}

// Open builds the app: what every call passes, in one list, then the groups' routes. It fails where a route does not say
// what it needs.
func (h *Server) Open(groups ...Group) (*fiber.App, error) {
	h.groups = append([]Group{h.files()}, groups...)
	app := fiber.New(fiber.Config{
		AppName: "Mauve", DisableStartupMessage: true, Immutable: true, BodyLimit: BodyLimit,
		StreamRequestBody: true, DisablePreParseMultipartForm: true,
		ReadTimeout: 30 * time.Second, IdleTimeout: 90 * time.Second, ReadBufferSize: 16 << 10,
		// One spelling of an address: what compares it, here or in a proxy, means what the router means.
		CaseSensitive: true, StrictRouting: true,
		ErrorHandler: func(c *fiber.Ctx, err error) error { return h.tell(c, h.groupMeant(c), err) },
	})
	app.Use(h.observe, h.recover, h.safeHeaders, h.bodies, h.rightGroup)
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok") })
	app.Get("/readyz", h.ready)
	seen := map[string]bool{}
	for _, g := range h.groups {
		if err := g.check(seen); err != nil {
			return nil, err
		}
		g.mount(h, app)
	}
	app.Use(h.rest)
	return app, nil
}

// rightGroup refuses an address that is below a group's prefix only if it is spelled in another way: //api, /API, /%61pi.
// Another group would answer that, a page where a program asks.
func (h *Server) rightGroup(c *fiber.Ctx) error {
	if h.groupMeant(c).Prefix != h.groupOf(c.Path()).Prefix {
		return errNoSuchPage
	}
	return c.Next()
}

// groupMeant is the group that the address leads to, read kindly: decoded, without dots and doubled slashes, in small letters.
func (h *Server) groupMeant(c *fiber.Ctx) Group {
	return h.groupOf(strings.ToLower(utils.UnsafeString(c.Context().Path())))
}

var errNoSuchPage = problem.Fail(problem.NotFound, "no_such_page", "There is nothing at this address.")

// groupOf is the group with the longest prefix that the path is below.
func (h *Server) groupOf(path string) Group {
	var best Group
	for _, g := range h.groups {
		below, has := strings.CutPrefix(path, g.Prefix)
		if has && (below == "" || below[0] == '/') && len(g.Prefix) >= len(best.Prefix) {
			best = g
		}
	}
	return best
}

// observe gives the request its id, keeps the clock and writes the log line.
func (h *Server) observe(c *fiber.Ctx) error {
	began := time.Now()
	id := c.Get("X-Request-Id")
	if !saneRequestID(id) {
		id = "req_" + string(models.NewID(began))
	}
	id = utils.CopyString(id)
	c.Locals(requestIDLocal, id)
	c.Set("X-Request-Id", id)
	if err := c.Next(); err != nil {
		if err = c.App().Config().ErrorHandler(c, err); err != nil {
			return err
		}
	}
	took := time.Since(began)
	requests(c, took)
	if key := KeyOf(c); key != nil {
		h.calls.add(&models.KeyCall{WorkspaceID: key.WorkspaceID, APIKeyID: key.ID, RequestID: id, Method: utils.CopyString(c.Method()),
			Path: cutPath(c.Path()), Status: c.Response().StatusCode(), TookMs: took.Milliseconds(), Address: h.Address(c), At: h.Store.Now()})
	}
	slog.Debug("request", "id", id, "method", c.Method(), "path", loggedPath(c), "status", c.Response().StatusCode(), "ms", took.Milliseconds())
	return nil
}

// loggedPath is the call's path as a log may hold it: an invitation's is its key.
func loggedPath(c *fiber.Ctx) string {
	if path := c.Path(); !strings.HasPrefix(strings.ToLower(path), "/join/") {
		return path
	}
	return "/join/…"
}

func cutPath(path string) string { return strings.Clone(path[:min(len(path), 300)]) }

func saneRequestID(id string) bool {
	if len(id) < 1 || len(id) > 128 {
		return false
	}
	for _, b := range []byte(id) {
		if b <= ' ' || b > '~' || b == '"' || b == '\\' || b == '<' {
			return false
		}
	}
	return true
}

// recover turns a panic into an internal error: one request fails, not the program.
func (h *Server) recover(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
			slog.Error("panic", "request", RequestID(c), "panic", fmt.Sprint(r), "stack", stack())
		}
	}()
	return c.Next()
}

// safeHeaders are on every answer; pages narrow nothing further.
func (h *Server) safeHeaders(c *fiber.Ctx) error {
	c.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; font-src 'self'; "+
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'")
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	if h.secure(c) {
		c.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return c.Next()
}

// HTTPS reports whether people reach the program by https.
func (h *Server) HTTPS() bool { return h.public.Scheme == "https" }
