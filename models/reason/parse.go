package reason

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// look is what a sentence looks like that was made of a form.
type look struct {
	Form
	pattern *regexp.Regexp
	literal int // how many characters are the form's own
}

// Parser reads the sentences that older versions of the program kept in English. Only the migration of their rows has a use for it.
type Parser struct{ looks []look }

// NewParser returns a parser of the forms that are known by now.
func NewParser() *Parser {
	p := &Parser{}
	for _, form := range known {
		if form.Code == said.Code {
			continue
		}
		pattern, literal := "", 0
		for i, own := range strings.Split(strings.ReplaceAll(form.English, "%d", "%s"), "%s") {
			if i > 0 {
				pattern += `(.+?)`
			}
			pattern, literal = pattern+regexp.QuoteMeta(own), literal+len(own)
		}
		p.looks = append(p.looks, look{form, regexp.MustCompile(`(?s)^` + pattern + `$`), literal})
	}
	slices.SortFunc(p.looks, func(a, b look) int { return cmp.Or(b.literal-a.literal, strings.Compare(a.Code, b.Code)) })
	return p
}

// Parse returns the reason that the text was made of: of one form, or of several with blanks between. A text that none fits
// is somebody else's.
func (p *Parser) Parse(text string) Reason {
	if _, already := decode(text); already || text == "" {
		return Kept(text)
	}
	if r, ok := p.sentences(text); ok {
		return r
	}
	return Said(text)
}

func (p *Parser) sentences(text string) (Reason, bool) {
	if r, ok := p.one(text); ok {
		return r, true
	}
	for at := range len(text) {
		if text[at] != ' ' {
			continue
		}
		if first, ok := p.one(text[:at]); ok {
			if rest, ok := p.sentences(text[at+1:]); ok {
				return first.Then(rest), true
			}
		}
	}
	return Reason{}, false
}

func (p *Parser) one(text string) (Reason, bool) {
	for _, look := range p.looks {
		if found := look.pattern.FindStringSubmatch(text); found != nil {
			args := make([]any, len(found)-1)
			for i, arg := range found[1:] {
				args[i] = arg
			}
			return look.With(args...), true
		}
	}
	return Reason{}, false
}
