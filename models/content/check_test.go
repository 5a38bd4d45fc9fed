package content

import (
	"strings"
	"testing"

	"mauve/models/input"
	"mauve/models/wire"
)

func TestTheUseOfATemplateIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, template, language, components, want string }{
		{"a name and a language", "order_7", "en_US", "", ""},
		{"a language alone", "order_7", "en", "[]", ""},
		{"components that are nothing", "order_7", "en", " null", ""},
		{"a name in capitals", "Order", "en", "", "template.name"},
		{"no name", "", "en", "", "template.name"},
		{"a name of 513 letters", strings.Repeat("a", 513), "en", "", "template.name"},
		{"no language", "order", "", "", "template.language"},
		{"a language that is none", "order", "english", "", "template.language"},
		{"components that are no list", "order", "en", `{"type":"body"}`, "template.components"},
		{"components of more than 32 KiB", "order", "en", "[" + strings.Repeat(" ", 32<<10) + "]", "template.components"},
	} {
		var f input.Reader
		template(&f, &wire.TemplateUse{Name: c.template, Language: c.language, Components: []byte(c.components)})
		got := ""
		for _, fault := range f.Faults {
			got += fault.Field
		}
		if got != c.want {
			t.Errorf("%s: wrong is %q, want %q", c.name, got, c.want)
		}
	}
}
