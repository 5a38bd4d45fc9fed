package models

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mauve/models/problem"
	"mauve/models/wire"
)

// The kinds of gap that a template has.
const (
	GapText = "text" // a piece of text
	GapFile = "file" // the address of a file that the vendor fetches
	GapCode = "code" // what a button copies
)

// Gap is one place in a template that a use of it fills.
type Gap struct {
	Field string // its name in forms: body.1, header.name, header.file, button.0
	Part  string // header, body or button
	Name  string // 1, name; of a button its label
	Kind  string
	media string // of a file: image, video, document
	at    int    // of a button, its place
}

// Piece is a stretch of a template's text, or with Gap set a gap in it.
type Piece struct {
	Text string
	Gap  *Gap
}

var gapForm = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}`)

// Approved reports whether the vendor lets the template be sent.
func (t *Template) Approved() bool { return t.Status == "APPROVED" }

func (t *Template) parts() []wire.TemplatePart {
	var parts []wire.TemplatePart
	_ = json.Unmarshal([]byte(t.Components), &parts)
	return parts
}

// Gaps returns what is to be filled in before the template is sent, in the order
// people read it. Whole is false when the template has parts that only the API
// can fill, such as a place or a carousel.
func (t *Template) Gaps() (gaps []Gap, whole bool) {
	whole = true
	for _, p := range t.parts() {
		switch part := strings.ToLower(p.Type); part {
		case "header", "body", "footer":
			found, ok := headed(p, part)
			gaps, whole = append(gaps, found...), whole && ok
		case "buttons":
			for i, b := range p.Buttons {
				found, ok := pressed(b, i)
				gaps, whole = append(gaps, found...), whole && ok
			}
		default:
			whole = false
		}
	}
	return gaps, whole
}

// headed returns the gaps of a header, a body or a footer.
func headed(p wire.TemplatePart, part string) ([]Gap, bool) {
	switch format := strings.ToLower(p.Format); {
	case part != "header" || format == "" || format == "text":
		return inText(p.Text, part), true
	case format == "image" || format == "video" || format == "document":
		return []Gap{{Field: "header.file", Part: part, Name: format, Kind: GapFile, media: format}}, true
	}
	return nil, false
}

func inText(text, part string) []Gap {
	var gaps []Gap
	for _, m := range gapForm.FindAllStringSubmatch(text, -1) {
		g := Gap{Field: part + "." + m[1], Part: part, Name: m[1], Kind: GapText}
		if !slices.Contains(gaps, g) {
			gaps = append(gaps, g)
		}
	}
	slices.SortStableFunc(gaps, func(a, b Gap) int { // numbered ones are given to the vendor by their place
		x, errX := strconv.Atoi(a.Name)
		y, errY := strconv.Atoi(b.Name)
		if errX != nil || errY != nil {
			return 0
		}
		return x - y
	})
	return gaps
}

// pressed returns the gap of a button: the end of its address, or the code it copies.
func pressed(b wire.TemplateButton, at int) ([]Gap, bool) {
	g := Gap{Field: "button." + strconv.Itoa(at), Part: "button", Name: b.Text, Kind: GapText, at: at}
	switch strings.ToUpper(b.Type) {
	case "URL":
		if !gapForm.MatchString(b.URL) {
			return nil, true
		}
		return []Gap{g}, true
	case "COPY_CODE":
		g.Kind = GapCode
		return []Gap{g}, true
	case "QUICK_REPLY", "PHONE_NUMBER":
		return nil, true
	}
	return nil, false
}

// Pieces is the template's text cut at its gaps, one list of pieces for each of its lines.
func (t *Template) Pieces() [][]Piece {
	var lines [][]Piece
	for _, p := range t.parts() {
		part := strings.ToLower(p.Type)
		for text := range strings.Lines(p.Text) {
			lines = append(lines, pieces(strings.TrimRight(text, "\r\n"), part))
		}
	}
	return lines
}

func pieces(text, part string) []Piece {
	var all []Piece
	for {
		at := gapForm.FindStringSubmatchIndex(text)
		if at == nil {
			return append(all, Piece{Text: text})
		}
		name := text[at[2]:at[3]]
		all = append(all, Piece{Text: text[:at[0]]}, Piece{Gap: &Gap{Field: part + "." + name, Part: part, Name: name, Kind: GapText}})
		text = text[at[1]:]
	}
}

// Buttons are the labels of the template's buttons.
func (t *Template) Buttons() []string {
	var labels []string
	for _, p := range t.parts() {
		for _, b := range p.Buttons {
			labels = append(labels, b.Text)
		}
	}
	return labels
}

// Filled is a draft that sends the template with its gaps filled from values,
// which are named by the gaps' fields. It fails with Invalid naming each gap
// that is empty or holds what the vendor refuses: line breaks, tabs, or more
// than four spaces in a row (Meta, "Template components", 2026-10).
func (t *Template) Filled(values map[string]string) (Draft, error) {
	gaps, whole := t.Gaps()
	if !whole {
		return Draft{}, problem.Fail(problem.Invalid, "template_by_api", "This template has parts that only the API can fill.")
	}
	var fs faults
	var fills []*wire.TemplateFill
	for _, g := range gaps {
		fact, into := fs.gap(g, values[g.Field]), g.component()
		if last := len(fills) - 1; last >= 0 && g.Part != "button" && fills[last].Type == into.Type {
			into = fills[last]
		} else {
			fills = append(fills, into)
		}
		into.Parameters = append(into.Parameters, fact)
	}
	use := &wire.TemplateUse{Name: t.Name, Language: t.Language}
	if len(fills) > 0 {
		var err error
		if use.Components, err = json.Marshal(fills); err != nil {
			return Draft{}, err
		}
	}
	return Draft{Content: Content{Template: use}}, fs.Err()
}

func (g Gap) component() *wire.TemplateFill {
	fill := &wire.TemplateFill{Type: g.Part}
	if g.Part == "button" {
		fill.SubType, fill.Index = "url", strconv.Itoa(g.at)
		if g.Kind == GapCode {
			fill.SubType = "copy_code"
		}
	}
	return fill
}

// gap checks what one gap is filled with.
func (f *faults) gap(g Gap, v string) wire.TemplateFact {
	v = strings.TrimSpace(v)
	fact := wire.TemplateFact{Type: g.Kind}
	switch g.Kind {
	case GapFile:
		fact.Type = g.media
		f.Link(g.Field, v)
		file := &wire.TemplateFile{Link: v}
		switch g.media {
		case "image":
			fact.Image = file
		case "video":
			fact.Video = file
		default:
			fact.Document = file
		}
		return fact
	case GapCode:
		fact.Type, fact.Code = "coupon_code", f.Line(g.Field, v, 1, 20)
		return fact
	}
	fact.Text = f.Line(g.Field, v, 1, 1024)
	if strings.Contains(v, "     ") {
		f.Add(g.Field, "has more than four spaces in a row, which Meta refuses")
	}
	if _, err := strconv.Atoi(g.Name); err != nil && g.Part != "button" {
		fact.Name = g.Name
	}
	return fact
}
