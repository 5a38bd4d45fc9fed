package media

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mauve/models/input"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func FuzzCleanName(f *testing.F) {
	for _, seed := range []string{"photo.jpg", "../../etc/passwd", `..\..\boot.ini`, "a\x00.png", "\u202egpj.exe", "....", " . ", strings.Repeat("é", 500) + ".tar.gz", "\xff\xfe.txt", "a." + strings.Repeat("x", 200)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean := CleanName(name)
		assert.Check(t, clean != "", "%q is called %q", name, clean)
		assert.Check(t, clean != ".", "%q is called %q", name, clean)
		assert.Check(t, clean != "..", "%q is called %q", name, clean)
		assert.Check(t, input.Readable(clean), "%q is called %q", name, clean)
		assert.Check(t, utf8.RuneCountInString(clean) <= longestName, "%q is called %q", name, clean)
		assert.Check(t, !strings.ContainsAny(clean, `/\<>:"|?*`), "%q is called %q", name, clean)
		assert.Check(t, !strings.ContainsFunc(clean, unicode.IsControl), "%q is called %q", name, clean)
		assert.Check(t, is.Equal(filepath.Base(clean), clean), "%q is called %q", name, clean)
		if again := CleanName(clean); again != clean {
			t.Errorf("%q is called %q and then %q", name, clean, again)
		}
	})
}
