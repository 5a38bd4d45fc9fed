package input

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mention is a name behind an @ in a text.
type Mention struct {
	Of         int // which of the names
	Start, End int // bytes of the text, from the @ on
}

// Mentions finds the names that stand behind an @ in the text, in its order. Case
// does not matter; of two names that fit, the longer one is meant.
func Mentions(text string, names []string) []Mention {
	longest := make([]int, len(names)) // which names, the longest first
	for i := range names {
		longest[i] = i
	}
	slices.SortStableFunc(longest, func(a, b int) int { return cmp.Compare(len(names[b]), len(names[a])) })
	var found []Mention
	for at := 0; ; {
		next := strings.IndexByte(text[at:], '@')
		if next < 0 {
			return found
		}
		start := at + next
		at = start + 1
		if last, _ := utf8.DecodeLastRuneInString(text[:start]); isWord(last) {
			continue // an e-mail address
		}
		fits := func(i int) bool { return standsAt(text, at, names[i]) }
		if i := slices.IndexFunc(longest, fits); i >= 0 {
			end := at + len(names[longest[i]])
			found = append(found, Mention{longest[i], start, end})
			at = end
		}
	}
}

// standsAt reports whether the name stands at that byte of the text, and ends where a word does.
func standsAt(text string, at int, name string) bool {
	end := at + len(name)
	if name == "" || end > len(text) || !strings.EqualFold(text[at:end], name) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(text[end:])
	return end == len(text) || !isWord(next)
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
