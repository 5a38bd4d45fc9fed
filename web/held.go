package web

import (
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
)

// heldFor is how long an answer to whether a workspace is held is believed.
const heldFor = time.Second

// heldCache spares a look for each write.
type heldCache struct {
	mu   sync.Mutex
	seen map[models.ID]heldAnswer
}

type heldAnswer struct {
	held  bool
	until time.Time
}

// Held reports whether the caller's workspace was restored and is not released
// yet. A release is known within a second.
func (h *House) Held(s *models.Scope) (bool, error) {
	now := time.Now()
	h.held.mu.Lock()
	answer, known := h.held.seen[s.Workspace()]
	h.held.mu.Unlock()
	if known && now.Before(answer.until) {
		return answer.held, nil
	}
	held, err := s.Held()
	if err != nil {
		return false, err
	}
	h.held.mu.Lock()
	defer h.held.mu.Unlock()
	if h.held.seen == nil || len(h.held.seen) >= 10_000 {
		h.held.seen = map[models.ID]heldAnswer{}
	}
	h.held.seen[s.Workspace()] = heldAnswer{held, now.Add(heldFor)}
	return held, nil
}

// refuseHeld refuses a write by the API while the workspace is held.
func (h *House) refuseHeld(c *fiber.Ctx) error {
	if held, err := h.Held(ScopeOf(c)); err != nil || !held {
		return err
	}
	c.Set("Retry-After", "60")
	return models.ErrHeld
}
