package web

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
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
		if out, _ := json.Marshal(v); !utf8.Valid(body) || strings.Contains(string(out), `\u0000`) {
			t.Errorf("%q passes", body)
		}
	})
}
