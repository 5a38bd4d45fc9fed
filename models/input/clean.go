package input

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean is a vendor's text as both stores can keep it: no NUL, no broken
// UTF-8, at most long characters.
func Clean(text string, long int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "")
	if runes := []rune(text); len(runes) > long {
		text = string(runes[:long-1]) + "…"
	}
	return text
}

// CleanLine is Clean without line breaks and other control characters.
func CleanLine(text string, long int) string {
	return Clean(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }), " "), long)
}

// Cut is the head of a text for what is shown or said of it: at most n bytes, without control characters.
func Cut(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	clean := make([]rune, 0, len(text))
	for _, r := range text {
		if r >= ' ' && r != '\uFFFD' {
			clean = append(clean, r)
		}
	}
	return string(clean)
}

// Visible is a name without the blanks around it; nothing where nothing of it can be seen, as names of U+3164 alone.
func Visible(name string) string {
	seen := func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !strings.ContainsRune("\u115f\u1160\u2800\u3164\uffa0", r)
	}
	if !strings.ContainsFunc(name, seen) {
		return ""
	}
	return strings.TrimSpace(name)
}

// Preview is the head of a body for lists, one line of at most 140 characters.
func Preview(body string) string {
	line := strings.Join(strings.Fields(body), " ")
	if utf8.RuneCountInString(line) > 140 {
		line = string([]rune(line)[:139]) + "…"
	}
	return line
}
