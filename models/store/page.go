package store

import (
	"fmt"
	"sync"
)

// start is where a page begins: after a position, or with the list.
type start struct {
	after      *Position
	key        string // of a numbered page: what it is remembered by
	remembered bool
	marker     string // of when it was remembered
}

// begin tells where the page asked for starts, as far as that is known without the store.
func (r *Reader) begin(l *Listing, p Page) (b start, err error) {
	switch {
	case p.Cursor != "":
		var at Position
		at, err = ParseCursor(p.Cursor)
		b.after = &at
	case p.before() > 0:
		b.key = fmt.Sprintf("%s|%s|%v|%d", r.scope.Workspace, l.places(), l.Args, p.before())
		if known, ok := r.scope.store.pages.get(b.key); ok {
			b.after, b.marker, b.remembered = &known.at, known.marker, true
		}
	}
	return b, err
}

// places is the statement that lists the positions alone.
func (l *Listing) places() string {
	columns := l.key()
	if l.By != "" {
		columns = l.Alias + "." + l.By + ", " + columns
	}
	return l.From(columns, "") + l.Order()
}

// walk finds the last row before a numbered page. A far page costs a walk of
// the index, so where it begins is remembered for as long as nothing of the
// workspace changes; a reader that pages by cursor never walks. It reports false if the
// page lies behind the end.
func (r *Reader) walk(l *Listing, p Page, b *start) (ok bool, err error) {
	b.after, b.marker = &Position{}, ""
	if err := r.Batch(r.scope.store.o.Moment(r.scope, &b.marker)); err != nil {
		return false, err
	}
	err = r.QueryEach(fmt.Sprintf("%s LIMIT 1 OFFSET %d", l.places(), p.before()-1), l.Args, func(row Scan) error {
		if ok = true; l.By == "" {
			return row(&b.after.ID)
		}
		return row(&b.after.At, &b.after.ID)
	})
	if ok = ok && err == nil; ok {
		r.scope.store.pages.put(b.key, pageStart{b.marker, *b.after})
	}
	return ok, err
}

// pageStarts remembers where numbered pages begin; at most 4096 of them.
type pageStarts struct {
	sync.Mutex
	starts map[string]pageStart
}

type pageStart struct {
	marker string
	at     Position
}

func (c *pageStarts) get(key string) (pageStart, bool) {
	c.Lock()
	defer c.Unlock()
	p, ok := c.starts[key]
	return p, ok
}

func (c *pageStarts) put(key string, p pageStart) {
	c.Lock()
	defer c.Unlock()
	if c.starts == nil || len(c.starts) >= 4096 {
		c.starts = map[string]pageStart{}
	}
	c.starts[key] = p
}

// PageOf reads one page of a listing; at is where a row is in it.
func PageOf[T any](r *Reader, l *Listing, p Page, total int64, at func(*T) Position, table Table[T]) (*List[*T], error) {
	return PageWith(r, l, p, &total, nil, at, table)
}

// CountedPage is PageOf of a page as it was asked for, and counts what the listing holds.
func CountedPage[T any](r *Reader, l *Listing, p Page, at func(*T) Position, table Table[T]) (*List[*T], error) {
	p, err := p.Settle()
	if err != nil {
		return nil, err
	}
	total, err := r.QueryInt(l.From("count(*)", ""), l.Args...)
	if err != nil {
		return nil, err
	}
	return PageOf(r, l, p, total, at, table)
}

// PageWith is PageOf for a total that is asked for in the same round trip, with
// whatever else is in beside.
func PageWith[T any](r *Reader, l *Listing, p Page, total *int64, beside []Query, at func(*T) Position, table Table[T]) (*List[*T], error) {
	sheet := &sheet[T]{Reader: r, Listing: l, size: p.Size, table: table}
	b, err := r.begin(l, p)
	switch {
	case err != nil:
		return nil, err
	case b.key == "":
		err = sheet.read(b.after, beside)
	case b.remembered:
		err = sheet.readThere(p, &b, beside)
	default:
		err = sheet.walkAndRead(p, &b, beside)
	}
	return finish(sheet.items, *total, p, at), err
}

// sheet is a page being read.
type sheet[T any] struct {
	*Reader
	*Listing
	size  int
	table Table[T]
	items []*T // one more than the page has, if there is one
}

// read reads the rows after the position, or from the list's beginning.
func (h *sheet[T]) read(after *Position, beside []Query) error {
	h.items = make([]*T, 0, min(h.size, LargestPage)+1)
	here := *h.Listing
	if after != nil {
		here.After(*after)
	}
	query := here.From(h.table.Columns.String(), h.table.Joins) + here.Order() + fmt.Sprintf(" LIMIT %d", h.size+1)
	return h.Batch(append(beside, Query{query, here.Args, h.table.Columns.Read(&h.items)})...)
}

// walkAndRead finds where the page begins first.
func (h *sheet[T]) walkAndRead(p Page, b *start, beside []Query) error {
	ok, err := h.walk(h.Listing, p, b)
	switch {
	case err != nil:
		return err
	case ok:
		return h.read(b.after, beside)
	}
	h.items = nil // behind the end
	return h.Batch(beside...)
}

// readThere reads where the page began when that was remembered, and again if
// anything changed since.
func (h *sheet[T]) readThere(p Page, b *start, beside []Query) error {
	changed := false
	err := h.read(b.after, append(beside, h.scope.store.o.Since(h.scope, b.marker, &changed)))
	if err != nil || !changed {
		return err
	}
	return h.walkAndRead(p, b, nil)
}

// finish cuts the row read beyond the page and makes the next cursor from the last one kept.
func finish[T any](items []T, total int64, p Page, at func(T) Position) *List[T] {
	list := &List[T]{Items: items, Total: total, Size: p.Size}
	if p.Cursor == "" {
		list.Number = p.Number
	}
	if len(items) > p.Size {
		list.Items = items[:p.Size]
		list.Next = at(list.Items[p.Size-1]).Cursor()
	}
	return list
}
