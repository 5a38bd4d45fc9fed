package whatsappweb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	signallog "go.mau.fi/libsignal/logger"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"

	"mauve/channels"
)

// Lender lends the store's database to who keeps tables of its own in it, and seals what is secret there.
type Lender interface {
	Sealer
	// Lend calls use while no other replica does.
	Lend(ctx context.Context, use func(db *sql.DB, dialect string) error) error
}

// Keys are the sessions' keys in the store, and the way to WhatsApp with them.
type Keys struct {
	lender Lender
	mu     sync.Mutex
	kept   *sealedDevices
}

// NewKeys returns the keys in the lender's store. Their tables are made when the first session is opened.
func NewKeys(lender Lender) *Keys { return &Keys{lender: lender} }

// prepareLibraries sets what they keep in variables, before anything reads them: how the phone lists its linked
// device, and a silent log in place of one that writes to standard output and is made by whoever comes first.
var prepareLibraries = sync.OnceFunc(func() {
	store.DeviceProps.Os = proto.String("Mauve")
	signallog.Logger = silence{}
})

// open makes or upgrades the tables once.
func (k *Keys) open(ctx context.Context) (*sealedDevices, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept != nil {
		return k.kept, nil
	}
	prepareLibraries()
	err := k.lender.Lend(ctx, func(db *sql.DB, dialect string) error {
		kept := &sealedDevices{sqlstore.NewWithDB(db, dialect, logger{}), seal{k.lender}}
		if err := kept.Upgrade(ctx); err != nil {
			return fmt.Errorf("the tables of WhatsApp's keys: %w", err)
		}
		if err := kept.DeleteClear(ctx); err != nil {
			return err
		}
		k.kept = kept
		return nil
	})
	return k.kept, err
}

// Dial opens a device by its keys, a new one for the empty name.
func (k *Keys) Dial(ctx context.Context, call Call) (Device, error) {
	kept, err := k.open(ctx)
	if err != nil {
		return nil, err
	}
	keys := kept.NewDevice()
	if call.Device != "" {
		jid, err := types.ParseJID(call.Device)
		if err != nil {
			return nil, ErrForgotten
		}
		if keys, err = kept.GetDevice(ctx, jid); err != nil {
			return nil, err
		}
		if keys == nil {
			return nil, ErrForgotten
		}
	}
	return newClient(ctx, keys, call), nil
}

// client is a device that speaks with WhatsApp.
type client struct{ *whatsmeow.Client }

func newClient(ctx context.Context, keys *store.Device, call Call) *client {
	c := &client{whatsmeow.NewClient(keys, logger{})}
	c.BackgroundEventCtx = ctx
	// The session connects again, by its own patience.
	c.EnableAutoReconnect, c.DisableLoginAutoReconnect = false, true
	// WhatsApp is told that it may forget a message after it is stored. Decrypting it uses its key up, so what was
	// decrypted is kept until then: should it come again, it can be read again.
	c.SynchronousAck, c.EnableDecryptedEventBuffer = true, true
	// The contact's phone may ask for a message again after a restart.
	c.UseRetryMessageStore = true
	// A history is fetched here, before its notice is acknowledged: the library forgets one that it could not fetch.
	c.ManualHistorySyncDownload = true
	c.AddEventHandlerWithSuccessStatus(func(event any) bool {
		m, ok := event.(*events.Message)
		if !ok {
			return call.Hear(event)
		}
		c.unseal(ctx, m)
		notice := m.Message.GetProtocolMessage().GetHistorySyncNotification()
		if notice == nil || !call.History || !m.Info.IsFromMe {
			return call.Hear(event)
		}
		return c.recall(ctx, notice, call.Hear)
	})
	return c
}

const (
	recallWithin = 2 * time.Minute
	mostHistory  = 64 << 20 // bytes of one piece, as it is sent
)

// recall fetches a history that the phone has made ready, and reports whether it is safe.
func (c *client) recall(ctx context.Context, notice *waE2E.HistorySyncNotification, hear func(event any) bool) bool {
	if notice.GetFileLength() > mostHistory {
		slog.Error("a history of WhatsApp is too large to be taken", "bytes", notice.GetFileLength())
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, recallWithin)
	defer cancel()
	data, err := c.DownloadHistorySync(ctx, notice, true)
	if err != nil {
		slog.Error("a history of WhatsApp could not be fetched", "error", err)
		return errors.As(unfetched(err), new(*channels.Lost))
	}
	return hear(&events.HistorySync{Data: data, Notification: notice})
}

// unseal opens an edit that is encrypted once more, as newer phones send it.
func (c *client) unseal(ctx context.Context, m *events.Message) {
	if m.Message.GetSecretEncryptedMessage() == nil {
		return
	}
	if inner, err := c.DecryptSecretEncryptedMessage(ctx, m); err != nil {
		slog.Warn("an edit could not be opened", "message", m.Info.ID, "error", err)
	} else {
		m.Message = inner
	}
}

