package words

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

var (
	// aSentence is how a literal of the rooms whose bad news is stored looks when people are to read it.
	aSentence = regexp.MustCompile(`^([A-Z][a-z ]|%s [A-Z(]).* .*(\.|%s\)?)$`)
	begins    = regexp.MustCompile(`^"[A-Z][a-z ].*[a-z:] `)
	// notNews are said to others: by contacts, by the sandbox to people who try it, by a webhook's test, and by programs.
	notNews = regexp.MustCompile(`^(I wrote this 25|Hello|Opened the chat|This is a test\.|"You wrote: |"Calls: |"Try it out: |"Bearer )`)
)

// keptInUse are the sentences that the store keeps and Kept says: why a channel needs attention, why a message or a file failed.
func keptInUse(t *testing.T) map[string]string {
	used := map[string]string{}
	for _, room := range []string{"../../models", "../../jobs", "../../channels/*"} {
		files, err := filepath.Glob(room + "/*.go")
		assert.NilError(t, err)
		assert.Assert(t, len(files) != 0, room)
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test/") || strings.Contains(path, "/seed") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if sum, ok := n.(*ast.BinaryExpr); ok {
					if text, ok := sum.X.(*ast.BasicLit); ok && begins.MatchString(text.Value) && !notNews.MatchString(text.Value) {
						t.Errorf("%s: %s is added to: give the sentence a form with places", path, text.Value)
					}
				}
				if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
					if s := unquote(t, []byte(text.Value)); aSentence.MatchString(s) && !notNews.MatchString(s) && !apiOnly.MatchString(text.Value) {
						used[s] = path
					}
				}
				return true
			})
		}
	}
	return used
}

func TestKeptSentences(t *testing.T) {
	french := With(context.Background(), "fr")
	for english, want := range map[string]string{
		"":                               "",
		"The number is not on WhatsApp.": "Le numéro n’est pas sur WhatsApp.",
		"Meta answered 503.":             "Meta a répondu 503.",
		"The file is larger than 1 MiB.": "Le fichier dépasse 1 MiB.",
		"The number is the sender's own. (Meta: No (self) sends)":                                          "Le numéro est celui de l’expéditeur. (Meta : No (self) sends)",
		"Meta answered 500 without a reason. It was tried for the last time.":                              "Meta a répondu 500 sans dire pourquoi. C’était le dernier essai.",
		"Something failed at Meta. It is tried again. (Meta: a\nb) It was tried for the last time.":        "Quelque chose a échoué chez Meta. Un nouvel essai suit. (Meta : a\nb) C’était le dernier essai.",
		"WhatsApp has banned the number for a while (101: too many). It says that the ban ends in 1h0m0s.": "WhatsApp a banni le numéro pour un temps (101: too many). Le bannissement finit dans 1h0m0s, dit-il.",
		"A message of type template cannot be sent by a linked phone.":                                     "Un message de type modèle ne peut pas partir d’un téléphone associé.",
		"Cannot send (131026), says the vendor {{.Lea}} 100%.":                                             "Cannot send (131026), says the vendor {{.Lea}} 100%.",
	} {
		if got := Kept(french, english); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := Kept(context.Background(), english); got != english {
			t.Errorf("in English %q is %q", english, got)
		}
	}
}

// FuzzKept: whatever a vendor says can be told.
func FuzzKept(f *testing.F) {
	for _, seed := range []string{"", "x", "%s %d %!s(MISSING)", "a (Meta: b) (Meta: c) It was tried for the last time.", "Meta answered 99999999999999999999."} {
		f.Add(seed)
	}
	indonesian := With(context.Background(), "id")
	f.Fuzz(func(t *testing.T, text string) {
		if said := Kept(indonesian, text); strings.Contains(said, "%!") && !strings.Contains(text, "%!") {
			t.Errorf("%q is told as %q", text, said)
		}
		if said := Kept(context.Background(), text); said != text {
			t.Errorf("%q is %q in English", text, said)
		}
	})
}
