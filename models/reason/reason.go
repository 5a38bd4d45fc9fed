// Package reason says why something is as it is: why a message failed, why a channel needs attention, why a webhook is off.
// A reason is kept as the codes of its sentences and what fills them, and becomes words where it is shown, in the reader's
// language. Who has a sentence to say defines its form once, as a variable of its package; start with Define.
package reason

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Form is a sentence with places, by its code.
type Form struct {
	Code    string // stable, snake_case
	English string // with fmt's %s and %d
}

var known = map[string]Form{}

// said is the form of what somebody else said, in their own words.
var said = Define("said", "%s")

// Define makes a form known to the program. The code stays as long as there are rows with it. It panics where the code is
// taken: that is seen when the program starts.
func Define(code, english string) Form {
	if known[code].Code != "" {
		panic("reason: two forms have the code " + code)
	}
	f := Form{code, english}
	known[code] = f
	return f
}

// part is one sentence of a reason, as it is kept.
type part struct {
	Code string   `json:"code"`
	Args []string `json:"args,omitempty"`
}

// Reason is one or more sentences, kept as JSON of codes and arguments. The zero value is none. A text that is no such
// JSON, which an older version of the program wrote, says itself.
type Reason struct{ kept string }

// Kept returns the reason that a store kept as the text.
func Kept(text string) Reason { return Reason{text} }

// Kept is the text by which the reason is kept; empty for none.
func (r Reason) Kept() string { return r.kept }

// Value is the column.
func (r Reason) Value() (driver.Value, error) { return r.kept, nil }

// Scan reads the column.
func (r *Reason) Scan(column any) error {
	switch v := column.(type) {
	case string:
		r.kept = v
	case []byte:
		r.kept = string(v)
	default:
		return fmt.Errorf("reason: a column of the type %T", column)
	}
	return nil
}

// MarshalText keeps the reason inside of JSON.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.kept), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Reason) UnmarshalText(text []byte) error {
	r.kept = string(text)
	return nil
}

// None reports whether there is no reason.
func (r Reason) None() bool { return r.kept == "" }

// longestArg is the most characters that fill one place.
const longestArg = 1000

// clean is a text as both stores can keep it: no NUL, no broken UTF-8, and not without end.
func clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "")
	if runes := []rune(text); len(runes) > longestArg {
		text = string(runes[:longestArg-1]) + "…"
	}
	return text
}

// With is the form with its places filled. What fills them is shown as it is, in every language.
func (f Form) With(args ...any) Reason {
	p := part{Code: f.Code}
	for _, arg := range args {
		p.Args = append(p.Args, clean(fmt.Sprint(arg)))
	}
	return encode([]part{p})
}

// Said is what somebody else said, such as a vendor; empty for nothing.
func Said(text string) Reason {
	if text == "" {
		return Reason{}
	}
	return said.With(text)
}

// Then is the reason with another one after it.
func (r Reason) Then(next Reason) Reason {
	if r.None() || next.None() {
		return Reason{r.kept + next.kept}
	}
	return encode(append(r.parts(), next.parts()...))
}

func encode(parts []part) Reason {
	text, err := json.Marshal(parts)
	if err != nil { // texts alone: it cannot be
		panic(err)
	}
	return Reason{string(text)}
}

func (r Reason) parts() []part {
	if r.None() {
		return nil
	}
	if all, ok := decode(r.kept); ok {
		return all
	}
	return []part{{said.Code, []string{r.kept}}}
}

func decode(text string) (all []part, ok bool) {
	return all, strings.HasPrefix(text, `[{"code":`) && json.Unmarshal([]byte(text), &all) == nil
}

// In returns the reason in the words that translate gives for a form's English ones. A code that this program does not
// know, because a newer one wrote it, is shown with what fills it.
func (r Reason) In(translate func(english string) string) string {
	var sentences []string
	for _, p := range r.parts() {
		form, ok := known[p.Code]
		if !ok {
			sentences = append(sentences, strings.Join(append([]string{p.Code}, p.Args...), " "))
			continue
		}
		sentences = append(sentences, fill(translate(form.English), p.Args))
	}
	return strings.Join(sentences, " ")
}

// String is the reason in English, as the API tells it.
func (r Reason) String() string { return r.In(func(english string) string { return english }) }

// fill puts the arguments into the form's places in their order; a place without one stays empty.
func fill(form string, args []string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(form, "%")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		switch {
		case strings.HasPrefix(after, "%"):
			b.WriteByte('%')
		case len(args) > 0:
			b.WriteString(args[0])
			args = args[1:]
		}
		form = after[min(len(after), 1):]
	}
}

// Error is an error that has a reason for people.
type Error struct{ Why Reason }

// Error is the reason in English.
func (e *Error) Error() string { return e.Why.String() }

// Reason is why.
func (e *Error) Reason() Reason { return e.Why }

// Of returns the reason that an error in the chain has; of another error what it says.
func Of(err error) Reason {
	var known interface{ Reason() Reason }
	if errors.As(err, &known) {
		return known.Reason()
	}
	return Said(err.Error())
}
