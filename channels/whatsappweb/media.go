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

// Fetch opens a file that somebody sent, decrypted.
func (a *Adapter) Fetch(ctx context.Context, account *models.Account, m models.MediaRef) (io.ReadCloser, error) {
	var ref FileRef
	if err := json.Unmarshal([]byte(m.Ref), &ref); err != nil || len(ref.Path) == 0 || ref.Path[0] != '/' {
		return nil, &channels.Lost{Because: "WhatsApp did not say where the file is."}
	}
	line, err := a.line(account.ID)
	if err != nil {
		return nil, &channels.Later{Because: "The phone's session is not connected."}
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
		return &channels.Lost{Because: "WhatsApp has the file no more. The phone may still have it."}
	case errors.Is(err, whatsmeow.ErrInvalidMediaHMAC), errors.Is(err, whatsmeow.ErrInvalidMediaSHA256), errors.Is(err, whatsmeow.ErrInvalidMediaEncSHA256):
		return &channels.Lost{Because: "The file is not the one that was sent."}
	}
	return err
}

// Upload gives WhatsApp the file of a message, encrypted.
func (a *Adapter) Upload(ctx context.Context, d *models.Dispatch) (string, models.Tried) {
	line, err := a.line(d.Account.ID)
	if err != nil {
		return "", models.Tried{Verdict: models.RetryChannel, Code: "not_connected", Detail: "The phone's session is not connected. It is tried again."}
	}
	file, err := d.File.Open(ctx)
	if err != nil {
		slog.Error("a message's file cannot be read", "message", d.Message.ID, "error", err)
		return "", models.Tried{Verdict: models.RetryMessage, Code: "file_unread", Detail: "The file could not be read from where files are kept."}
	}
	defer file.Close()
	kind := kindOf[d.Message.Type]
	taken, err := line.Upload(ctx, file, kind)
	if err != nil {
		slog.Warn("a file was not taken by WhatsApp", "message", d.Message.ID, "error", err)
		return "", models.Tried{Verdict: models.RetryMessage, Code: "not_uploaded", Detail: "WhatsApp did not take the file. It is tried again."}
	}
	ref := FileRef{Kind: kind, URL: taken.URL, Path: taken.DirectPath, Key: taken.MediaKey, Sum: taken.FileSHA256, EncryptedSum: taken.FileEncSHA256, Size: taken.FileLength}
	return ref.text(), models.Tried{Verdict: models.Accepted}
}

// carrying spells a message with a file that was uploaded.
func carrying(d *models.Dispatch, answer *waE2E.ContextInfo) (*waE2E.Message, error) {
	if d.File == nil {
		return nil, models.Fail(models.Invalid, "not_sendable", "A linked phone sends files that are uploaded here, not addresses.")
	}
	var f FileRef
	if err := json.Unmarshal([]byte(d.File.Uploaded), &f); err != nil {
		return nil, models.Fail(models.Invalid, "not_sendable", "The file was not uploaded.")
	}
	kind, caption := proto.String(d.File.VendorType()), proto.String(d.Message.Body)
	switch d.Message.Type {
	case models.TypeImage:
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
			FileLength: &f.Size, Mimetype: kind, Caption: caption, ContextInfo: answer}}, nil
	case models.TypeVideo:
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
			FileLength: &f.Size, Mimetype: kind, Caption: caption, ContextInfo: answer}}, nil
	case models.TypeAudio:
		return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
			FileLength: &f.Size, Mimetype: kind, ContextInfo: answer}}, nil
	case models.TypeSticker:
		return &waE2E.Message{StickerMessage: &waE2E.StickerMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
			FileLength: &f.Size, Mimetype: kind, ContextInfo: answer}}, nil
	}
	return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{URL: &f.URL, DirectPath: &f.Path, MediaKey: f.Key, FileSHA256: f.Sum, FileEncSHA256: f.EncryptedSum,
		FileLength: &f.Size, Mimetype: kind, Caption: caption, FileName: proto.String(d.File.FileName), Title: proto.String(d.File.FileName), ContextInfo: answer}}, nil
}
