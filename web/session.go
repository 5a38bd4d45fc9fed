package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/sessions"

	"mauve/models"
	"mauve/models/problem"
)

const (
	cookieName   = "mauve_session"
	requestLocal = "mauve:http-request"
	memberLocal  = "mauve:member"
	rowLocal     = "mauve:session"
)

// sessionStore is gorilla's Store on our table: the cookie holds an opaque
// token, the row its hash, so that sessions can be listed and ended.
type sessionStore struct{ server *Server }

// Get returns the request's session, read once.
func (s sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session behind the cookie; an unknown one is new.
func (s sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.IsNew = true
	session.Options = s.server.cookie()
	c, err := r.Cookie(name)
	if err != nil {
		return session, nil
	}
	row, member, err := s.server.Store.SessionByToken(r.Context(), c.Value)
	if err != nil {
		if problem.KindOf(err) == problem.SignedOut {
			err = nil
		}
		return session, err
	}
	session.IsNew, session.ID = false, c.Value
	session.Values[rowLocal], session.Values[memberLocal] = row, member
	return session, nil
}

// Save writes the cookie: the session's token, or its end.
func (s sessionStore) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

func (h *Server) cookie() *sessions.Options {
	return &sessions.Options{Path: "/", MaxAge: int(models.SessionLife / time.Second), HttpOnly: true,
		Secure: h.HTTPS(), SameSite: http.SameSiteLaxMode}
}

// session returns the call's session through gorilla's registry, which wants
// one *http.Request for the whole call.
func (h *Server) session(c *fiber.Ctx) (*sessions.Session, *http.Request, error) {
	r, ok := c.Locals(requestLocal).(*http.Request)
	if !ok {
		var err error
		// Only the cookies: an adaptor would read the body, which may be a file.
		if r, err = http.NewRequestWithContext(c.UserContext(), c.Method(), "/", nil); err != nil {
			return nil, nil, err
		}
		r.Header.Set("Cookie", strings.Clone(c.Get("Cookie")))
		c.Locals(requestLocal, r)
	}
	session, err := sessionStore{h}.Get(r, cookieName)
	return session, r, err
}

// headerSink lets gorilla write its cookie into Fiber's answer.
type headerSink struct{ header http.Header }

func (s headerSink) Header() http.Header       { return s.header }
func (headerSink) Write(b []byte) (int, error) { return len(b), nil }
func (headerSink) WriteHeader(int)             {}

func (h *Server) saveSession(c *fiber.Ctx, session *sessions.Session, r *http.Request) error {
	sink := headerSink{http.Header{}}
	if err := session.Save(r, sink); err != nil {
		return err
	}
	for _, v := range sink.header.Values("Set-Cookie") {
		c.Response().Header.Add("Set-Cookie", v)
	}
	return nil
}

// SignIn gives the browser a new session; one it had before is ended, so that
// none can be planted on it.
func (h *Server) SignIn(c *fiber.Ctx, m *models.Member) error {
	session, r, err := h.session(c)
	if err != nil {
		return err
	}
	if old, ok := session.Values[rowLocal].(*models.Session); ok {
		owner := session.Values[memberLocal].(*models.Member)
		if err := h.Store.As(c.UserContext(), models.ID(owner.WorkspaceID), owner.Actor()).EndSession(old.ID); err != nil {
			return err
		}
	}
	token, err := h.Store.StartSession(c.UserContext(), m, h.Address(c), strings.Clone(c.Get("User-Agent")))
	if err != nil {
		return err
	}
	session.ID = token
	h.remember(c, m.Email)
	return h.saveSession(c, session, r)
}

// SignOut ends the browser's session.
func (h *Server) SignOut(c *fiber.Ctx) error {
	session, r, err := h.session(c)
	if err != nil {
		return err
	}
	if row := SessionOf(c); row != nil {
		if err := ScopeOf(c).EndSession(row.ID); err != nil {
			return err
		}
	}
	session.ID, session.Options.MaxAge = "", -1
	return h.saveSession(c, session, r)
}

// Member identifies the caller by session.
func (h *Server) Member(c *fiber.Ctx) (*models.Scope, error) {
	session, _, err := h.session(c)
	if err != nil {
		return nil, err
	}
	member, ok := session.Values[memberLocal].(*models.Member)
	if !ok {
		return nil, problem.Fail(problem.SignedOut, "signed_out", "Sign in first.")
	}
	row := session.Values[rowLocal].(*models.Session)
	c.Locals(memberLocal, member)
	c.Locals(rowLocal, row)
	c.Set("Cache-Control", "no-store")
	scope := h.Store.As(c.UserContext(), models.ID(member.WorkspaceID), member.Actor())
	return scope, scope.Seen(row)
}

// MemberOf returns the signed-in member.
func MemberOf(c *fiber.Ctx) *models.Member {
	m, _ := c.Locals(memberLocal).(*models.Member)
	return m
}

// SessionOf returns the signed-in session.
func SessionOf(c *fiber.Ctx) *models.Session {
	s, _ := c.Locals(rowLocal).(*models.Session)
	return s
}
