package models

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"log/slog"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/seal"
	"mauve/models/store"
)

// StoredAnswer is what a caller was told under an idempotency key, kept for 24 hours. It is
// sealed: an answer may hold a secret that is shown once.
type StoredAnswer struct {
	WorkspaceID WorkspaceID
	APIKeyID    ID
	Name        string // the idempotency key
	Request     string // SHA-256 of method, path and body
	Status      int
	Sealed      string // a line of headers as JSON, then the body

	// Of answers that were stored before they were sealed; nothing writes them any more.
	ContentType string
	Location    string
	Body        string

	CreatedAt time.Time
}

// TableName names the table.
func (StoredAnswer) TableName() string { return "stored_answers" }

// Answer is what a handler told the caller.
type Answer struct {
	Status int
	Header map[string]string // those that a repeat is told too
	Body   []byte
}

var errRefused = errors.New("refused: keep neither the change nor the answer")

// sealedAs names the row that alone can open what is sealed for it.
func (a *StoredAnswer) sealedAs() string { return "answer " + string(a.APIKeyID) + " " + a.Name }

func closeAnswer(s *seal.Sealer, row *StoredAnswer, a Answer) error {
	header, err := json.Marshal(a.Header) // no line break is in it
	row.Status, row.Sealed = a.Status, s.SealText(string(header)+"\n"+string(a.Body), row.sealedAs())
	return err
}

func openAnswer(s *seal.Sealer, row *StoredAnswer) (Answer, error) {
	if row.Sealed == "" {
		header := map[string]string{"Content-Type": row.ContentType, "Location": row.Location}
		return Answer{row.Status, header, []byte(row.Body)}, nil
	}
	plain, err := s.UnsealText(row.Sealed, row.sealedAs())
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Status: row.Status}
	header, body, _ := bytes.Cut([]byte(plain), []byte("\n"))
	a.Body = body
	return a, json.Unmarshal(header, &a.Header)
}

// Once runs do at most once for the acting key and this name. What do changes
// and the answer it gives are committed together, so that a repeat gets the
// stored answer even after a crash. A refused or failed call changes nothing, is
// judged anew when it is repeated, and leaves the name free for any request.
// It reports whether the answer was stored before. The same name with another
// request is Invalid, and one that is being worked on a Conflict.
func (s *Scope) Once(name, request string, do func(*Scope) (Answer, error)) (a Answer, replayed bool, err error) {
	handle := string(s.rows.Workspace) + string(s.actor.ID) + name
	if _, busy := s.store.running.LoadOrStore(handle, true); busy {
		return a, false, errStillRunning
	}
	defer s.store.running.Delete(handle)
	err = s.change(func(tx *Tx) error {
		if err := tx.holdName(handle); err != nil {
			return err
		}
		var old StoredAnswer
		err := tx.DB.Where("api_key_id = ? AND name = ? AND created_at > ?", string(s.actor.ID), name, tx.Now().Add(-24*time.Hour)).
			Limit(1).Find(&old).Error
		if err != nil {
			return err
		}
		if old.Request != "" {
			told, err := openAnswer(tx.store.Sealer, &old)
			switch {
			case err != nil: // of a store restored under another key: as if it had not come along
				slog.Warn("a stored answer cannot be opened: the call is done anew", "error", err)
			case old.Request != request:
				return problem.Fail(problem.Invalid, "idempotency_key_reused", "That Idempotency-Key was used with another request.")
			default:
				a, replayed = told, true
				return nil
			}
		}
		if a, err = do(tx.Scope); err != nil {
			return err
		}
		if a.Status >= 400 {
			return errRefused
		}
		row := &StoredAnswer{APIKeyID: s.actor.ID, Name: name, Request: request, CreatedAt: tx.Now()}
		if err := closeAnswer(tx.store.Sealer, row, a); err != nil {
			return err
		}
		return tx.WithoutEvent("an answer is kept for its caller alone", func(db *gorm.DB) error {
			stale := db.Where("api_key_id = ? AND name = ?", string(s.actor.ID), name).Delete(&StoredAnswer{}).Error
			return errors.Join(stale, db.Create(row).Error)
		})
	})
	if errors.Is(err, errRefused) {
		err = nil
	}
	return a, replayed, err
}

