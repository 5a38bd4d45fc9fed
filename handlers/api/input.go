package api

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mauve/models"
	"mauve/models/problem"
)

// maybe is a member that may be left out, be null, or have a value.
type maybe[T any] struct {
	Sent, Null bool
	Value      T
}

// UnmarshalJSON notes that the member was sent.
func (m *maybe[T]) UnmarshalJSON(b []byte) error {
	m.Sent = true
	if bytes.Equal(b, []byte("null")) {
		m.Null = true
		return nil
	}
	return json.Unmarshal(b, &m.Value)
}

// Schema is that of the value, or null.
func (m maybe[T]) Schema(r huma.Registry) *huma.Schema {
	s := *huma.SchemaFromType(r, typeOf[T]())
	s.Nullable = true
	return &s
}

// pointer returns nil when left out, and the zero value for null: clear it.
func (m maybe[T]) pointer() *T {
	if !m.Sent {
		return nil
	}
	return &m.Value
}

// labels are a list, or a text with commas.
type labels struct {
	Sent bool
	List []string
}

// UnmarshalJSON reads either spelling.
func (l *labels) UnmarshalJSON(b []byte) error {
	l.Sent = true
	if len(b) > 0 && b[0] == '"' {
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		l.List = strings.Split(text, ",")
		return nil
	}
	return json.Unmarshal(b, &l.List)
}

// Schema shows both spellings.
func (labels) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "A list of texts, or one text with commas", OneOf: []*huma.Schema{
		{Type: "array", Items: &huma.Schema{Type: "string"}}, {Type: "string"},
	}}
}

func (l labels) pointer() *[]string {
	if !l.Sent {
		return nil
	}
	return &l.List
}

// Paging is how every list is asked for a page.
type Paging struct {
	Page    int    `query:"page" default:"1" minimum:"1" maximum:"1000000" doc:"From 1"`
	PerPage int    `query:"perPage" default:"25" minimum:"1" maximum:"100"`
	Cursor  string `query:"cursor" maxLength:"120" doc:"meta.nextCursor of the page before; instead of page, and as fast at any depth"`
}

func (p Paging) ask() models.Page {
	return models.Page{Number: p.Page, Size: p.PerPage, Cursor: strings.Clone(p.Cursor)}
}

// ByID is the path of one resource.
type ByID struct {
	ID string `path:"id"`
}

// UnlessChanged is the precondition of a PATCH (RFC 9110 §13.1.1).
type UnlessChanged struct {
	IfMatch string `header:"If-Match" doc:"The ETag you read; 412 if it changed since"`
}

func (u UnlessChanged) version() string {
	if u.IfMatch == "*" {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(u.IfMatch, "W/"), `"`)
}

func etag(version string) string { return `"` + version + `"` }

// idOf reads an id in either form; what is no id names nothing.
func idOf(prefix, text, noun string) (models.ID, error) {
	id, ok := models.ParseID(prefix, text)
	if !ok {
		return "", problem.Fail(problem.NotFound, "not_found", "There is no such %s.", noun)
	}
	return id, nil
}

// fieldID reads an id in a field or filter; the empty text is no id.
func fieldID(prefix, field, text string) (models.ID, error) {
	if text == "" {
		return "", nil
	}
	id, ok := models.ParseID(prefix, text)
	if !ok {
		return "", problem.InvalidField(field, "is not an id; ids look like %s6740a1b2c3d4e5f60718293a", prefix)
	}
	return id, nil
}

func fieldTime(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return t, problem.InvalidField(field, "is not a time; write it as 2026-11-21T08:00:00Z")
	}
	return t.UTC(), nil
}
