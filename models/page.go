package models

import (
	"fmt"
	"sync"
)

// start is where a page begins: after a position, or with the list.
type start struct {
	after      *position
	key        string // of a numbered page: what it is remembered by
	remembered bool
	marker     string // of when it was remembered
}

// begin tells where the page asked for starts, as far as that is known without the store.
func (s *Scope) begin(l *listing, p Page) (b start, err error) {
	switch {
	case p.Cursor != "":
		var at position
		at, err = parseCursor(p.Cursor)
		b.after = &at
	case p.before() > 0:
		b.key = fmt.Sprintf("%s|%s|%v|%d", s.workspace, l.places(), l.args, p.before())
		if known, ok := s.store.pages.get(b.key); ok {
			b.after, b.marker, b.remembered = &known.at, known.marker, true
		}
	}
	return b, err
}

// places is the statement that lists the positions alone.
func (l *listing) places() string {
	columns := l.key()
	if l.by != "" {
		columns = l.alias + "." + l.by + ", " + columns
	}
	return l.from(columns, "") + l.order()
}

// walk finds the last row before a numbered page. A far page costs a walk of
// the index, so where it begins is remembered for as long as nothing of the
// workspace changes; a reader that pages by cursor never walks. It reports false if the
// page lies behind the end.
func (s *Scope) walk(l *listing, p Page, b *start) (ok bool, err error) {
	b.after, b.marker = &position{}, ""
	if err := s.together(s.marked(&b.marker)); err != nil {
		return false, err
	}
	err = s.each(fmt.Sprintf("%s LIMIT 1 OFFSET %d", l.places(), p.before()-1), l.args, func(row scan) error {
		if ok = true; l.by == "" {
			return row(&b.after.id)
		}
		return row(&b.after.at, &b.after.id)
	})
	if ok = ok && err == nil; ok {
		s.store.pages.put(b.key, pageStart{b.marker, *b.after})
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
	at     position
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

// pageOf reads one page of a listing. fields names where each column of a row goes.
func pageOf[T any](s *Scope, l *listing, p Page, total int64, at func(*T) position, fields func(*T) []any, columns, joins string) (*List[*T], error) {
	return pageWith(s, l, p, &total, nil, at, fields, columns, joins)
}

// pageWith is pageOf for a total that is asked for in the same round trip, with
// whatever else is in beside.
func pageWith[T any](s *Scope, l *listing, p Page, total *int64, beside []question, at func(*T) position, fields func(*T) []any, columns, joins string) (*List[*T], error) {
	sheet := &sheet[T]{Scope: s, listing: l, size: p.Size, columns: columns, joins: joins, fields: fields}
	b, err := s.begin(l, p)
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
	*Scope
	*listing
	size           int
	columns, joins string
	fields         func(*T) []any
	items          []*T // one more than the page has, if there is one
}

// read reads the rows after the position, or from the list's beginning.
func (h *sheet[T]) read(after *position, beside []question) error {
	h.items = make([]*T, 0, min(h.size, LargestPage)+1)
	here := *h.listing
	if after != nil {
		here.after(*after)
	}
	query := here.from(h.columns, h.joins) + here.order() + fmt.Sprintf(" LIMIT %d", h.size+1)
	return h.together(append(beside, question{query, here.args, func(row scan) error {
		item := new(T)
		h.items = append(h.items, item)
		return row(h.fields(item)...)
	}})...)
}

// walkAndRead finds where the page begins first.
func (h *sheet[T]) walkAndRead(p Page, b *start, beside []question) error {
	ok, err := h.walk(h.listing, p, b)
	switch {
	case err != nil:
		return err
	case ok:
		return h.read(b.after, beside)
	}
	h.items = nil // behind the end
	return h.together(beside...)
}

// readThere reads where the page began when that was remembered, and again if
// anything changed since.
func (h *sheet[T]) readThere(p Page, b *start, beside []question) error {
	changed := false
	err := h.read(b.after, append(beside, h.changedSince(b.marker, &changed)))
	if err != nil || !changed {
		return err
	}
	return h.walkAndRead(p, b, nil)
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
