package models

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"time"

	"gorm.io/gorm"

	"mauve/models/blob"
	"mauve/models/channeltype"
	"mauve/models/content"
	"mauve/models/media"
	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/rights"
	"mauve/models/store"
)

// Attachment is a file that somebody uploaded, and the message it was put on.
// Its bytes are a blob of the same id. The row is written before the blob and
// goes after it, so that no blob is ever without a row that leads to it.
type Attachment struct {
	ID           ID `gorm:"primaryKey"`
	WorkspaceID  WorkspaceID
	MessageID    *ID // nil until it is sent
	Place        int // on its message, from 0
	FileName     string
	ContentType  string // what the bytes are
	ClaimedType  string // what the uploader said they are; never served
	Size         int64  // bytes
	SHA256       string `gorm:"column:sha256"` // hex; empty while it is still coming in
	Width        int    // pixels; 0: unknown, or not a picture
	Height       int
	UploaderKind ActorKind
	UploaderID   ID
	UploaderName string
	CreatedAt    time.Time
	SweepAt      *time.Time // when it goes unless it is put on a message; nil once it is
	Uploaded     string     // what its channel's vendor calls it, sealed; empty: it is not there
	UploadedAt   *time.Time

	Link Link `gorm:"-"` // to its bytes, as of when it was read
}

// LooseLife is how long an attachment is kept that no message carries.
const LooseLife = 24 * time.Hour

var errFilesAway = problem.Fail(problem.Unavailable, "files_away", "Files can be neither kept nor read at this moment. Try again later.")

// filesAway tells of a place for files that does not answer; the reason is for the log.
func filesAway(err error) error {
	if errors.Is(err, blob.ErrAway) {
		slog.Error("the place for files is away", "error", err)
		return errFilesAway
	}
	return err
}

// ErrNoFiles is returned where the program was given no place for files.
var ErrNoFiles = problem.Fail(problem.Unavailable, "no_file_storage", "This server keeps no files.")

// ReceiveAttachment takes in a file of at most limit bytes; KeepAttachment or
// DropAttachment must follow. name and claimed are what the uploader says it is
// called and is. Reading r is bound by ctx, and an error of it is returned. It
// fails with TooLarge or, on an empty file, Invalid.
func (s *Scope) ReceiveAttachment(ctx context.Context, name, claimed string, r io.Reader, limit int64) (*Attachment, error) {
	if err := s.May(rights.WriteMessages); err != nil {
		return nil, err
	}
	if s.store.blobs == nil {
		return nil, ErrNoFiles
	}
	now := s.Now()
	due := now.Add(LooseLife)
	a := &Attachment{ID: NewID(now), FileName: media.CleanName(name), ClaimedType: media.CleanType(claimed), CreatedAt: now, SweepAt: &due,
		UploaderKind: s.actor.Kind, UploaderID: s.actor.ID, UploaderName: s.actor.Name}
	if err := s.reserve(a); err != nil {
		return nil, err
	}
	err := s.pour(ctx, a, r, limit)
	if errors.Is(err, errFilesAway) {
		return nil, err // the sweeper removes what there is of it
	}
	if err == nil && a.Size == 0 {
		err = problem.InvalidField("file", "is empty")
	}
	if err != nil {
		return nil, errors.Join(err, s.DropAttachment(ctx, a))
	}
	return a, nil
}

// reserve writes the row that leads the sweeper to the blob if all goes wrong.
func (s *Scope) reserve(a *Attachment) error {
	return s.change(func(tx *Tx) error {
		return tx.WithoutEvent("a file that is still coming in is nobody's news", func(db *gorm.DB) error { return db.Create(a).Error })
	})
}

// pour writes the bytes and notes what they are on the way.
func (s *Scope) pour(ctx context.Context, a *Attachment, r io.Reader, limit int64) error {
	got, err := blob.Receive(ctx, s.store.blobs, string(a.ID), r, limit)
	if errors.Is(err, blob.ErrTooLarge) {
		return TooLargeFile(limit)
	}
	if err != nil {
		return filesAway(err)
	}
	a.Size, a.SHA256, a.ContentType, a.Width, a.Height = got.Size, got.SHA256, got.ContentType, got.Width, got.Height
	return nil
}

// TooLargeFile is the error about a file of more than limit bytes.
func TooLargeFile(limit int64) *problem.Error {
	return problem.Fail(problem.TooLarge, "too_large", fileTooLarge.English, media.SizeText(limit))
}

// WhyTooLarge is what is kept of a file of more than limit bytes.
func WhyTooLarge(limit int64) reason.Reason { return fileTooLarge.With(media.SizeText(limit)) }

