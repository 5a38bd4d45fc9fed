// Package channels says what every way of talking to people can do. An adapter
// in a folder of its own knows one vendor: how to send to it and what its calls
// mean. Adapters decide nothing about tickets or people and touch no store: jobs
// and handlers/hooks call them, models keeps what they find. What a kind of
// channel can carry, and what it is configured by, is its channeltype.Type,
// where the rules ask for it. What not every vendor can do is an optional
// interface: Set.Check holds the two against each other when the program starts.
//
// A new kind is a folder with an adapter, its channeltype.Type, and a line
// where it is registered; channeltest holds it to what every kind keeps, and
// docs/channels.md tells all of it.
package channels

import (
	"context"
	"io"
	"time"

	"mauve/models"
	"mauve/models/reason"
)

// Channel is one vendor's adapter. Its methods, and those of the optional
// interfaces, are safe for concurrent use and bound in time by their contexts and
// by deadlines of their own.
type Channel interface {
	// Send tries once to send. It calls leaving after the line to the vendor
	// stands and before the first byte of the message is on it, and sends nothing
	// if that fails.
	Send(ctx context.Context, d *models.Dispatch, leaving func() error) models.Tried
	// Read takes a stored body apart. It never fails: what cannot be read is an item that says so.
	Read(body []byte) []Item
}

// Uploader is an adapter whose vendor is given a message's file before the message.
type Uploader interface {
	Channel
	// Upload gives the vendor the file of a message, before the message is sent,
	// and returns what the vendor calls it: it is kept (sealed) and handed to every
	// later try as d.File.Uploaded. A verdict other than Accepted says why it could not.
	Upload(ctx context.Context, d *models.Dispatch) (uploaded string, t models.Tried)
}

// Fetcher is an adapter whose vendor keeps the files that people send.
type Fetcher interface {
	Channel
	// Fetch opens a file that somebody sent, as Incoming.Media named it. The caller
	// closes it, bounds its size and checks its sum. Where the vendor says only now that
	// it is larger than limit, the error is models.TooLargeFile and nothing is fetched;
	// it is a *Lost for a file that will never come, and may be a *Later; every other
	// one is tried again too.
	Fetch(ctx context.Context, a *models.Account, m models.MediaRef, limit int64) (io.ReadCloser, error)
}

// Receipter is an adapter whose vendor wants to know what was read.
type Receipter interface {
	Channel
	// MarkRead tells the vendor that a message was read, and that somebody types.
	MarkRead(ctx context.Context, r *models.Receipt) error
}

// Checker is an adapter that can ask its vendor how a channel is.
type Checker interface {
	Channel
	// Check asks the vendor whether the account is in order.
	Check(ctx context.Context, a *models.Account) models.Finding
}

// Webhook is an adapter whose vendor calls us, at the address that the channel's page shows.
type Webhook interface {
	Channel
	// Handshake answers the vendor's question whether the address is ours. query reads a parameter of the question; false:
	// it is not asked rightly.
	Handshake(a *models.Account, query func(name string) string) (answer string, ok bool)
	// Signature is what a call says to be signed by. header reads one of its headers; empty: it is not signed, and its
	// body is not read.
	Signature(header func(name string) string) string
	// Verify reports whether the vendor made that signature over the raw body, for the account.
	Verify(a *models.Account, signature string, body []byte) bool
}

// Lost is the error of a file that can never be fetched.
type Lost struct{ Because reason.Reason }

// Error tells why.
func (l *Lost) Error() string { return l.Because.String() }

// Later is the error of a file that cannot be fetched now.
type Later struct {
	Because reason.Reason
	Wait    time.Duration // what the vendor asked for; 0: nothing
	Refused bool          // the channel's credentials are not taken: it is looked at again
}

// Error tells why.
func (l *Later) Error() string { return l.Because.String() }

// Amender is an adapter that can change what was sent, where the kind's capabilities say so.
type Amender interface {
	Channel
	// Amend tries once to carry out the Amendment of d.Message. The same one again must be
	// harmless: it is tried until it is known what became of it.
	Amend(ctx context.Context, d *models.Dispatch) models.Tried
}

// Linked is an adapter whose channels each have one session with their vendor,
// which a person links to their phone. One replica at a time holds it.
type Linked interface {
	Channel
	// Hold keeps the session until ctx ends, or until nothing is to be held any
	// more: nobody linked a phone, or it was unlinked. What it finds it tells; it
	// has let go of the vendor when it returns.
	Hold(ctx context.Context, s Session)
}

// Session is a session that this replica holds, with whom to tell of it.
type Session struct {
	Account *models.Account
	Link    *models.ChannelLink
	// Keep stores what came in. Only when it returns nil may the vendor forget it.
	Keep func(ctx context.Context, body []byte) error
	// KeepPast stores, in one commit, what came in of long ago: at most some hundred
	// bodies, which are read in their order, little by little from the time given on.
	// It returns when the next ones may follow.
	KeepPast func(ctx context.Context, bodies [][]byte, from time.Time) (next time.Time, err error)
	// Note tells how the session is. A models.ErrNotHeld ends it.
	Note func(ctx context.Context, n models.LinkNews) error
}

// Item is one thing in a vendor's call; exactly one of its pointers is set, or
// Recheck or Ignored.
type Item struct {
	What     string // for people: message text, status read, field calls
	Account  string // the number it is about, by the vendor's id; empty: the channel's own
	Person   string // items of one person are taken in order
	Message  *models.Incoming
	Status   *models.Report
	Template *models.TemplateNews
	Group    *models.GroupNews
	Recheck  bool          // it is news about the account: look at it now
	Ignored  reason.Reason // why nothing is done with it
}
