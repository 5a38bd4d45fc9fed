package whatsappweb

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"mauve/channels"
	"mauve/models"
	"mauve/web/fetch"
)

// FileRef is what it takes to fetch a file and to decrypt it, or to send one
// that was uploaded. It is a secret: who has it can read the file.
type FileRef struct {
	Kind         whatsmeow.MediaType `json:"kind"`
	URL          string              `json:"url,omitempty"`
	Path         string              `json:"path"`
	Key          []byte              `json:"key"`
	Sum          []byte              `json:"sum"`
	EncryptedSum []byte              `json:"encryptedSum"`
	Size         uint64              `json:"size,omitempty"`
}

func (f FileRef) text() string {
	text, err := json.Marshal(f)
	if err != nil {
		return "" // texts and bytes alone: cannot be
	}
	return string(text)
}

// kindOf is how WhatsApp encrypts the file of a message.
var kindOf = map[models.MessageType]whatsmeow.MediaType{models.TypeImage: whatsmeow.MediaImage, models.TypeSticker: whatsmeow.MediaImage,
	models.TypeVideo: whatsmeow.MediaVideo, models.TypeAudio: whatsmeow.MediaAudio, models.TypeVoice: whatsmeow.MediaAudio, models.TypeDocument: whatsmeow.MediaDocument}

// temporary is a file that is gone when it is closed.
type temporary struct{ *os.File }

// Close closes and removes it.
func (t temporary) Close() error { return errors.Join(t.File.Close(), os.Remove(t.Name())) }

// Fetch opens a file that somebody sent, decrypted. Its size came with its message, so there is nothing to hold against the limit.
func (a *Adapter) Fetch(ctx context.Context, account *models.Account, m models.MediaRef, _ int64) (io.ReadCloser, error) {
	var ref FileRef
	if err := json.Unmarshal([]byte(m.Ref), &ref); err != nil || len(ref.Path) == 0 || ref.Path[0] != '/' {
		return nil, &channels.Lost{Because: whatsappNamedNoFile.With()}
	}
	line, err := a.line(account.ID)
	if err != nil {
		return nil, &channels.Later{Because: sessionNotConnected.With()}
	}
	into, err := os.CreateTemp("", "mauve-whatsapp-*")
	if err != nil {
		return nil, err
	}
	file := temporary{into}
	if err = line.Download(ctx, ref, into); err == nil {
		_, err = into.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(unfetched(err), file.Close())
	}
	return file, nil
}

// unfetched tells a file that is gone from one that may still come.
func unfetched(err error) error {
	switch {
	case errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith404), errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith410), errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith403):
		return &channels.Lost{Because: whatsappLostFile.With()}
	case errors.Is(err, whatsmeow.ErrInvalidMediaHMAC), errors.Is(err, whatsmeow.ErrInvalidMediaSHA256), errors.Is(err, whatsmeow.ErrInvalidMediaEncSHA256):
		return &channels.Lost{Because: fileIsAnother.With()}
	}
	return err
}

// Upload gives WhatsApp the file of a message, encrypted.
func (a *Adapter) Upload(ctx context.Context, d *models.Dispatch) (string, models.Tried) {
	line, err := a.line(d.Account.ID)
	if err != nil {
		return "", offline
	}
	file, err := d.File.Open(ctx)
	if err != nil {
		slog.Error("a message's file cannot be read", "message", d.Message.ID, "error", err)
		return "", models.Tried{Verdict: models.RetryMessage, Code: "file_unread", Detail: channels.FileUnread.With()}
	}
	defer file.Close()
	ref, err := upload(ctx, line, d.Message.Type, file)
	if err != nil {
		return "", notUploaded(d, err)
	}
	return ref.text(), models.Tried{Verdict: models.Accepted}
}

func upload(ctx context.Context, line Device, t models.MessageType, file io.Reader) (FileRef, error) {
	kind := kindOf[t]
	taken, err := line.Upload(ctx, file, kind)
	return FileRef{Kind: kind, URL: taken.URL, Path: taken.DirectPath, Key: taken.MediaKey, Sum: taken.FileSHA256, EncryptedSum: taken.FileEncSHA256, Size: taken.FileLength}, err
}

