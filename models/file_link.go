package models

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
)

// LinkLife is how long a link to a file opens it.
const LinkLife = 15 * time.Minute

// Link opens one file without a key until it expires.
type Link struct {
	URL     string
	Expires time.Time
}

// link gives the attachment a fresh link.
func (s *Scope) link(a *Attachment) {
	until := s.Now().Add(LinkLife).Truncate(time.Second)
	expires := strconv.FormatInt(until.Unix(), 10)
	id := a.ID.With(PrefixAttachment)
	a.Link = Link{Expires: until, URL: s.store.public + "/files/" + id + "/" + url.PathEscape(a.FileName) +
		"?e=" + expires + "&s=" + s.store.Sign("file", id, expires)}
}

// errBadLink does not tell a forged link from an old one or a removed file.
var errBadLink = problem.Fail(problem.NotFound, "no_such_file", "This link has expired or never was one. Ask for the attachment again to get a fresh one.")

// AttachmentByLink returns the attachment that a link opens: id as written in
// its path, expires and signature as in its query. The name in the path is for
// people and does not count.
func (s *Store) AttachmentByLink(ctx context.Context, id, expires, signature string) (*Attachment, error) {
	known, ok := s.readLink(id, expires, signature)
	if !ok {
		return nil, errBadLink
	}
	var a Attachment
	err := s.db.Across(ctx).First(&a, "id = ?", string(known)).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && !a.there(s.Now()) {
		return nil, errBadLink
	}
	return &a, err
}

func (s *Store) readLink(id, expires, signature string) (ID, bool) {
	if !s.SignedBy(signature, "file", id, expires) {
		return "", false
	}
	until, err := strconv.ParseInt(expires, 10, 64)
	known, ok := ParseID(PrefixAttachment, id)
	return known, ok && err == nil && s.Now().Unix() < until
}
