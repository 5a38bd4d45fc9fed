// Package words says things in the reader's language. The English sentence is the message's id, so templates read as
// plain text; French and Indonesian are in locales/. A test fails when a sentence in use has no translation or a
// translation has no use. The language travels in the context: With puts it there, T and N read it.
package words

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Language is one the pages speak, with its name in itself.
type Language struct{ Tag, Name string }

// Languages are all of them; the first is what strangers get.
var Languages = []Language{{"en", "English"}, {"fr", "Français"}, {"id", "Bahasa Indonesia"}}

//go:embed locales/*.json
var locales embed.FS

var (
	bundle   = i18n.NewBundle(language.English)
	speakers = map[string]*i18n.Localizer{}
	catalogs = map[string]map[string]sentence{} // by language and English sentence
	matcher  language.Matcher
)

func init() {
	var tags []language.Tag
	for _, known := range Languages {
		tag := language.MustParse(known.Tag)
		tags = append(tags, tag)
		speakers[known.Tag] = i18n.NewLocalizer(bundle, known.Tag)
		if known.Tag != "en" {
			if err := load(tag); err != nil {
				panic(err)
			}
		}
	}
	matcher = language.NewMatcher(tags)
}

// sentence is a translation: a text, or a text per plural form.
type sentence struct{ One, Other string }

func (s *sentence) UnmarshalJSON(body []byte) error {
	if body[0] == '"' {
		return json.Unmarshal(body, &s.Other)
	}
	type forms sentence
	return json.Unmarshal(body, (*forms)(s))
}

func read(tag string) (map[string]sentence, error) {
	body, err := locales.ReadFile("locales/" + tag + ".json")
	if err != nil {
		return nil, err
	}
	sentences := map[string]sentence{}
	if err := json.Unmarshal(body, &sentences); err != nil {
		return nil, fmt.Errorf("locales/%s.json: %w", tag, err)
	}
	return sentences, nil
}

// The library's own reader takes English ids such as "Description" for fields of a message, so the files are read here.
func load(tag language.Tag) error {
	sentences, err := read(tag.String())
	if err != nil {
		return err
	}
	catalogs[tag.String()] = sentences
	for id, said := range sentences {
		message := &i18n.Message{ID: id, One: said.One, Other: said.Other, Many: said.Other}
		if err := bundle.AddMessages(tag, message); err != nil {
			return fmt.Errorf("%q: %w", id, err)
		}
	}
	return nil
}

type key struct{}

// With gives the context a language. A tag that is not one of Languages means English.
func With(ctx context.Context, tag string) context.Context {
	return context.WithValue(ctx, key{}, tag)
}

// Lang is the language of the context, "en" when it has none.
func Lang(ctx context.Context) string {
	if tag, ok := ctx.Value(key{}).(string); ok && speakers[tag] != nil {
		return tag
	}
	return "en"
}

// Match picks a language: the chosen one when it is one of ours, else the best of the Accept-Language header.
func Match(acceptLanguage, chosen string) string {
	if speakers[chosen] != nil {
		return chosen
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return "en"
	}
	_, index, _ := matcher.Match(wanted...)
	return Languages[index].Tag
}

// T says a sentence. Pairs fill its {{.Name}} places: T(ctx, "Assigned to {{.Name}}", "Name", person).
func T(ctx context.Context, text string, pairs ...any) string {
	var values map[string]any
	if len(pairs) > 0 {
		values = make(map[string]any, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			values[fmt.Sprint(pairs[i])] = pairs[i+1]
		}
	}
	return say(ctx, &i18n.LocalizeConfig{DefaultMessage: &i18n.Message{ID: text, Other: text}, TemplateData: values}, text)
}

// F says a sentence of fmt's verbs, such as the rules make about bad input. What
// fills them is shown as it is: a tag named "Open" is that in every language.
// Texts of people pass through it, so nothing in it is a template.
func F(ctx context.Context, form string, args []any) string {
	if translated := catalogs[Lang(ctx)][form].Other; translated != "" {
		form = translated
	}
	return fmt.Sprintf(form, args...)
}

// N says a sentence about n things; {{.N}} in it is the number. In the locale files it goes by its second form.
func N(ctx context.Context, n int, one, other string) string {
	return say(ctx, &i18n.LocalizeConfig{
		DefaultMessage: &i18n.Message{ID: other, One: one, Other: other},
		PluralCount:    n, TemplateData: map[string]any{"N": n},
	}, other)
}

// A sentence that cannot be said is shown in English rather than lost.
func say(ctx context.Context, config *i18n.LocalizeConfig, fallback string) string {
	text, err := speakers[Lang(ctx)].Localize(config)
	if text == "" && err != nil {
		return fallback
	}
	return text
}
