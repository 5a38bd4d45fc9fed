package templates

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// body writes a message's text as it was typed: its spaces and lines are shown,
// so none of a template's may come in. Members whom a note names are marked.
func body(m ThreadMessage) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		if len(m.Parts) == 0 {
			b.WriteString(templ.EscapeString(m.Body))
		}
		for _, part := range m.Parts {
			before, after := "", ""
			if part.Mention {
				before, after = `<mark class="mention">`, "</mark>"
			}
			if part.Self {
				before = `<mark class="mention self">`
			}
			b.WriteString(before + templ.EscapeString(part.Text) + after)
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// memberNames are the names that a note may have behind an @, one a line.
func memberNames(members []Choice) string {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	return strings.Join(names, "\n")
}
