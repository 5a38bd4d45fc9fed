package channeltype

import (
	"slices"
	"time"

	"mauve/models/content"
	"mauve/models/wire"
)

// Capabilities are what a kind of channel can carry. The API, the inbox and the
// rules of sending ask them and never the kind.
type Capabilities struct {
	Queued      bool                   // outbound messages wait in the store until a sender takes them
	Inbound     bool                   // what the contact wrote may be recorded through the API
	Window      time.Duration          // free text is allowed so long after the contact wrote; 0: always
	Templates   bool                   // has templates, which pass when the window is shut
	Receipts    bool                   // can be told that the team read, and that it types
	Edits       time.Duration          // a text can be edited so long after it was sent; 0: never
	Deletes     time.Duration          // a message can be deleted for everyone so long after it was sent; 0: never
	Uploads     bool                   // uploaded files can be put on a message
	OneFile     bool                   // one a message, which is then of the file's type
	Types       []content.Type         // what can be sent besides text
	Largest     map[content.Type]int64 // bytes of a file of the type
	LongestText int                    // characters of a text; 0: content.LongestText
	Linked      bool                   // a person links it to their phone, and one replica at a time holds the session
	Groups      bool                   // can take part in groups of people, if switched on
	History     bool                   // can take in what was said before, if switched on
	Rehearses   bool                   // reaches nobody: a new conversation starts as if the contact had written
	Webhook     bool                   // its vendor calls us, at the address that the channel's page shows
	Phones      bool                   // people on it are known by a WhatsApp number
	Rate        int                    // messages a second that one channel may send, unless configured
}

// Sends reports whether messages of the type can be sent.
func (c Capabilities) Sends(t content.Type) bool {
	return t == content.Text || slices.Contains(c.Types, t)
}

// MostFiles is how many uploaded files a reply carries at most.
func (c Capabilities) MostFiles() int {
	switch {
	case !c.Uploads:
		return 0
	case c.OneFile:
		return 1
	}
	return content.MostAttachments
}

// Wire returns the capabilities as the outside reads them.
func (c Capabilities) Wire() wire.Capabilities {
	w := wire.Capabilities{Types: []string{string(content.Text)}, WindowHours: int(c.Window / time.Hour),
		Templates: c.Templates, Receipts: c.Receipts, LongestText: c.LongestText, Attachments: c.MostFiles(), LargestMedia: map[string]int64{},
		EditMins: minutes(c.Edits), DeleteMins: minutes(c.Deletes)}
	if w.LongestText == 0 {
		w.LongestText = content.LongestText
	}
	for _, t := range c.Types {
		w.Types = append(w.Types, string(t))
		if n := c.Largest[t]; n > 0 {
			w.LargestMedia[string(t)] = n
		}
	}
	return w
}

func minutes(d time.Duration) *int {
	if d == always {
		return nil
	}
	n := int(d.Minutes())
	return &n
}

// WindowEnd returns until when free text may be sent in a conversation that began then; nil when there is no such limit.
// Where the contact never wrote, the window is shut.
func (c Capabilities) WindowEnd(began time.Time, lastInbound *time.Time) *time.Time {
	if c.Window == 0 {
		return nil
	}
	end := began
	if c.Rehearses {
		end = end.Add(c.Window)
	}
	if lastInbound != nil {
		end = lastInbound.Add(c.Window)
	}
	return &end
}
