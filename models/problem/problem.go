// Package problem is bad news: errors that may be told to whoever called, made where a rule lives and told by each surface
// in its own way. Start with Fail.
package problem

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of bad news an Error is; each way in maps it to its own status once.
type Kind int

// The kinds of bad news. The zero Kind is never told: anything that is not an Error is internal.
const (
	Internal     Kind = iota
	Malformed         // the request cannot be read at all
	Invalid           // it reads, but a value breaks a rule
	SignedOut         // nobody known is asking
	Forbidden         // known, but may not
	NotFound          // missing, or another workspace's: the same answer
	Conflict          // it collides with what is there
	Precondition      // it changed since the caller read it
	TooMany           // more often than allowed
	TooLarge          // more bytes than allowed
	Unsupported       // a content type that is not read here
	Unavailable       // the store or a vendor is away; try again
)

// Sentence is what Fail was given to say: an English form with fmt's verbs, and
// what fills them, for those who say it in another language. A sentence may fill
// a place of another one.
type Sentence struct {
	Form string
	Args []any
}

// String is the sentence in English.
func (s Sentence) String() string { return fmt.Sprintf(s.Form, s.Args...) }

// Word is a word or sentence of ours that fills a place of another one, and is said in the reader's language too. All
// else that fills a place is shown as it is: it may be somebody's own.
func Word(text string) Sentence { return Sentence{Form: text} }

// Fault is one field and what is wrong with it.
type Fault struct {
	Field  string // as the caller spelled it: "phone", "contact.email"
	Detail string
	Said   Sentence // the detail before it was filled in; empty if it is a vendor's or a library's
}

// At returns the fault of a field.
func At(field, form string, args ...any) Fault {
	return Fault{Field: field, Detail: fmt.Sprintf(form, args...), Said: Sentence{form, args}}
}

// Error is bad news that may be told to the caller. Any other error is told as
// "internal" and only logged.
type Error struct {
	Kind    Kind
	Code    string   // stable snake_case word for programs
	Message string   // a sentence for the person
	Said    Sentence // the message before it was filled in; empty if it tells the faults
	Faults  []Fault  // the fields at fault, if any
	Other   string   // the id of the row it collides with, in its public form, if any
	cause   error    // for the log
}

// Error returns the sentence, with its cause for the log.
func (e *Error) Error() string {
	if e.cause != nil {
		return e.Message + ": " + e.cause.Error()
	}
	return e.Message
}

// Unwrap returns the cause, which may be nil.
func (e *Error) Unwrap() error { return e.cause }

// Fail returns an error of the kind with a stable code and a sentence for people.
func Fail(kind Kind, code, message string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(message, args...), Said: Sentence{message, args}}
}

// At names a field at fault.
func (e *Error) At(field, detail string, args ...any) *Error {
	e.Faults = append(e.Faults, At(field, detail, args...))
	return e
}

// Collides names the row in the way, by its public id.
func (e *Error) Collides(id string) *Error {
	e.Other = id
	return e
}

// By keeps the cause for the log.
func (e *Error) By(cause error) *Error {
	e.cause = cause
	return e
}

// InvalidField returns an Invalid error about one field.
func InvalidField(field, detail string, args ...any) error {
	return Faults{At(field, detail, args...)}.Err()
}

// NoSuch is the one answer for a missing row and for another workspace's.
func NoSuch(noun string) *Error {
	return Fail(NotFound, "not_found", "There is no such %s.", Word(noun))
}

// KindOf returns the kind of the first Error in err's chain, Internal if none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Faults gathers what is wrong with a change, so that a form shows all of it at once.
type Faults []Fault

// Add notes what is wrong with a field.
func (f *Faults) Add(field, detail string, args ...any) {
	*f = append(*f, At(field, detail, args...))
}

// Take adds the faults of an Invalid error and returns any other error.
func (f *Faults) Take(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == Invalid && len(e.Faults) > 0 {
		*f = append(*f, e.Faults...)
		return nil
	}
	return err
}

// Err is the Invalid error that tells all of them; nil for none.
func (f Faults) Err() error {
	switch len(f) {
	case 0:
		return nil
	case 1:
		return &Error{Kind: Invalid, Code: "invalid", Message: f[0].Field + ": " + f[0].Detail, Faults: f}
	}
	said := make([]string, len(f))
	for i, fault := range f {
		said[i] = fault.Field + " " + fault.Detail
	}
	return &Error{Kind: Invalid, Code: "invalid", Message: strings.Join(said, "; "), Faults: f}
}
