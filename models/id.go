package models

import (
	"time"

	"mauve/models/store"
)

// ID names a row; the empty ID is nobody.
type ID = store.ID

// NewID returns a fresh id for a row made at now.
func NewID(now time.Time) ID { return store.NewID(now) }

// ParseID reads an id as people send it: bare, or with the prefix given. It
// reports false for anything else; such an id names no row.
func ParseID(prefix, text string) (ID, bool) { return store.ParseID(prefix, text) }

// Prefixes of the ids in native answers, by what they name.
const (
	PrefixWorkspace    = "ws_"
	PrefixMember       = "user_"
	PrefixKey          = "key_"
	PrefixContact      = "con_"
	PrefixChannel      = "chan_"
	PrefixConversation = "conv_"
	PrefixMessage      = "msg_"
	PrefixNote         = "note_"
	PrefixTicket       = "tick_"
	PrefixCategory     = "cat_"
	PrefixTag          = "tag_"
	PrefixAttribute    = "attr_"
	PrefixWebhook      = "hook_"
	PrefixDelivery     = "dlv_"
	PrefixEvent        = "evt_"
	PrefixAttachment   = "att_"
)
