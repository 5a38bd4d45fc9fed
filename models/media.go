package models

import (
	"context"
	"io"
	"time"

	"mauve/models/media"

	"gorm.io/gorm"
)

// MediaRef is how a vendor knows a file that somebody sent.
type MediaRef struct {
	ID       string // the vendor's id of it
	MIMEType string // what the vendor says it is; the bytes decide
	SHA256   string // base64 or hex; empty: not said
	Size     int64  // bytes; 0: not said
	Ref      string // what the adapter alone needs to fetch it: sealed in the store, in no answer
}

// OutFile is the file that a message carries out.
type OutFile struct {
	*Attachment
	Uploaded string // what the adapter's Upload returned for it earlier; empty: it is not uploaded yet
	store    *Store
}

// Open opens the file's bytes, all of them. ctx bounds the reading.
func (f *OutFile) Open(ctx context.Context) (io.ReadCloser, error) {
	return f.store.Open(ctx, f.Attachment, 0, f.Size)
}

// VendorType is what a vendor is told that the file is.
func (f *OutFile) VendorType() string { return media.TypeByName(f.ContentType, f.FileName) }

const (
	uploadLease = 4 * time.Minute     // a message whose file is being uploaded is free again
	uploadLife  = 25 * 24 * time.Hour // Meta forgets an uploaded file after 30 days (Meta, "Media", 2026-10)
)

// load adds to each message the file that it carries out.
func (s *Store) load(ctx context.Context, all []*Dispatch) error {
	byMessage := map[ID]*Dispatch{}
	for _, d := range all {
		if d.Account.Kind.Capabilities().OneFile && !d.Amends() {
			byMessage[d.Message.ID] = d
		}
	}
	if len(byMessage) == 0 {
		return nil
	}
	ids := make([]string, 0, len(byMessage))
	for id := range byMessage {
		ids = append(ids, string(id))
	}
	var files []*Attachment
	err := s.db.Scope(ctx, all[0].Account.WorkspaceID).DB.Where("message_id IN ?", ids).Find(&files).Error
	for _, a := range files {
		f := &OutFile{Attachment: a, store: s}
		if a.Uploaded != "" && a.UploadedAt != nil && s.Now().Before(a.UploadedAt.Add(uploadLife)) {
			f.Uploaded, _ = s.UnsealText(a.Uploaded, string(a.ID)) // sealed with a lost key: it is uploaded again
		}
		byMessage[*a.MessageID].File = f
	}
	return err
}

// HoldSend keeps a claimed message for its sender while its file is uploaded, or its amendment carried out.
func (s *Store) HoldSend(ctx context.Context, d *Dispatch) error {
	return s.reclaim(ctx, d, uploadLease)
}

// ReleaseSend gives a claimed message back untried.
func (s *Store) ReleaseSend(ctx context.Context, d *Dispatch) error { return s.reclaim(ctx, d, 0) }

func (s *Store) reclaim(ctx context.Context, d *Dispatch, lease time.Duration) error {
	m := d.Message
	until := s.Now().Add(lease)
	return s.db.WithoutEvent(ctx, m.WorkspaceID, "a lease is nobody's news", func(db *gorm.DB) error {
		q := db.Model(&Message{}).Where("id = ? AND send_state = 'claimed' AND next_at = ?", string(m.ID), *m.NextAt).Updates(map[string]any{"next_at": until})
		if q.Error == nil && q.RowsAffected != 1 {
			return errTaken
		}
		m.NextAt = &until
		return q.Error
	})
}

// KeepUpload keeps what the vendor calls the message's file, for this try and those that follow.
func (s *Store) KeepUpload(ctx context.Context, d *Dispatch, uploaded string) error {
	d.File.Uploaded = uploaded
	sealed := s.SealText(uploaded, string(d.File.ID))
	return s.db.WithoutEvent(ctx, d.Message.WorkspaceID, "where a vendor keeps a file is nobody's news", func(db *gorm.DB) error {
		return db.Model(&Attachment{}).Where("id = ?", string(d.File.ID)).Updates(map[string]any{"uploaded": sealed, "uploaded_at": s.Now()}).Error
	})
}

// forgetUploads lets a message's files be uploaded anew: what failed may have been the old upload.
func (tx *Tx) forgetUploads(m *Message) error {
	return tx.WithoutEvent("where a vendor keeps a file is nobody's news", func(db *gorm.DB) error {
		return db.Model(&Attachment{}).Where("message_id = ?", string(m.ID)).Updates(map[string]any{"uploaded": "", "uploaded_at": nil}).Error
	})
}
