package models

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
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

// position is a place in a list: the sort time (zero where a list sorts by id alone) and the id.
type position struct {
	at time.Time
	id ID
}

func (p position) cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "1:%d:%s", p.at.UnixMilli(), p.id))
}

// parseCursor reads what cursor wrote.
func parseCursor(text string) (position, error) {
	bad := InvalidField("cursor", "is not a cursor of this list")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) > 80 {
		return position{}, bad
	}
	version, rest, _ := strings.Cut(string(raw), ":")
	ms, id, _ := strings.Cut(rest, ":")
	at, err := strconv.ParseInt(ms, 10, 64)
	known, ok := ParseID("", id)
	// The limits are those of both stores' times.
	if version != "1" || err != nil || !ok || at < -62135596800000 || at > 253402300799999 {
		return position{}, bad
	}
	return position{at: time.UnixMilli(at).UTC(), id: known}, nil
}

// settle fills in what was left out and refuses what no list has.
func (p Page) settle() (Page, error) {
	var fs faults
	if p.Size == 0 {
		p.Size = DefaultPage
	}
	largest := LargestPage
	if p.Wide {
		largest = WidestPage
	}
	if p.Size < 1 || p.Size > largest {
		fs.add("perPage", "is a number from 1 to %d", largest)
	}
	if p.Number == 0 {
		p.Number = 1
	}
	if p.Number < 1 || p.Number > deepestPage {
		fs.add("page", "is a number from 1 to %d", deepestPage)
	}
	if p.Skip < 0 || p.Skip > deepestPage {
		fs.add("skip", "is a number from 0 to %d", deepestPage)
	}
	return p, fs.err()
}

// before is how many rows lie before the page.
func (p Page) before() int {
	if p.Skip > 0 {
		return p.Skip
	}
	return (p.Number - 1) * p.Size
}

// listing is a list people wait for: hand-written SQL, seeking by key. The
// LIMIT is written into the text, because a bound one makes PostgreSQL plan
// the statement anew at every call.
type listing struct {
	table string // with its alias
	alias string
	by    string // the sort column besides id, empty for id alone
	id    string // the id's column, "id" if empty
	old   bool   // oldest first
	where []string
	args  []any
}

func (l *listing) and(condition string, args ...any) {
	l.where = append(l.where, condition)
	l.args = append(l.args, args...)
}

// oneOf is the condition that the column is one of the ids; there is at least one.
func oneOf[T ~string](column string, ids []T) (condition string, args []any) {
	for _, id := range ids {
		args = append(args, string(id))
	}
	return column + " IN (?" + strings.Repeat(", ?", len(ids)-1) + ")", args
}

// from starts a statement: columns and joins, then the fence, then the conditions.
func (l *listing) from(columns, joins string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT %s FROM %s%s WHERE %s.workspace_id = ?", columns, l.table, joins, l.alias)
	for _, w := range l.where {
		b.WriteString(" AND " + w)
	}
	return b.String()
}

func (l *listing) order() string {
	way := "DESC"
	if l.old {
		way = "ASC"
	}
	if l.by == "" {
		return fmt.Sprintf(" ORDER BY %s %s", l.key(), way)
	}
	return fmt.Sprintf(" ORDER BY %s.%s %s, %s %s", l.alias, l.by, way, l.key(), way)
}

// key is the column of the row's id.
func (l *listing) key() string { return l.alias + "." + cmp.Or(l.id, "id") }

// after narrows the list to what follows the position.
func (l *listing) after(p position) {
	sign := "<"
	if l.old {
		sign = ">"
	}
	if l.by == "" {
		l.and(fmt.Sprintf("%s %s ?", l.key(), sign), string(p.id))
		return
	}
	l.and(fmt.Sprintf("(%s.%s, %s) %s (?, ?)", l.alias, l.by, l.key(), sign), p.at, string(p.id))
}

// seek narrows the list to the page asked for. It reports false if that page lies behind the end.
func (s *Scope) seek(l *listing, p Page) (bool, error) {
	if p.Cursor != "" {
		at, err := parseCursor(p.Cursor)
		if err == nil {
			l.after(at)
		}
		return true, err
	}
	if p.before() == 0 {
		return true, nil
	}
	at, ok, err := s.boundary(l, p)
	if ok {
		l.after(at)
	}
	return ok, err
}

// boundary finds the last row before a numbered page. A far page costs a walk of
// the index, so where it begins is remembered for as long as nothing at all was
// committed; a reader that pages by cursor never walks.
func (s *Scope) boundary(l *listing, p Page) (at position, ok bool, err error) {
	columns := l.key()
	if l.by != "" {
		columns = l.alias + "." + l.by + ", " + columns
	}
	query := l.from(columns, "") + l.order()
	marker, err := s.marker()
	if err != nil {
		return at, false, err
	}
	key := fmt.Sprintf("%s|%s|%v|%d", s.workspace, query, l.args, p.before())
	if at, ok = s.store.pages.get(key, marker); ok {
		return at, true, nil
	}
	err = s.each(fmt.Sprintf("%s LIMIT 1 OFFSET %d", query, p.before()-1), l.args, func(row scan) error {
		if ok = true; l.by == "" {
			return row(&at.id)
		}
		return row(&at.at, &at.id)
	})
	if ok = ok && err == nil; ok {
		s.store.pages.put(key, marker, at)
	}
	return at, ok, err
}

// pageStarts remembers where numbered pages begin; at most 4096 of them.
type pageStarts struct {
	sync.Mutex
	starts map[string]pageStart
}

type pageStart struct {
	marker string
	at     position
}

func (c *pageStarts) get(key, marker string) (position, bool) {
	c.Lock()
	defer c.Unlock()
	p, ok := c.starts[key]
	return p.at, ok && p.marker == marker
}

func (c *pageStarts) put(key, marker string, at position) {
	c.Lock()
	defer c.Unlock()
	if c.starts == nil || len(c.starts) >= 4096 {
		c.starts = map[string]pageStart{}
	}
	c.starts[key] = pageStart{marker, at}
}

// pageOf reads one page of a listing. fields names where each column of a row goes.
func pageOf[T any](s *Scope, l *listing, p Page, total int64, at func(*T) position, fields func(*T) []any, columns, joins string) (*List[*T], error) {
	items := make([]*T, 0, min(p.Size, LargestPage)+1)
	ok, err := s.seek(l, p)
	if err != nil || !ok {
		return finish(items, total, p, at), err
	}
	err = s.each(l.from(columns, joins)+l.order()+fmt.Sprintf(" LIMIT %d", p.Size+1), l.args, func(row scan) error {
		item := new(T)
		items = append(items, item)
		return row(fields(item)...)
	})
	return finish(items, total, p, at), err
}

// finish cuts the row read beyond the page and makes the next cursor from the last one kept.
func finish[T any](items []T, total int64, p Page, at func(T) position) *List[T] {
	list := &List[T]{Items: items, Total: total, Size: p.Size}
	if p.Cursor == "" {
		list.Number = p.Number
	}
	if len(items) > p.Size {
		list.Items = items[:p.Size]
		list.Next = at(list.Items[p.Size-1]).cursor()
	}
	return list
}