// Connect makes the line.
func (c *client) Connect(ctx context.Context) error { return c.ConnectContext(ctx) }

// Logout unlinks the phone; the keys go even when WhatsApp cannot be told.
func (c *client) Logout(ctx context.Context) error {
	if c.Store.ID == nil {
		return nil
	}
	err := c.Client.Logout(ctx)
	if err != nil {
		c.Disconnect()
		err = errors.Join(err, c.Store.Delete(ctx))
	}
	return err
}

// PairPhone asks for a pairing code. WhatsApp takes the names of well-known browsers alone.
func (c *client) PairPhone(ctx context.Context, number string) (string, error) {
	return c.Client.PairPhone(ctx, number, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
}

// Own returns the phone's names.
func (c *client) Own() (number, lid types.JID) { return c.Store.GetJID(), c.Store.GetLID() }

// Other asks the map of LIDs that the library keeps.
func (c *client) Other(ctx context.Context, who types.JID) (other types.JID) {
	var err error
	switch who.Server {
	case types.HiddenUserServer:
		other, err = c.Store.LIDs.GetPNForLID(ctx, who)
	case types.DefaultUserServer:
		other, err = c.Store.LIDs.GetLIDForPN(ctx, who)
	}
	if err != nil {
		slog.Warn("a person's other name on WhatsApp cannot be looked up", "error", err)
	}
	return other
}

// Find asks WhatsApp for a number that is not known yet.
func (c *client) Find(ctx context.Context, number string) (types.JID, error) {
	who := types.NewJID(number, types.DefaultUserServer)
	if lid := c.Other(ctx, who); !lid.IsEmpty() {
		return who, nil
	}
	found, err := c.IsOnWhatsApp(ctx, []string{"+" + number})
	if err != nil {
		return who, err
	}
	if len(found) == 0 || !found[0].IsIn {
		return who, ErrAbsent
	}
	if found[0].JID.Server == types.HiddenUserServer && !found[0].PhoneNumber.IsEmpty() {
		return found[0].PhoneNumber, nil
	}
	return found[0].JID, nil
}

// Send sends a message.
func (c *client) Send(ctx context.Context, to types.JID, id string, m *waE2E.Message) error {
	_, err := c.SendMessage(ctx, to, m, whatsmeow.SendRequestExtra{ID: id, Timeout: sendWithin})
	return err
}

// MarkRead sends a read receipt.
func (c *client) MarkRead(ctx context.Context, chat, writer types.JID, ids []string) error {
	return c.Client.MarkRead(ctx, ids, time.Now(), chat, writer)
}

// GroupName asks WhatsApp.
func (c *client) GroupName(ctx context.Context, group types.JID) (string, error) {
	info, err := c.GetGroupInfo(ctx, group)
	if err != nil {
		return "", err
	}
	return info.Name, nil
}

// ShowTyping shows the contact that somebody types.
func (c *client) ShowTyping(ctx context.Context, chat types.JID) error {
	return c.SendChatPresence(ctx, chat, types.ChatPresenceComposing, types.ChatPresenceMediaText)
}

// Upload encrypts by a temporary file.
func (c *client) Upload(ctx context.Context, file io.Reader, kind whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	return c.UploadReader(ctx, file, nil, kind)
}

// Download fetches and decrypts.
func (c *client) Download(ctx context.Context, ref FileRef, into *os.File) error {
	return c.DownloadMediaWithPathToFile(ctx, ref.Path, ref.EncryptedSum, ref.Sum, ref.Key, ref.Kind, "", false, into)
}

// logger passes the library's words on, a degree more quietly: what breaks, the session tells itself.
type logger struct{}

// Errorf logs what failed.
func (logger) Errorf(text string, args ...any) {
	slog.Warn("whatsmeow", "says", fmt.Sprintf(text, args...))
}

// Warnf logs what is odd.
func (logger) Warnf(text string, args ...any) {
	slog.Debug("whatsmeow", "says", fmt.Sprintf(text, args...))
}

// Infof says nothing: it names people.
func (logger) Infof(string, ...any) {}

// Debugf says nothing: it quotes people.
func (logger) Debugf(string, ...any) {}

// Sub is the same logger.
func (l logger) Sub(string) waLog.Logger { return l }

// silence is the log of the encryption: it would tell of keys.
type silence struct{}

// Debug says nothing, as do the others.
func (silence) Debug(string, string)   {}
func (silence) Info(string, string)    {}
func (silence) Warning(string, string) {}
func (silence) Error(string, string)   {}
func (silence) Configure(string)       {}
