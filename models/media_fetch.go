package models

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"gorm.io/gorm"

	"mauve/models/media"
	"mauve/models/pace"
	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/store"
	"mauve/models/wire"
)

// What a message tells of a file that came with it and is not here.
const (
	MediaComing = "fetching"
	MediaLost   = "failed"
)

// fetchLease is how long a worker has a claimed file for itself.
const fetchLease = 6 * time.Minute

// fetchPauses are how long is waited after each try that failed; after the last one the file is given up.
var fetchPauses = pace.Waits[:8]

// MediaFetch is a file of a message that is still at its vendor. Its row is
// written with the message and goes when the file is here or given up.
type MediaFetch struct {
	MessageID   ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	ChannelID   ID
	Ref         string // a MediaRef, sealed
	Tries       int
	NextAt      time.Time // when it is due; while a worker has it, until when
	CreatedAt   time.Time

	Account *Account `gorm:"-"` // nil: its channel was removed
	Media   MediaRef `gorm:"-"`
}

// expect marks on a message that its file is to be fetched; fetchLater must follow.
func (tx *Tx) expect(m *Message, ref *MediaRef) bool {
	if ref == nil || tx.store.blobs == nil {
		return false
	}
	if m.Content.Media == nil {
		m.Content.Media = &wire.Media{MIMEType: ref.MIMEType, SHA256: ref.SHA256, Size: ref.Size}
	}
	m.Content.Media.State, m.Content.Media.Problem = MediaComing, ""
	return true
}

// fetchLater writes what is to be fetched for a message, which is written already.
func (tx *Tx) fetchLater(m *Message, ref *MediaRef) error {
	plain, err := json.Marshal(ref)
	if err != nil {
		return err
	}
	now := tx.Now()
	f := &MediaFetch{MessageID: m.ID, ChannelID: m.ChannelID, Ref: tx.store.SealText(string(plain), string(m.ID)), NextAt: now, CreatedAt: now}
	return tx.WithoutEvent("told as the message", func(db *gorm.DB) error { return db.Create(f).Error })
}

// mayFetch is the condition that files of the channel are fetched, or given up
// with it. It takes the status that allows it.
func mayFetch(table string) string {
	return "EXISTS (SELECT 1 FROM channels c WHERE c.workspace_id = " + table + ".workspace_id AND c.id = " + table + ".channel_id AND (c.status = ? OR c.removed_at IS NOT NULL))"
}

// DueFetchers returns the channels with a file to fetch now, at most limit. One that needs attention waits for it.
func (s *Store) DueFetchers(ctx context.Context, limit int) ([]ID, error) {
	var ids []ID
	return ids, s.db.Across(ctx).Model(&ChannelQueue{}).
		Where("EXISTS (SELECT 1 FROM media_fetches f WHERE f.workspace_id = channel_queues.workspace_id AND f.channel_id = channel_queues.channel_id AND f.next_at <= ?) "+
			"AND "+mayFetch("channel_queues"), s.Now(), Connected).
		Where(heldHere("channel_queues"), s.db.Replica(), s.Now()).
		Limit(limit).Pluck("channel_id", &ids).Error
}

// ClaimFetches leases up to limit due files of a channel to the caller, oldest first.
func (s *Store) ClaimFetches(ctx context.Context, channel ID, limit int) ([]*MediaFetch, error) {
	now := s.Now()
	until := now.Add(fetchLease)
	var due []*MediaFetch
	err := s.db.WithoutEvent(ctx, store.EveryWorkspace, "a lease is nobody's news", func(db *gorm.DB) error {
		err := store.SkipLocked(db).Where("channel_id = ? AND next_at <= ?", string(channel), now).Where(mayFetch("media_fetches"), Connected).
			Where(released("media_fetches")).Order("next_at, message_id").Limit(limit).Find(&due).Error
		if err != nil || len(due) == 0 {
			return err
		}
		ids := make([]string, len(due))
		for i, f := range due {
			ids[i], f.NextAt = string(f.MessageID), until
		}
		return db.Model(&MediaFetch{}).Where("workspace_id = ? AND message_id IN ?", due[0].WorkspaceID, ids).Updates(map[string]any{"next_at": until}).Error
	})
	if err != nil || len(due) == 0 {
		return nil, err
	}
	account, err := s.Account(ctx, channel)
	if problem.KindOf(err) == problem.NotFound {
		return due, nil
	}
	for _, f := range due {
		f.Account, f.Media = account, s.mediaRef(f)
	}
	return due, err
}

// mediaRef opens the reference; one sealed with a key that was lost is empty, and no vendor knows it.
func (s *Store) mediaRef(f *MediaFetch) (ref MediaRef) {
	if plain, err := s.UnsealText(f.Ref, string(f.MessageID)); err == nil {
		_ = json.Unmarshal([]byte(plain), &ref)
	}
	return ref
}

// ErrSum is returned for a file that is not the one its vendor told of.
var ErrSum = problem.Fail(problem.Invalid, "wrong_sum", "What came is not the file that was sent.")

