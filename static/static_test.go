package static

import (
	"strings"
	"testing"
)

func TestOpenPicksTheEncodingTheBrowserAccepts(t *testing.T) {
	for accept, want := range map[string]string{
		"": "", "gzip, deflate": "gzip", "gzip, deflate, br": "br", "br;q=0, gzip;q=0.5": "gzip", "identity": "",
	} {
		body, contentType, encoding, ok := Open(URL("app.css"), accept)
		if !ok || encoding != want || len(body) == 0 || !strings.HasPrefix(contentType, "text/css") {
			t.Errorf("accept %q: got %q %q %v", accept, encoding, contentType, ok)
		}
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
		if len(body) == 0 || len(body) > limit {
			t.Errorf("%s is %d bytes gzipped, the budget is %d", name, len(body), limit)
		}
	}
}