var errStillRunning = problem.Fail(problem.Conflict, "idempotency_key_running", "A request with that Idempotency-Key is still running. Try again in a moment.")

// holdName keeps other replicas from running the same name; on SQLite there are none.
func (tx *Tx) holdName(handle string) error {
	if !tx.Postgres() {
		return nil
	}
	h := fnv.New64a()
	h.Write([]byte(handle))
	rows, err := tx.DB.Raw("SELECT pg_try_advisory_xact_lock(?)", int64(h.Sum64())).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	got := false
	if rows.Next() {
		err = rows.Scan(&got)
	}
	if err = errors.Join(err, rows.Err()); err == nil && !got {
		err = errStillRunning
	}
	return err
}

// KeyCall is one line of a key's request log, kept for a week.
type KeyCall struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	APIKeyID    ID
	RequestID   string
	Method      string
	Path        string
	Status      int
	TookMs      int64
	Address     string
	At          time.Time
}

// KeyHour counts a key's calls in one hour, kept for 30 days.
type KeyHour struct {
	WorkspaceID WorkspaceID
	APIKeyID    ID
	Hour        time.Time
	Calls       int64
	Refused     int64
}

// KeepCalls writes a batch of log lines, their hourly counts and when each key was last used.
func (s *Store) KeepCalls(ctx context.Context, calls []*KeyCall) error {
	hours := map[KeyHour]*[2]int64{}
	used := map[string]bool{}
	for _, c := range calls {
		c.ID = NewID(c.At)
		at := KeyHour{WorkspaceID: c.WorkspaceID, APIKeyID: c.APIKeyID, Hour: c.At.Truncate(time.Hour)}
		if hours[at] == nil {
			hours[at] = &[2]int64{}
		}
		hours[at][0]++
		if c.Status == 429 {
			hours[at][1]++
		}
		used[string(c.APIKeyID)] = true
	}
	rows := make([]*KeyHour, 0, len(hours))
	for at, n := range hours {
		at.Calls, at.Refused = n[0], n[1]
		rows = append(rows, &at)
	}
	return s.db.WithoutEvent(ctx, store.EveryWorkspace, "the log of calls is its own record", func(db *gorm.DB) error {
		if err := db.CreateInBatches(calls, 500).Error; err != nil {
			return err
		}
		if err := db.Create(&rows).Error; err != nil {
			return err
		}
		newest := db.Model(&KeyCall{}).Select("max(at)").Where("api_key_id = api_keys.id")
		return db.Model(&APIKey{}).Where("id IN ?", slices.Collect(maps.Keys(used))).UpdateColumn("last_used_at", newest).Error
	})
}

// KeyCalls returns the newest lines of a key's request log; at most 100.
func (s *Scope) KeyCalls(key ID) ([]*KeyCall, error) {
	if _, err := s.Key(key); err != nil {
		return nil, err
	}
	var all []*KeyCall
	return all, s.rows.DB.Where("api_key_id = ?", string(key)).Order("at DESC, id DESC").Limit(100).Find(&all).Error
}

// CallsByHour returns each key's calls in the last 24 hours, the oldest hour first.
func (s *Scope) CallsByHour() (map[ID][24]int64, error) {
	if err := s.May(rights.WriteKeys); err != nil {
		return nil, err
	}
	first := s.Now().Truncate(time.Hour).Add(-23 * time.Hour)
	var rows []KeyHour
	err := s.rows.DB.Model(&KeyHour{}).Select("api_key_id", "hour", "sum(calls) AS calls").Where("hour >= ?", first).
		Group("api_key_id, hour").Find(&rows).Error
	sums := map[ID][24]int64{}
	for _, r := range rows {
		hours := sums[r.APIKeyID]
		if i := int(r.Hour.Sub(first) / time.Hour); i >= 0 && i < 24 {
			hours[i] += r.Calls
		}
		sums[r.APIKeyID] = hours
	}
	return sums, err
}
