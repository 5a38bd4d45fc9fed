// Package placeholder finds the gaps in a message template, as Meta's API gives
// it, and fills them. It is about the text alone; whether a template may be sent
// is said where its row is, in models. Start with Form.
package placeholder

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/wire"
)

// The kinds of gap that a template has.
const (
	Text = "text" // a piece of text
	File = "file" // the address of a file that the vendor fetches
	Code = "code" // what a button copies
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

var gapPattern = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}`)

// Form is a template as its vendor gives it. Components that cannot be read have no gap.
type Form struct {
	Name       string
	Language   string
	Components string // JSON
}

func (f Form) parts() (parts []wire.TemplatePart, err error) {
	err = json.Unmarshal([]byte(f.Components), &parts)
	return parts, err
}

// Gaps returns what is to be filled in before the template is sent, in the order
// people read it. Whole is false when the template has parts that only the API
// can fill, such as a place or a carousel.
func (f Form) Gaps() (gaps []Gap, whole bool) {
	whole = true
	parts, _ := f.parts()
	for _, p := range parts {
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
		return []Gap{{Field: "header.file", Part: part, Name: format, Kind: File, media: format}}, true
	}
	return nil, false
}

func inText(text, part string) []Gap {
	var gaps []Gap
	for _, m := range gapPattern.FindAllStringSubmatch(text, -1) {
		g := Gap{Field: part + "." + m[1], Part: part, Name: m[1], Kind: Text}
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
	g := Gap{Field: "button." + strconv.Itoa(at), Part: "button", Name: b.Text, Kind: Text, at: at}
	switch strings.ToUpper(b.Type) {
	case "URL":
		if !gapPattern.MatchString(b.URL) {
			return nil, true
		}
		return []Gap{g}, true
	case "COPY_CODE":
		g.Kind = Code
		return []Gap{g}, true
	case "QUICK_REPLY", "PHONE_NUMBER":
		return nil, true
	}
	return nil, false
}

// Pieces is the template's text cut at its gaps, one list of pieces for each of its lines.
func (f Form) Pieces() [][]Piece {
	var lines [][]Piece
	parts, _ := f.parts()
	for _, p := range parts {
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
		at := gapPattern.FindStringSubmatchIndex(text)
		if at == nil {
			return append(all, Piece{Text: text})
		}
		name := text[at[2]:at[3]]
		all = append(all, Piece{Text: text[:at[0]]}, Piece{Gap: &Gap{Field: part + "." + name, Part: part, Name: name, Kind: Text}})
		text = text[at[1]:]
	}
}

// Buttons are the labels of the template's buttons.
func (f Form) Buttons() []string {
	var labels []string
	parts, _ := f.parts()
	for _, p := range parts {
		for _, b := range p.Buttons {
			labels = append(labels, b.Text)
		}
	}
	return labels
}

// Says is the template's text with its gaps filled by the parameters of a use;
// its name, if it cannot be read.
func (f Form) Says(use json.RawMessage) string {
	parts, err := f.parts()
	if err != nil {
		return "[" + f.Name + "]"
	}
	var given []wire.TemplatePart
	_ = json.Unmarshal(use, &given)
	var lines []string
	for _, p := range parts {
		if p.Text != "" {
			lines = append(lines, filled(p, given))
		}
	}
	return strings.Join(lines, "\n")
}

// filled fills each gap once: what fills one may look like another.
func filled(part wire.TemplatePart, given []wire.TemplatePart) string {
	values := map[string]string{}
	for _, g := range given {
		if !strings.EqualFold(g.Type, part.Type) {
			continue
		}
		for i, p := range g.Parameters {
			values[cmp.Or(p.Name, strconv.Itoa(i+1))] = p.Text
		}
	}
	return gapPattern.ReplaceAllStringFunc(part.Text, func(gap string) string {
		if value, ok := values[gapPattern.FindStringSubmatch(gap)[1]]; ok {
			return value
		}
		return gap
	})
}

// Fill is a use of the template with its gaps filled from values, which are named
// by the gaps' fields. It fails with Invalid naming each gap that is empty or
// holds what the vendor refuses: line breaks, tabs, or more than four spaces in a
// row (Meta, "Template components", 2026-10).
func (f Form) Fill(values map[string]string) (*wire.TemplateUse, error) {
	gaps, whole := f.Gaps()
	if !whole {
		return nil, problem.Fail(problem.Invalid, "template_by_api", "This template has parts that only the API can fill.")
	}
	var fs input.Reader
	var fills []*wire.TemplateFill
	for _, g := range gaps {
		fact, into := g.read(&fs, values[g.Field]), g.component()
		if last := len(fills) - 1; last >= 0 && g.Part != "button" && fills[last].Type == into.Type {
			into = fills[last]
		} else {
			fills = append(fills, into)
		}
		into.Parameters = append(into.Parameters, fact)
	}
	use := &wire.TemplateUse{Name: f.Name, Language: f.Language}
	if len(fills) > 0 {
		var err error
		if use.Components, err = json.Marshal(fills); err != nil {
			return nil, err
		}
	}
	return use, fs.Err()
}

func (g Gap) component() *wire.TemplateFill {
	fill := &wire.TemplateFill{Type: g.Part}
	if g.Part == "button" {
		fill.SubType, fill.Index = "url", strconv.Itoa(g.at)
		if g.Kind == Code {
			fill.SubType = "copy_code"
		}
	}
	return fill
}

// read checks what the gap is filled with.
func (g Gap) read(f *input.Reader, v string) wire.TemplateFact {
	v = strings.TrimSpace(v)
	fact := wire.TemplateFact{Type: g.Kind}
	switch g.Kind {
	case File:
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
	case Code:
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
