package static

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func TestOpenPicksTheEncodingTheBrowserAccepts(t *testing.T) {
	for accept, want := range map[string]string{
		"": "", "gzip, deflate": "gzip", "gzip, deflate, br": "br", "br;q=0, gzip;q=0.5": "gzip", "identity": "",
	} {
		body, contentType, encoding, ok := Open(URL("app.css"), accept)
		assert.Check(t, ok, "accept %q: got %q %q %v", accept, encoding, contentType, ok)
		assert.Check(t, is.Equal(encoding, want), "accept %q: got %q %q %v", accept, encoding, contentType, ok)
		assert.Check(t, len(body) != 0, "accept %q: got %q %q %v", accept, encoding, contentType, ok)
		assert.Check(t, strings.HasPrefix(contentType, "text/css"), "accept %q: got %q %q %v", accept, encoding, contentType, ok)
	}
}

func TestOpenRefusesWhatIsNotAHashedFile(t *testing.T) {
	for _, name := range []string{"app.css", "manifest.json", "../static.go", "/static/", URL("app.css") + ".gz", ""} {
		if _, _, _, ok := Open(name, "br"); ok {
			t.Errorf("%q was found", name)
		}
	}
}

func TestFirstLoadStaysSmall(t *testing.T) {
	for name, limit := range map[string]int{"app.css": 12 << 10, "app.js": 25 << 10} {
		body, _, _, _ := Open(URL(name), "gzip")
		assert.Check(t, len(body) != 0, "%s is %d bytes gzipped, the budget is %d", name, len(body), limit)
		assert.Check(t, len(body) <= limit, "%s is %d bytes gzipped, the budget is %d", name, len(body), limit)
	}
}
