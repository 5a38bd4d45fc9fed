package web

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"gotest.tools/v3/assert"
)

func FuzzIdempotencyKey(f *testing.F) {
	for _, seed := range []string{"abc", `"abc"`, `"a\"b"`, `"`, `""`, "a\x00", strings.Repeat("x", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		name, err := parseIdempotencyKey(header)
		if err == nil && (len(name) == 0 || len(name) > 255 || strings.ContainsAny(name, "\x00\r\n")) {
			t.Errorf("%q is read as %q", header, name)
		}
	})
}

func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"b",null]}`, `{"a":1,"a":2}`, "\"\\u0000\"", "\"\\ud800\"", "\"\xff\"", `{} {}`, ``, strings.Repeat("[", 100)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if CheckJSON(body) != nil {
			return
		}
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			t.Errorf("%q passes and cannot be read: %v", body, err)
		}
		out, _ := json.Marshal(v)
		assert.Check(t, utf8.Valid(body), "%q passes", body)
		assert.Check(t, !strings.Contains(string(out), `\u0000`), "%q passes", body)
	})
}

func FuzzParseRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-", "bytes=-5", "bytes=2-4", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "bytes=9223372036854775807-", "bytes=-9223372036854775808"} {
		f.Add(seed, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 1 {
			return
		}
		from, n, ok := parseRange(header, size)
		if ok && n != 0 && (from < 0 || n < 0 || from+n > size || from+n < from) {
			t.Errorf("%q of %d is read as %d bytes from %d", header, size, n, from)
		}
	})
}
