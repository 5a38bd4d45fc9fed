// Package ui is the set of parts pages are made of: buttons, fields, tables, menus, charts. It knows nothing of
// conversations or tickets and takes plain values only. What a part looks like is in static/src/css/parts.css and
// forms.css. No part writes style= or on…= attributes: the content security policy refuses them.
package ui

import (
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// Attrs are further attributes of an element; alias so that callers need not import templ for them.
type Attrs = templ.Attributes

// Option is one choice of a Select.
type Option struct{ Value, Label string }

// Tab is one of several views of a page; Count is shown behind the label when it is not zero.
type Tab struct {
	Label, URL string
	Current    bool
	Count      int
}

// Fact is one line of a KeyValue list. When Value needs more than text, use the <dl class="facts"> markup.
type Fact struct{ Name, Value string }

// Bar is one bar of a chart.
type Bar struct {
	Label string
	Value int
}

// Item is one line of a Menu: a link, or with Name and Value the submit button of the form around it.
type Item struct {
	Label, Icon, URL string
	Name, Value      string
	Current, Danger  bool
}

// FieldView describes an input with its label. ID falls back to Name; Type to "text".
type FieldView struct {
	Name, ID, Label, Type, Value string
	Hint, Error, Placeholder     string
	Required                     bool
	Attrs                        Attrs
}

func (f FieldView) id() string {
	if f.ID != "" {
		return f.ID
	}
	return "field-" + f.Name
}

func (f FieldView) kind() string {
	if f.Type != "" {
		return f.Type
	}
	return "text"
}

func (f FieldView) describedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.id()+"-error")
	}
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	return strings.Join(ids, " ")
}

func (f FieldView) attrs() Attrs {
	attrs := Attrs{"id": f.id(), "name": f.Name}
	if by := f.describedBy(); by != "" {
		attrs["aria-describedby"] = by
	}
	if f.Error != "" {
		attrs["aria-invalid"] = "true"
	}
	if f.Placeholder != "" {
		attrs["placeholder"] = f.Placeholder
	}
	if f.Required {
		attrs["required"] = true
	}
	for name, value := range f.Attrs {
		attrs[name] = value
	}
	return attrs
}

// Initials are the one or two letters that stand for a name; "?" when it has none.
func Initials(name string) string {
	var letters string
	words := strings.Fields(strings.TrimLeft(name, "+(@"))
	for i, word := range words {
		if i > 0 && i < len(words)-1 {
			continue
		}
		first, _ := utf8.DecodeRuneInString(word)
		letters += string(first)
	}
	if letters == "" {
		return "?"
	}
	return letters
}

// A name keeps its tint everywhere, without anything stored.
func tint(name string) string {
	hash := fnv.New32a()
	hash.Write([]byte(name))
	return "tint-" + string(rune('0'+hash.Sum32()%8))
}

func highest(bars []Bar) int {
	top := 1
	for _, bar := range bars {
		top = max(top, bar.Value)
	}
	return top
}

// A zero keeps two units, so that the day is seen.
func tall(bar Bar, bars []Bar) int {
	return 2 + bar.Value*46/highest(bars)
}