// KeepFetched reads a fetched file of at most limit bytes and puts it on its
// message, and tells of it. It fails with TooLarge, ErrSum, Invalid on an empty
// file, or the error of r; nothing is kept then.
func (s *Store) KeepFetched(ctx context.Context, f *MediaFetch, r io.Reader, limit int64) error {
	scope := s.System(ctx, ID(f.WorkspaceID))
	a, err := scope.ReceiveAttachment(ctx, "", f.Media.MIMEType, r, limit)
	if err != nil {
		return err
	}
	if !media.SumFits(f.Media.SHA256, a.SHA256) {
		return errors.Join(ErrSum, scope.DropAttachment(ctx, a))
	}
	kept := false
	err = scope.change(func(tx *Tx) error {
		m, err := tx.fetching(f)
		if err != nil || m == nil {
			return err
		}
		kept = true
		return tx.bring(m, a)
	})
	if err != nil || !kept {
		err = errors.Join(err, scope.DropAttachment(ctx, a))
	}
	return err
}

// fetching locks the message whose file was claimed and ends the claim; nil if the claim is another's by now.
func (tx *Tx) fetching(f *MediaFetch) (*Message, error) {
	m, err := tx.messageForUpdate(f.MessageID)
	if problem.KindOf(err) == problem.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	mine := false
	err = tx.WithoutEvent("told as the message", func(db *gorm.DB) error {
		q := db.Where("message_id = ? AND next_at = ?", string(f.MessageID), f.NextAt).Delete(&MediaFetch{})
		mine = q.RowsAffected == 1
		return q.Error
	})
	if err != nil || !mine || m.Content == nil || m.Content.Media == nil {
		return nil, err
	}
	return m, nil
}

// bring puts the fetched file on its message.
func (tx *Tx) bring(m *Message, a *Attachment) error {
	if err := tx.carry(m); err != nil {
		return err
	}
	a.FileName = m.Content.FileName(m.Type, a.ContentType)
	err := tx.WithoutEvent("told as the message", func(db *gorm.DB) error {
		return db.Model(&Attachment{ID: a.ID}).Where("message_id IS NULL").Updates(map[string]any{"message_id": string(m.ID), "place": len(m.Attachments),
			"sweep_at": nil, "file_name": a.FileName, "content_type": a.ContentType, "size": a.Size, "sha256": a.SHA256, "width": a.Width, "height": a.Height,
			"uploader_kind": m.AuthorKind, "uploader_id": m.AuthorID, "uploader_name": m.AuthorName}).Error
	})
	if err != nil {
		return err
	}
	m.Content.Media.State, m.Content.Media.Size = "", a.Size
	return tx.mediaNews(m, a.FileName)
}

// mediaNews writes what a message says of its file and tells of it.
func (tx *Tx) mediaNews(m *Message, news string) error {
	if err := tx.carry(m); err != nil {
		return err
	}
	tx.past = m.Content.History
	var d Changes
	d.Note("media", "", news)
	return tx.Update(m, map[string]any{"content": m.Content}, m.event(MessageUpdated, d))
}

// FetchFailed records why a file could not be fetched, a sentence for people:
// it is tried again, after wait at the earliest, unless it never can be or was
// tried for the last time; then its message says so, and that is told.
func (s *Store) FetchFailed(ctx context.Context, f *MediaFetch, because reason.Reason, never bool, wait time.Duration) error {
	scope := s.System(ctx, ID(f.WorkspaceID))
	return scope.change(func(tx *Tx) error {
		if !never && f.Tries < len(fetchPauses) {
			next := tx.Now().Add(max(pace.Spread(fetchPauses[f.Tries]), wait))
			return tx.WithoutEvent("a file that is still to come is no news", func(db *gorm.DB) error {
				return db.Model(&MediaFetch{}).Where("message_id = ? AND next_at = ?", string(f.MessageID), f.NextAt).
					Updates(map[string]any{"tries": f.Tries + 1, "next_at": next}).Error
			})
		}
		m, err := tx.fetching(f)
		if err != nil || m == nil {
			return err
		}
		m.Content.Media.State, m.Content.Media.Problem = MediaLost, because.Kept()
		return tx.mediaNews(m, because.String())
	})
}

// ReleaseFetch gives a claimed file back untried.
func (s *Store) ReleaseFetch(ctx context.Context, f *MediaFetch) error {
	return s.db.WithoutEvent(ctx, f.WorkspaceID, "a file that is still to come is no news", func(db *gorm.DB) error {
		return db.Model(&MediaFetch{}).Where("message_id = ? AND next_at = ?", string(f.MessageID), f.NextAt).
			Updates(map[string]any{"next_at": s.Now()}).Error
	})
}

// forgetFetch takes a message's file out of those to be fetched.
func (tx *Tx) forgetFetch(messages any) error {
	return tx.WithoutEvent("told as the message", func(db *gorm.DB) error {
		return db.Where("message_id IN (?)", messages).Delete(&MediaFetch{}).Error
	})
}
