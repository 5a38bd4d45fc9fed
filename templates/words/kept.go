package words

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// form is a translated sentence with places, and what an English text that was filled from it looks like.
type form struct {
	look    *regexp.Regexp
	said    string // the translation; what was read out of the text is put into its places as text
	literal int    // how many characters are the form's own
}

var (
	forms    = map[string][]form{} // by language, the most telling first
	verb     = regexp.MustCompile(`%(?:\[\d\])?[sd]`)
	readable = map[string]string{"%s": `(.+?)`, "%d": `(-?\d+)`}
)

// formsOf are the sentences of a language that have places for texts and numbers.
func formsOf(sentences map[string]sentence) (all []form) {
	for english, translated := range sentences {
		places := verb.FindAllString(english, -1)
		if len(places) == 0 || len(places) != strings.Count(english, "%") {
			continue
		}
		look, own := "", 0
		for i, part := range verb.Split(english, -1) {
			look, own = look+regexp.QuoteMeta(part), own+len(part)
			if i < len(places) {
				look += readable[places[i]]
			}
		}
		said := verb.ReplaceAllStringFunc(translated.Other, func(place string) string { return place[:len(place)-1] + "s" })
		all = append(all, form{regexp.MustCompile("(?s)^" + look + "$"), said, own})
	}
	slices.SortFunc(all, func(a, b form) int {
		return cmp.Or(b.literal-a.literal, strings.Compare(a.look.String(), b.look.String()))
	})
	return all
}

// Kept says a sentence that the store keeps in English, such as why a channel needs attention or a message failed. The
// form that it was filled from is found by its look; what fills it may be such a sentence too. A text that is no
// sentence of ours, above all a vendor's own, stays as it is.
func Kept(ctx context.Context, text string) string {
	tongue := Lang(ctx)
	if known := catalogs[tongue][text].Other; known != "" {
		return known
	}
	for _, f := range forms[tongue] {
		found := f.look.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		filled := make([]any, len(found)-1)
		for i, part := range found[1:] {
			filled[i] = Kept(ctx, part)
		}
		return fmt.Sprintf(f.said, filled...)
	}
	return text
}
