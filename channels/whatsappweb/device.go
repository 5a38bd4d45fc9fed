package whatsappweb

import (
	"context"
	"errors"
	"io"
	"os"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
)

// Device is one session with WhatsApp. Its methods are safe for concurrent use
// and end with their contexts.
type Device interface {
	// Connect makes the line; what follows is heard as events. It does not connect again by itself.
	Connect(ctx context.Context) error
	// Disconnect ends the line. Nothing is heard after it.
	Disconnect()
	// Logout unlinks the phone and forgets the keys.
	Logout(ctx context.Context) error
	// PairPhone asks for a code that its owner types into the phone of the number, digits.
	PairPhone(ctx context.Context, number string) (string, error)
	// Own returns the names by which the linked phone is known, its number's first.
	Own() (number, lid types.JID)
	// Other returns the other name of a person who is known by two, empty if it is not known.
	Other(ctx context.Context, who types.JID) types.JID
	// Find returns how WhatsApp names the number, digits; ErrAbsent if nobody has it there.
	Find(ctx context.Context, number string) (types.JID, error)
	// Send sends a message under the id given. The same id again is the same message to who gets it.
	Send(ctx context.Context, to types.JID, id string, m *waE2E.Message) error
	// MarkRead tells who wrote the messages, which in a chat of two is the chat, that they were read.
	MarkRead(ctx context.Context, chat, writer types.JID, ids []string) error
	// ShowTyping tells the chat's other side that somebody types.
	ShowTyping(ctx context.Context, chat types.JID) error
	// GroupName returns what a group is called.
	GroupName(ctx context.Context, group types.JID) (string, error)
	// Upload gives WhatsApp a file, encrypted.
	Upload(ctx context.Context, file io.Reader, kind whatsmeow.MediaType) (whatsmeow.UploadResponse, error)
	// Download writes the file that ref names into the file given, decrypted.
	Download(ctx context.Context, ref FileRef, into *os.File) error
}

// Call says which device is to be opened, and who hears it.
type Call struct {
	Device  string // of a linked phone; empty: a new one
	History bool   // what was said before the phone was linked is fetched, and heard as an events.HistorySync
	// Hear is told every event and reports whether what came is safe: WhatsApp is
	// told so after that, and sends again what is not.
	Hear func(event any) bool
}

// Dial opens a device; it fails with ErrForgotten when the keys of a known one
// are not kept, and with ErrSealed when they cannot be read. ctx ends all that the device does.
type Dial func(ctx context.Context, c Call) (Device, error)

var (
	// ErrForgotten says that the keys of a device are not in the store.
	ErrForgotten = errors.New("whatsappweb: the keys of the session are gone")
	// ErrSealed says that the keys of a device were sealed with another SECRET_KEY.
	ErrSealed = errors.New("whatsappweb: sealed with another SECRET_KEY")
	// ErrAbsent says that a number is not on WhatsApp.
	ErrAbsent = errors.New("whatsappweb: the number is not on WhatsApp")
)
