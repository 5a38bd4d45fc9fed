package fetch

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") }))
	defer inside.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(inside.URL, "http://"), ":")
	c := New(false)
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "[fd00::1]", "[fe80::1]"} {
		_, err := c.Post(t.Context(), "http://"+host+":"+port+"/", http.Header{}, nil)
		if err == nil || !strings.Contains(err.Error(), "private network") {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	away := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer away.Close()
	here := httptest.NewServer(http.RedirectHandler(away.URL, http.StatusTemporaryRedirect))
	defer here.Close()
	a, err := New(true).Post(t.Context(), here.URL, http.Header{}, []byte("{}"))
	if err != nil || a.Status != 307 {
		t.Fatal(a.Status, err)
	}
}

func TestLongAndBrokenAnswersAreCut(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("a\x00\xff"))
		w.Write([]byte(strings.Repeat("x", 1<<20)))
	}))
	defer s.Close()
	a, err := New(true).Post(t.Context(), s.URL, http.Header{}, nil)
	if err != nil || len(a.Head) > headCap+8 || strings.ContainsRune(string(a.Head), 0) || !strings.HasPrefix(string(a.Head), "a\uFFFD\uFFFDx") {
		t.Fatal(len(a.Head), err)
	}
}
