package words

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	literal = `("(?:[^"\\]|\\.)*"|` + "`[^`]*`)"
	callT   = regexp.MustCompile(`\bT\(\s*[\w.()]+\s*,\s*` + literal)
	callN   = regexp.MustCompile(`(?s)\bN\(\s*[\w.()]+\s*,\s*[^"` + "`" + `]+?,\s*` + literal + `\s*,\s*` + literal)
)

// Sentences are looked for in the text of the files: generated code is skipped, so that a stale one cannot keep a word alive.
func sentencesInUse(t *testing.T) map[string]string {
	used := map[string]string{}
	for _, root := range []string{"..", "../../handlers/dashboard"} {
		err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			if extension := filepath.Ext(path); extension != ".go" && extension != ".templ" {
				return nil
			}
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, match := range callT.FindAllSubmatch(body, -1) {
				used[unquote(t, match[1])] = path
			}
			for _, match := range callN.FindAllSubmatch(body, -1) {
				used[unquote(t, match[2])] = path
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	maps.Copy(used, badNewsInUse(t))
	maps.Copy(used, reasonsInUse(t))
	delete(used, "Assigned to {{.Name}}") // the example in T's own comment
	return used
}

// sayers are the functions that make bad news, by which of their arguments is the sentence.
var sayers = map[string]int{"Fail": 2, "InvalidField": 1, "Add": 1, "At": 1, "taken": 1, "NoSuch": 0}

// apiOnly are sentences about what only programs send; nobody reads them on a page.
var apiOnly = regexp.MustCompile(`JSON|Idempotency|application/json|multipart|cursor|over https|different keys|Too many calls|scope|^"Session |such session`)

// badNewsInUse are the sentences about bad input that can reach a page.
func badNewsInUse(t *testing.T) map[string]string {
	used := map[string]string{}
	for _, room := range []string{"../../models", "../../models/*", "../../web", "../../handlers/dashboard"} {
		files, err := filepath.Glob(room + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if cell, ok := n.(*ast.KeyValueExpr); ok { // of a channel's setting: what it must be
					name, _ := cell.Key.(*ast.Ident)
					if text, ok := cell.Value.(*ast.BasicLit); ok && name != nil && name.Name == "Says" {
						used[unquote(t, []byte(text.Value))] = path
					}
				}
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				name := ""
				switch f := call.Fun.(type) {
				case *ast.Ident:
					name = f.Name
				case *ast.SelectorExpr:
					name = f.Sel.Name
				}
				at, says := sayers[name]
				if !says || at >= len(call.Args) {
					return true
				}
				text, ok := call.Args[at].(*ast.BasicLit)
				if ok && text.Kind == token.STRING && text.Value != `"%s"` && !apiOnly.MatchString(text.Value) {
					used[unquote(t, []byte(text.Value))] = path
				}
				return true
			})
		}
	}
	return used
}

func unquote(t *testing.T, quoted []byte) string {
	text, err := strconv.Unquote(string(quoted))
	if err != nil {
		t.Fatalf("%s: %v", quoted, err)
	}
	return text
}

func TestEverySentenceIsTranslatedAndInUse(t *testing.T) {
	used := sentencesInUse(t)
	if len(used) == 0 {
		t.Fatal("no sentences found")
	}
	for _, tag := range []string{"fr", "id"} {
		known, err := read(tag)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range slices.Sorted(maps.Keys(used)) {
			if _, ok := known[text]; !ok {
				t.Errorf("%s lacks %q (%s)", tag, text, used[text])
			}
		}
		for _, text := range slices.Sorted(maps.Keys(known)) {
			if _, ok := used[text]; !ok {
				t.Errorf("%s has %q, which nothing says", tag, text)
			}
		}
	}
}

var place = regexp.MustCompile(`{{\.\w+}}|%(\[\d\])?[a-z]`)

func TestTranslationsKeepThePlaces(t *testing.T) {
	for _, tag := range []string{"fr", "id"} {
		known, err := read(tag)
		if err != nil {
			t.Fatal(err)
		}
		for text, said := range known {
			want, got := place.FindAllString(text, -1), place.FindAllString(said.Other, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %q has places %v, its translation %v", tag, text, want, got)
			}
		}
	}
}

func TestLanguageIsMatched(t *testing.T) {
	for _, row := range []struct{ accept, chosen, want string }{
		{"", "", "en"}, {"fr-CA,fr;q=0.9", "", "fr"}, {"de, id;q=0.8", "", "id"}, {"fr", "id", "id"}, {"de", "xx", "en"}, {"\x00", "", "en"},
	} {
		if got := Match(row.accept, row.chosen); got != row.want {
			t.Errorf("Match(%q, %q) = %q, want %q", row.accept, row.chosen, got, row.want)
		}
	}
}

func TestSayings(t *testing.T) {
	french, at := With(context.Background(), "fr"), time.Date(2026, 11, 12, 15, 4, 0, 0, time.UTC)
	for got, want := range map[string]string{
		N(french, 1, "{{.N}} unread message", "{{.N}} unread messages"):               "1 message non lu",
		N(french, 3, "{{.N}} unread message", "{{.N}} unread messages"):               "3 messages non lus",
		N(french, 2000000, "{{.N}} unread message", "{{.N}} unread messages"):         "2000000 messages non lus",
		N(context.Background(), 1, "{{.N}} unread message", "{{.N}} unread messages"): "1 unread message",
		F(french, "There is no such %s.", []any{"Open"}):                              "Introuvable : Open.", // somebody called it so
		F(french, "must have at least %d characters", []any{3}):                       "doit avoir au moins 3 caractères",
		F(french, "never %s", []any{"{{.Lea}}"}):                                      "never {{.Lea}}",
		F(context.Background(), "There is no such %s.", []any{"ticket"}):              "There is no such ticket.",
		T(With(context.Background(), "xx"), "never {{.A}}", "A", 1):                   "never 1",
		Moment(french, at):                      "12 nov. 2026, 15:04",
		Age(french, at, at.Add(5*time.Minute)):  "5min",
		Age(french, at, at.Add(24*time.Hour*9)): "12 nov.",
		Age(context.Background(), at, at):       "now",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
