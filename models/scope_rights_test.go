package models

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// asksNobody are the verbs of a Scope that need no right, and why.
var asksNobody = map[string]string{
	"Workspace": "tells what the caller knows",
	"Actor":     "tells what the caller knows",
	"Now":       "tells the time",
	"May":       "is the question itself",
	"Answering": "is for telling what was written under a right",
	"PassOn":    "tells open pages that somebody types, and writes nothing",
	"MayForget": "is a question",

	"Home":           "tells any member and key where they are",
	"Held":           "tells any member and key where they are",
	"Member":         "tells any member and key who somebody is",
	"ChangePassword": "asks for the present password",
	"Once":           "keeps an answer for its caller alone; what it does asks",
	"SavedDraft":     "is one's own",
	"Seen":           "is about one's own session",
	"Sessions":       "is about one's own sessions",
	"EndSession":     "is about one's own sessions",
}

// Every verb that is seen outside asks for its right itself, or calls one that does.
func TestEveryVerbOfAScopeAsksForItsRight(t *testing.T) {
	t.Parallel()
	calls := map[string][]string{} // of a method, the methods it calls
	var verbs []string
	files, err := os.ReadDir(".")
	assert.NilError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		assert.NilError(t, err)
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Body == nil {
				continue
			}
			of := receiver(fn)
			if of != "Scope" && of != "Tx" {
				continue
			}
			if of == "Scope" && fn.Name.IsExported() {
				verbs = append(verbs, fn.Name.Name)
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
						calls[fn.Name.Name] = append(calls[fn.Name.Name], sel.Sel.Name)
					}
				}
				return true
			})
		}
	}
	var asks func(method string, seen []string) bool
	asks = func(method string, seen []string) bool {
		return method == "May" || !slices.Contains(seen, method) && slices.ContainsFunc(calls[method], func(called string) bool {
			return asks(called, append(seen, method))
		})
	}
	assert.Check(t, len(verbs) > 100, "%d verbs are looked at", len(verbs))
	for _, verb := range verbs {
		why, exempt := asksNobody[verb]
		switch {
		case exempt && why == "":
			t.Errorf("Scope.%s is exempt without a reason", verb)
		case !exempt && !asks(verb, nil):
			t.Errorf("Scope.%s asks for no right; let it ask, or make it a verb of System", verb)
		}
	}
	for verb := range asksNobody {
		assert.Check(t, slices.Contains(verbs, verb), "the list names %s, which there is not", verb)
	}
}

func receiver(fn *ast.FuncDecl) string {
	of := fn.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	name, _ := of.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}
