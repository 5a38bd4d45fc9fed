// Package whatsappweb speaks WhatsApp as a browser does, by a phone that a
// person links: session.go keeps the session, keep.go is how what happens is
// stored, read.go and read_message.go read it, send.go and media.go send.
// device.go is all that is asked of the library that speaks the protocol, and
// client.go asks it. There is no such network where this was built: everything
// above device.go was tried with recorded events, client.go was compiled.
package whatsappweb

import (
	"context"
	"errors"
	"sync"

	"mauve/channels"
	"mauve/models"
	"mauve/web/fetch"
)

// Adapter is the adapter. It is made once; Hold gives it sessions.
type Adapter struct {
	dial  Dial
	files *fetch.Client
	mu    sync.RWMutex
	lines map[models.ID]Device // those that stand here, by their channels
}

// New returns an adapter whose sessions are opened by dial. files fetches what is to be sent from an address.
func New(dial Dial, files *fetch.Client) *Adapter {
	return &Adapter{dial: dial, files: files, lines: map[models.ID]Device{}}
}

// Hold keeps a channel's session.
func (a *Adapter) Hold(ctx context.Context, s channels.Session) {
	held := &session{Session: s, adapter: a, device: s.Link.Device}
	held.run(ctx)
}

func (a *Adapter) online(channel models.ID, line Device) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines[channel] = line
}

// offline takes a line away, unless another stands by now.
func (a *Adapter) offline(channel models.ID, line Device) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lines[channel] == line {
		delete(a.lines, channel)
	}
}

var errOffline = errors.New("whatsappweb: the session is not connected here")

// line is the channel's device while its session is connected here, errOffline otherwise.
func (a *Adapter) line(channel models.ID) (Device, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if line := a.lines[channel]; line != nil {
		return line, nil
	}
	return nil, errOffline
}
