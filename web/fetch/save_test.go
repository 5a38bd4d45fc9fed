package fetch_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/web/fetch"
)

// TestSave pours what an address holds, within its limit and by no detour.
func TestSave(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/none":
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte("not this"))
		case "/elsewhere":
			http.Redirect(w, r, "/", http.StatusFound)
		default:
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte("0123456789"))
		}
	}))
	defer server.Close()
	open := fetch.New(fetch.Options{AllowPrivate: true})
	for _, c := range []struct {
		path   string
		limit  int64
		status int
		poured string
		err    error
	}{
		{"/", 10, 200, "0123456789", nil},
		{"/", 9, 200, "0123456789", fetch.ErrTooLarge}, // one byte over tells
		{"/none", 10, 404, "", nil},
		{"/elsewhere", 10, 302, "", nil},
	} {
		var into bytes.Buffer
		a, err := open.Save(t.Context(), server.URL+c.path, c.limit, &into)
		assert.Check(t, is.Equal(a.Status, c.status), c.path)
		assert.Check(t, is.Equal(into.String(), c.poured), c.path)
		assert.Check(t, is.ErrorIs(err, c.err), c.path)
		if c.path == "/" {
			assert.Check(t, is.Equal(a.Header.Get("Content-Type"), "image/png"), a.Header)
		}
	}
	for _, address := range []string{server.URL, "ftp://example.com/a", strings.Replace(server.URL, "http", "file", 1)} {
		if _, err := fetch.New(fetch.Options{}).Save(t.Context(), address, 10, &bytes.Buffer{}); err == nil {
			t.Error(address, "was called")
		}
	}
}
