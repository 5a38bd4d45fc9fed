package input

import "strings"

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
