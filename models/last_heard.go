package models

import (
	"time"

	"mauve/models/rights"
)

// heard is when a vendor last called about a channel.
type heard struct {
	ID         ID
	ReceivedAt time.Time
}

// LastHeard returns when the newest call of a vendor's came for each of the
// workspace's channels; a channel that was never called about is absent. At
// most 500.
func (s *Scope) LastHeard() (map[ID]time.Time, error) {
	if err := s.May(rights.InspectChannels); err != nil {
		return nil, err
	}
	var all []heard
	err := s.rows.DB.Model(&Channel{}).Select("channels.id, e.received_at").
		Joins("JOIN envelopes e ON e.id = (SELECT n.id FROM envelopes n WHERE n.workspace_id = channels.workspace_id AND n.channel_id = channels.id "+
			"AND n.received_at <= ? ORDER BY n.received_at DESC, n.id DESC LIMIT 1)", s.Now()).
		Where("channels.removed_at IS NULL").Limit(500).Scan(&all).Error
	at := make(map[ID]time.Time, len(all))
	for _, h := range all {
		at[h.ID] = h.ReceivedAt
	}
	return at, err
}
