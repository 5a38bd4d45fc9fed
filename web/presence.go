package web

import (
	"encoding/json"

	"mauve/models"
)

// presence is that somebody writes in a conversation, as open pages are told.
type presence struct {
	Conversation models.ID `json:"conversation"`
	Name         string    `json:"name"`
}

// Writes tells the workspace's open pages that the scope's member writes in a conversation.
func Writes(s *models.Scope, conversation models.ID) {
	if word, err := json.Marshal(presence{conversation, s.Actor().Name}); err == nil {
		s.PassOn(string(word))
	}
}

func (h *Hub) passOn(workspace models.ID, word string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams[workspace] {
		select {
		case s.words <- word:
		default:
		}
	}
}