// KeepAttachment makes a received file an attachment that can be sent.
func (s *Scope) KeepAttachment(a *Attachment) (*Attachment, error) {
	if err := s.May(rights.WriteMessages); err != nil {
		return nil, err
	}
	kept := *a
	err := s.change(func(tx *Tx) error {
		tx.link(&kept)
		return tx.Update(&Attachment{ID: a.ID}, map[string]any{"content_type": a.ContentType, "size": a.Size, "sha256": a.SHA256,
			"width": a.Width, "height": a.Height}, &Event{Kind: AttachmentCreated, SubjectID: a.ID, Payload: kept.Wire()})
	})
	return &kept, err
}

// DropAttachment removes a received file that was not kept.
func (s *Scope) DropAttachment(ctx context.Context, a *Attachment) error {
	if err := s.May(rights.WriteMessages); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // the uploader may be gone already; their bytes go all the same
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := s.store.blobs.Remove(ctx, string(a.ID)); err != nil {
		return err // the sweeper tries again
	}
	return s.store.As(ctx, ID(s.rows.Workspace), s.actor).change(func(tx *Tx) error {
		return tx.WithoutEvent("it never was an attachment", func(db *gorm.DB) error {
			return db.Where("id = ? AND message_id IS NULL", string(a.ID)).Delete(&Attachment{}).Error
		})
	})
}

// Attachment returns one attachment with a fresh link.
func (s *Scope) Attachment(id ID) (*Attachment, error) {
	if err := s.May(rights.ReadMessages); err != nil {
		return nil, err
	}
	var a Attachment
	if err := s.rows.Find(&a, "attachment", id); err != nil {
		return nil, err
	}
	if !a.there(s.Now()) {
		return nil, problem.NoSuch("attachment")
	}
	s.link(&a)
	return &a, nil
}

// LooseAttachments returns those of the attachments named, ten at most, that no message carries yet, in that order.
func (s *Scope) LooseAttachments(ids []ID) ([]*Attachment, error) {
	if err := s.May(rights.ReadMessages); err != nil || len(ids) == 0 {
		return nil, err
	}
	var all []*Attachment
	err := s.rows.DB.Where("id IN ? AND message_id IS NULL AND sha256 <> '' AND sweep_at > ?", plain(ids[:min(len(ids), content.MostAttachments)]), s.Now()).Find(&all).Error
	slices.SortFunc(all, func(a, b *Attachment) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return all, err
}

// file is what decides which message carries the attachment.
func (a *Attachment) file() channeltype.File {
	return channeltype.File{ContentType: a.ContentType, Size: a.Size}
}

// there reports whether the attachment has come in and is not about to go.
func (a *Attachment) there(now time.Time) bool {
	return a.SHA256 != "" && (a.SweepAt == nil || now.Before(*a.SweepAt))
}

// Open opens length of the attachment's bytes from offset on. ctx bounds the reading.
func (s *Store) Open(ctx context.Context, a *Attachment, offset, length int64) (io.ReadCloser, error) {
	if s.blobs == nil {
		return nil, ErrNoFiles
	}
	r, err := s.blobs.Read(ctx, string(a.ID), offset, length)
	if errors.Is(err, blob.ErrGone) {
		return nil, problem.NoSuch("attachment")
	}
	return r, filesAway(err)
}

// CheckFiles reports whether files can be kept.
func (s *Store) CheckFiles(ctx context.Context) error {
	if s.blobs == nil {
		return ErrNoFiles
	}
	return s.blobs.Check(ctx)
}

const sweepMargin = 5 * time.Minute // whoever is putting one on a message has long finished

// SweepAttachments removes attachments that no message carries after LooseLife,
// and those whose message was deleted: at most 200 at a time, bytes first. It
// returns how many went.
func (s *Store) SweepAttachments(ctx context.Context) (int, error) {
	if s.blobs == nil {
		return 0, nil
	}
	var due []*Attachment
	err := s.db.Across(ctx).Select("id", "workspace_id").Where("sweep_at < ?", s.Now().Add(-sweepMargin)).Order("sweep_at").Limit(200).Find(&due).Error
	var gone, workspaces []string
	for _, a := range due {
		if bad := s.blobs.Remove(ctx, string(a.ID)); bad != nil {
			err = errors.Join(err, bad)
			continue
		}
		gone, workspaces = append(gone, string(a.ID)), append(workspaces, string(a.WorkspaceID))
	}
	if len(gone) == 0 {
		return 0, err
	}
	return len(gone), errors.Join(err, s.db.WithoutEvent(ctx, store.EveryWorkspace, "nobody was told of a file that no message took", func(db *gorm.DB) error {
		return db.Where("workspace_id IN ? AND id IN ? AND message_id IS NULL", workspaces, gone).Delete(&Attachment{}).Error
	}))
}