func notUploaded(d *models.Dispatch, err error) models.Tried {
	slog.Warn("a file was not taken by WhatsApp", "message", d.Message.ID, "error", err)
	return models.Tried{Verdict: models.RetryMessage, Code: "not_uploaded", Detail: whatsappTookNoFile.With()}
}

// carried is the uploaded file that a message goes out with.
type carried struct {
	FileRef
	mime, name string
}

// load returns the uploaded file of a message, nil for one without. A file that
// is named by its address is fetched here: a phone sends files, not addresses.
func (a *Adapter) load(ctx context.Context, line Device, d *models.Dispatch) (*carried, models.Tried) {
	c := d.Message.Content
	switch {
	case d.File != nil:
		f := &carried{mime: d.File.VendorType(), name: d.File.FileName}
		if err := json.Unmarshal([]byte(d.File.Uploaded), &f.FileRef); err != nil {
			return nil, models.Tried{Verdict: models.Refused, Code: "not_sendable", Detail: channels.FileNotUploaded.With()}
		}
		return f, models.Tried{}
	case c == nil || c.Media == nil:
		return nil, models.Tried{}
	case c.Media.URL == "":
		return nil, models.Tried{Verdict: models.Refused, Code: "not_sendable", Detail: fileOfCloudApi.With()}
	}
	into, err := os.CreateTemp("", "mauve-whatsapp-*")
	if err != nil {
		return nil, notUploaded(d, err)
	}
	file := temporary{into}
	defer file.Close()
	answer, err := a.files.Save(ctx, c.Media.URL, d.Message.ChannelKind.Capabilities().Largest[d.Message.Type], file)
	if tried := notFetched(d, answer, err); tried.Verdict != models.Accepted {
		return nil, tried
	}
	f := &carried{mime: c.Media.MIMEType, name: c.Media.FileName}
	if f.mime == "" {
		f.mime = answer.Header.Get("Content-Type")
	}
	if _, err = file.Seek(0, io.SeekStart); err == nil {
		f.FileRef, err = upload(ctx, line, d.Message.Type, file)
	}
	if err != nil {
		return nil, notUploaded(d, err)
	}
	return f, models.Tried{}
}

// notFetched says whether an address will ever give its file.
func notFetched(d *models.Dispatch, answer fetch.Answer, err error) models.Tried {
	switch {
	case err == nil && answer.Status == 200:
		return models.Tried{Verdict: models.Accepted}
	case errors.Is(err, fetch.ErrTooLarge):
		return models.Tried{Verdict: models.Refused, Code: "media_too_large", Detail: fileLargerThanTaken.With()}
	case err == nil && answer.Status < 500 && answer.Status != 429:
		return models.Tried{Verdict: models.Refused, Code: "media_not_found", Detail: fileAddressAnswered.With(answer.Status)}
	}
	slog.Warn("the file of a message could not be fetched", "message", d.Message.ID, "status", answer.Status, "error", err)
	return models.Tried{Verdict: models.RetryMessage, Code: "media_unreachable", Detail: fileAddressUnreachable.With()}
}

// spell is the message that carries the file.
func (f *carried) spell(m *models.Message, answer *waE2E.ContextInfo) *waE2E.Message {
	kind, caption := proto.String(f.mime), proto.String(m.Body)
	switch m.Type {
	case models.TypeImage:
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
			FileLength: &f.Size, Mimetype: kind, Caption: caption, ContextInfo: answer}}
	case models.TypeVideo:
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
			FileLength: &f.Size, Mimetype: kind, Caption: caption, ContextInfo: answer}}
	case models.TypeAudio:
		return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
			FileLength: &f.Size, Mimetype: kind, ContextInfo: answer}}
	case models.TypeSticker:
		return &waE2E.Message{StickerMessage: &waE2E.StickerMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
			FileLength: &f.Size, Mimetype: kind, ContextInfo: answer}}
	}
	return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
		FileLength: &f.Size, Mimetype: kind, Caption: caption, FileName: proto.String(f.name), Title: proto.String(f.name), ContextInfo: answer}}
}
