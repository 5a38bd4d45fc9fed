package fetch

import (
	"bytes"
	"net/http"
	"strings"
	"unicode/utf8"
)

// safeText cuts to the limit between characters and replaces what is no text.
func safeText(raw []byte, limit int) []byte {
	text := raw
	if len(text) > limit {
		text = wholeCharacters(text[:limit])
	}
	text = bytes.ReplaceAll(bytes.ToValidUTF8(text, []byte("\uFFFD")), []byte{0}, []byte("\uFFFD"))
	// The replacement is longer than what it replaces.
	if len(text) > limit {
		text = wholeCharacters(text[:limit])
	}
	return text
}

// wholeCharacters drops a character at the end that was cut in two.
func wholeCharacters(text []byte) []byte {
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		tail := text[len(text)-back:]
		if utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return text[:len(text)-back]
			}
			break
		}
	}
	return text
}

func safeHeader(header http.Header) http.Header {
	safe := make(http.Header, len(header))
	for name, values := range header {
		for _, value := range values {
			value = strings.ReplaceAll(strings.ToValidUTF8(value, "\uFFFD"), "\x00", "\uFFFD")
			safe[name] = append(safe[name], value)
		}
	}
	return safe
}
