package store

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
)

// Page asks for one page of a list: by number from 1, or from a cursor, which wins.
type Page struct {
	Number int
	Size   int
	Cursor string
	Wide   bool // Size may be up to WidestPage
	Skip   int  // instead of Number: how many rows to leave out first
	// Uncounted spares counting the rows of all pages: the list's Total is 0.
	Uncounted bool
}

// The sizes of a page.
const (
	DefaultPage = 25
	LargestPage = 100
	WidestPage  = 10_000 // for dialects whose lists have no pages
	deepestPage = 1_000_000
)

// List is one page of rows in the list's order, and where the next one starts.
type List[T any] struct {
	Items  []T
	Total  int64 // rows on all pages
	Number int   // 0 when asked by cursor
	Size   int
	Next   string // cursor of the next page, empty on the last
}

// Position is a place in a list: the sort time (zero where a list sorts by id alone) and the id.
type Position struct {
	At time.Time
	ID ID
}

// Cursor is how a position is told outside.
func (p Position) Cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "1:%d:%s", p.At.UnixMilli(), p.ID))
}

// ParseCursor reads what Cursor wrote.
func ParseCursor(text string) (Position, error) {
	bad := problem.InvalidField("cursor", "is not a cursor of this list")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) > 80 {
		return Position{}, bad
	}
	version, rest, _ := strings.Cut(string(raw), ":")
	ms, id, _ := strings.Cut(rest, ":")
	at, err := strconv.ParseInt(ms, 10, 64)
	known, ok := ParseID("", id)
	// The limits are those of both stores' times.
	if version != "1" || err != nil || !ok || at < -62135596800000 || at > 253402300799999 {
		return Position{}, bad
	}
	return Position{At: time.UnixMilli(at).UTC(), ID: known}, nil
}

// Settle fills in what was left out and refuses what no list has.
func (p Page) Settle() (Page, error) {
	var fs problem.Faults
	if p.Size == 0 {
		p.Size = DefaultPage
	}
	largest := LargestPage
	if p.Wide {
		largest = WidestPage
	}
	if p.Size < 1 || p.Size > largest {
		fs.Add("perPage", "is a number from 1 to %d", largest)
	}
	if p.Number == 0 {
		p.Number = 1
	}
	if p.Number < 1 || p.Number > deepestPage {
		fs.Add("page", "is a number from 1 to %d", deepestPage)
	}
	if p.Skip < 0 || p.Skip > deepestPage {
		fs.Add("skip", "is a number from 0 to %d", deepestPage)
	}
	return p, fs.Err()
}

// before is how many rows lie before the page.
func (p Page) before() int {
	if p.Skip > 0 {
		return p.Skip
	}
	return (p.Number - 1) * p.Size
}

// Empty is a list without a row.
func Empty[T any](p Page) *List[T] {
	return finish([]T{}, 0, p, func(T) Position { return Position{} })
}

// Cut makes a page of rows that were all read, each of which id names. A cursor after a row that is gone is Invalid.
func Cut[T any](all []T, p Page, id func(T) ID) (*List[T], error) {
	p, err := p.Settle()
	if err != nil {
		return nil, err
	}
	from := p.before()
	if p.Cursor != "" {
		last, err := ParseCursor(p.Cursor)
		if err != nil {
			return nil, err
		}
		if from = 1 + slices.IndexFunc(all, func(row T) bool { return id(row) == last.ID }); from == 0 {
			return nil, problem.InvalidField("cursor", "is of a row that is gone; begin again")
		}
	}
	items := all[min(from, len(all)):min(from+p.Size+1, len(all))]
	return finish(items, int64(len(all)), p, func(row T) Position { return Position{ID: id(row)} }), nil
}

// ShortPage reads a page of a list that stays short: rows says which are in it,
// order how, and after which come after the one that a cursor names.
func ShortPage[T any](rows *gorm.DB, order string, p Page, at func(*T) Position, after func(*gorm.DB, ID) (*gorm.DB, error)) (*List[*T], error) {
	p, err := p.Settle()
	if err != nil {
		return nil, err
	}
	rows = rows.Model(new(T)).Session(&gorm.Session{})
	here := rows.Offset(p.before())
	if p.Cursor != "" {
		last, err := ParseCursor(p.Cursor)
		if err == nil {
			here, err = after(rows, last.ID)
		}
		if err != nil {
			return nil, err
		}
	}
	var total int64
	items := []*T{}
	err = errors.Join(rows.Count(&total).Error, here.Order(order).Limit(p.Size+1).Find(&items).Error)
	return finish(items, total, p, at), err
}

// Listing is a list people wait for: hand-written SQL, seeking by key. The
// LIMIT is written into the text, because a bound one makes PostgreSQL plan
// the statement anew at every call.
type Listing struct {
	Table  string // with its alias
	Alias  string
	By     string // the sort column besides id, empty for id alone
	ID     string // the id's column, "id" if empty
	Oldest bool   // first
	Where  []string
	Args   []any
}

// And narrows the list by a condition.
func (l *Listing) And(condition string, args ...any) {
	l.Where = append(l.Where, condition)
	l.Args = append(l.Args, args...)
}

// OneOf is the condition that the column is one of the ids; there is at least one.
func OneOf[T ~string](column string, ids []T) (condition string, args []any) {
	for _, id := range ids {
		args = append(args, string(id))
	}
	return column + " IN (?" + strings.Repeat(", ?", len(ids)-1) + ")", args
}

// From starts a statement: columns and joins, then the fence, then the conditions.
func (l *Listing) From(columns, joins string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT %s FROM %s%s WHERE %s.workspace_id = ?", columns, l.Table, joins, l.Alias)
	for _, w := range l.Where {
		b.WriteString(" AND " + w)
	}
	return b.String()
}

// Order is how the list is sorted.
func (l *Listing) Order() string {
	way := "DESC"
	if l.Oldest {
		way = "ASC"
	}
	if l.By == "" {
		return fmt.Sprintf(" ORDER BY %s %s", l.key(), way)
	}
	return fmt.Sprintf(" ORDER BY %s.%s %s, %s %s", l.Alias, l.By, way, l.key(), way)
}

// key is the column of the row's id.
func (l *Listing) key() string { return l.Alias + "." + cmp.Or(l.ID, "id") }

// After narrows the list to what follows the position.
func (l *Listing) After(p Position) {
	sign := "<"
	if l.Oldest {
		sign = ">"
	}
	if l.By == "" {
		l.And(fmt.Sprintf("%s %s ?", l.key(), sign), string(p.ID))
		return
	}
	l.And(fmt.Sprintf("(%s.%s, %s) %s (?, ?)", l.Alias, l.By, l.key(), sign), p.At, string(p.ID))
}
