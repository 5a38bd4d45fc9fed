package words

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/reason"
)

// reasonsInUse are the forms that the program's rooms define. Those that begin with a small letter are told to programs alone.
func reasonsInUse(t *testing.T) map[string]string {
	used := map[string]string{}
	for _, room := range []string{"../../models", "../../jobs", "../../channels", "../../channels/*", "../../web/fetch"} {
		files, err := filepath.Glob(room + "/*.go")
		assert.NilError(t, err)
		assert.Assert(t, len(files) != 0, room)
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			assert.NilError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) != 2 {
					return true
				}
				if called, ok := call.Fun.(*ast.SelectorExpr); !ok || called.Sel.Name != "Define" {
					return true
				}
				text, ok := call.Args[1].(*ast.BasicLit)
				assert.Assert(t, ok, "%s defines a form that is no literal: nobody sees that it is translated", path)
				if s := unquote(t, []byte(text.Value)); s != strings.ToLower(s[:1])+s[1:] || s[0] == '(' {
					used[s] = path
				}
				return true
			})
		}
	}
	return used
}

func TestReasons(t *testing.T) {
	t.Parallel()
	open := reason.Define("test_open", "The file is larger than %s.")
	last := reason.Define("test_last", "It was tried for the last time.")
	foreign := reason.Define("test_foreign", "No translation knows this.")
	for _, row := range []struct {
		reason                      reason.Reason
		english, french, indonesian string
	}{
		{reason.Reason{}, "", "", ""},
		{last.With(), "It was tried for the last time.", "C’était le dernier essai.", "Itu percobaan terakhir."},
		{open.With("1 MiB").Then(last.With()), "The file is larger than 1 MiB. It was tried for the last time.", "Le fichier dépasse 1 MiB. C’était le dernier essai.", ""},
		{open.With("Open"), "The file is larger than Open.", "Le fichier dépasse Open.", ""}, // what fills a place stays as it is
		{reason.Said("Open"), "Open", "Open", "Open"},
		{reason.Said("{{.Lea}} 100% %s"), "{{.Lea}} 100% %s", "{{.Lea}} 100% %s", "{{.Lea}} 100% %s"},
		{reason.Kept("The file is larger than 1 MiB."), "The file is larger than 1 MiB.", "The file is larger than 1 MiB.", ""},
		{foreign.With(), "No translation knows this.", "No translation knows this.", ""},
		{reason.Kept(`[{"code":"of_a_newer_version","args":["7"]}]`), "of_a_newer_version 7", "of_a_newer_version 7", ""},
	} {
		for tag, want := range map[string]string{"": row.english, "fr": row.french, "id": row.indonesian} {
			if want != "" || row.english == "" {
				assert.Check(t, is.Equal(Reason(With(context.Background(), tag), row.reason), want), "%s in %q", row.reason.Kept(), tag)
			}
		}
		assert.Check(t, is.Equal(row.reason.String(), row.english))
	}
}
