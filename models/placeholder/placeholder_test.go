package placeholder

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"mauve/models/problem"
)

func TestWhatATemplateSays(t *testing.T) {
	t.Parallel()
	const greeting = `[{"type":"HEADER","format":"TEXT","text":"Order {{1}}"},{"type":"BODY","text":"Hi {{1}}, {{2}} is on its way."},{"type":"FOOTER","text":"Acme"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Thanks"}]}]`
	for _, c := range []struct{ name, template, use, want string }{
		{"gaps are filled by their place", greeting,
			`[{"type":"header","parameters":[{"type":"text","text":"#7"}]},{"type":"body","parameters":[{"type":"text","text":"Ann"},{"type":"text","text":"it"}]}]`,
			"Order #7\nHi Ann, it is on its way.\nAcme"},
		{"each part has its own numbers", greeting, `[{"type":"body","parameters":[{"type":"text","text":"Ann"}]}]`, "Order {{1}}\nHi Ann, {{2}} is on its way.\nAcme"},
		{"the case of a part's type does not matter", greeting, `[{"type":"BODY","parameters":[{"type":"text","text":"Ann"}]}]`, "Order {{1}}\nHi Ann, {{2}} is on its way.\nAcme"},
		{"a gap that nothing fills stays to be seen", greeting, ``, "Order {{1}}\nHi {{1}}, {{2}} is on its way.\nAcme"},
		{"more parameters than gaps are passed over", `[{"type":"BODY","text":"Hi {{1}}"}]`, `[{"type":"body","parameters":[{"type":"text","text":"A"},{"type":"text","text":"B"}]}]`, "Hi A"},
		{"gaps may have names", `[{"type":"BODY","text":"Hi {{first_name}}, see {{day}}"}]`,
			`[{"type":"body","parameters":[{"type":"text","parameter_name":"day","text":"Monday"},{"type":"text","parameter_name":"first_name","text":"Ann"}]}]`, "Hi Ann, see Monday"},
		{"a gap that stands twice is filled twice", `[{"type":"BODY","text":"{{1}}, {{1}}!"}]`, `[{"type":"body","parameters":[{"type":"text","text":"Hey"}]}]`, "Hey, Hey!"},
		{"a gap may be written with blanks", `[{"type":"BODY","text":"Hi {{ 1 }}"}]`, `[{"type":"body","parameters":[{"type":"text","text":"Ann"}]}]`, "Hi Ann"},
		{"what fills a gap is not filled again", `[{"type":"BODY","text":"{{1}} and {{2}}"}]`, `[{"type":"body","parameters":[{"type":"text","text":"{{2}}"},{"type":"text","text":"B"}]}]`, "{{2}} and B"},
		{"eleven gaps are not ten and a one", `[{"type":"BODY","text":"{{1}} {{11}}"}]`,
			`[{"type":"body","parameters":[{"text":"a"},{"text":"b"},{"text":"c"},{"text":"d"},{"text":"e"},{"text":"f"},{"text":"g"},{"text":"h"},{"text":"i"},{"text":"j"},{"text":"k"}]}]`, "a k"},
		{"a picture in the header has no text", `[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Hi"}]`, ``, "Hi"},
		{"parameters that cannot be read fill nothing", `[{"type":"BODY","text":"Hi {{1}}"}]`, `{"type":"body"}`, "Hi {{1}}"},
		{"a template that cannot be read says its name", `broken`, ``, "[greeting]"},
	} {
		template := Form{Name: "greeting", Components: c.template}
		if got := template.Says(json.RawMessage(c.use)); got != c.want {
			t.Errorf("%s: it says %q, want %q", c.name, got, c.want)
		}
	}
}

func TestGapsOfATemplate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, template, want string
		whole                bool
	}{
		{"a template without gaps", `[{"type":"BODY","text":"Hi"}]`, "", true},
		{"no components", `[]`, "", true},
		{"gaps of header, body and buttons in the order people read them",
			`[{"type":"HEADER","format":"TEXT","text":"{{1}}"},{"type":"BODY","text":"{{1}} {{2}}"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"No"},{"type":"URL","text":"Track","url":"https://x.example/{{1}}"},{"type":"COPY_CODE","text":"Copy"}]}]`,
			"header.1 text, body.1 text, body.2 text, button.1 text, button.2 code", true},
		{"a header without a format is text", `[{"type":"HEADER","text":"{{1}}"}]`, "header.1 text", true},
		{"a header may be a picture", `[{"type":"HEADER","format":"IMAGE"}]`, "header.file file", true},
		{"… a film", `[{"type":"HEADER","format":"video"}]`, "header.file file", true},
		{"… a document", `[{"type":"HEADER","format":"DOCUMENT"}]`, "header.file file", true},
		{"numbered gaps stand in the order of their numbers", `[{"type":"BODY","text":"{{2}} {{10}} {{1}}"}]`, "body.1 text, body.2 text, body.10 text", true},
		{"named gaps stand in the text's order", `[{"type":"BODY","text":"{{day}} {{city}}"}]`, "body.day text, body.city text", true},
		{"a gap that stands twice is one", `[{"type":"BODY","text":"{{1}} {{ 1 }}"}]`, "body.1 text", true},
		{"what is no gap is none", `[{"type":"BODY","text":"{1} {{}} {{a b}} {{1} }"}]`, "", true},
		{"an address without a gap asks for nothing", `[{"type":"BUTTONS","buttons":[{"type":"URL","text":"Shop","url":"https://x.example"},{"type":"PHONE_NUMBER","text":"Call"}]}]`, "", true},
		{"a place in the header is for the API alone", `[{"type":"HEADER","format":"LOCATION"},{"type":"BODY","text":"{{1}}"}]`, "body.1 text", false},
		{"a carousel is for the API alone", `[{"type":"BODY","text":"{{1}}"},{"type":"CAROUSEL"}]`, "body.1 text", false},
		{"a flow's button is for the API alone", `[{"type":"BUTTONS","buttons":[{"type":"FLOW","text":"Book"},{"type":"COPY_CODE","text":"Copy"}]}]`, "button.1 code", false},
	} {
		gaps, whole := Form{Components: c.template}.Gaps()
		var got []string
		for _, g := range gaps {
			got = append(got, g.Field+" "+g.Kind)
		}
		if said := strings.Join(got, ", "); said != c.want {
			t.Errorf("%s: gaps = %q, want %q", c.name, said, c.want)
		}
		if whole != c.whole {
			t.Errorf("%s: whole = %t, want %t", c.name, whole, c.whole)
		}
	}
}

func TestATemplateIsFilled(t *testing.T) {
	t.Parallel()
	const (
		texts   = `[{"type":"HEADER","format":"TEXT","text":"{{1}}"},{"type":"BODY","text":"{{1}} {{2}}"}]`
		named   = `[{"type":"BODY","text":"{{day}}"}]`
		buttons = `[{"type":"BUTTONS","buttons":[{"type":"URL","text":"Track","url":"https://x.example/{{1}}"},{"type":"COPY_CODE","text":"Copy"},{"type":"URL","text":"Pay","url":"https://y.example/{{1}}"}]}]`
	)
	type values = map[string]string
	for _, c := range []struct {
		name, template string
		values         values
		want           string // the components, or what is refused
	}{
		{"a template without gaps has no components", `[{"type":"BODY","text":"Hi"}]`, nil, ""},
		{"texts are given by their place", texts, values{"header.1": "A", "body.1": "B", "body.2": "C"},
			`[{"type":"header","parameters":[{"type":"text","text":"A"}]},{"type":"body","parameters":[{"type":"text","text":"B"},{"type":"text","text":"C"}]}]`},
		{"named gaps are given with their name", named, values{"body.day": "Monday"}, `[{"type":"body","parameters":[{"type":"text","text":"Monday","parameter_name":"day"}]}]`},
		{"blanks around a value are cut", named, values{"body.day": " Monday "}, `[{"type":"body","parameters":[{"type":"text","text":"Monday","parameter_name":"day"}]}]`},
		{"each button stands by itself, with its place", buttons, values{"button.0": "7", "button.1": "SAVE", "button.2": "8"},
			`[{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"7"}]},{"type":"button","sub_type":"copy_code","index":"1","parameters":[{"type":"coupon_code","coupon_code":"SAVE"}]},{"type":"button","sub_type":"url","index":"2","parameters":[{"type":"text","text":"8"}]}]`},
		{"a picture is given by its address", `[{"type":"HEADER","format":"IMAGE"}]`, values{"header.file": "https://x.example/a.png"},
			`[{"type":"header","parameters":[{"type":"image","image":{"link":"https://x.example/a.png"}}]}]`},
		{"a film likewise", `[{"type":"HEADER","format":"VIDEO"}]`, values{"header.file": "https://x.example/a.mp4"},
			`[{"type":"header","parameters":[{"type":"video","video":{"link":"https://x.example/a.mp4"}}]}]`},
		{"a document likewise", `[{"type":"HEADER","format":"DOCUMENT"}]`, values{"header.file": "https://x.example/a.pdf"},
			`[{"type":"header","parameters":[{"type":"document","document":{"link":"https://x.example/a.pdf"}}]}]`},
		{"each missing value is named", texts, values{"body.1": "B"}, "refused: header.1, body.2"},
		{"blanks are a missing value", named, values{"body.day": "  "}, "refused: body.day"},
		{"a value for no gap is passed over", named, values{"body.day": "Monday", "body.city": "Rome"}, `[{"type":"body","parameters":[{"type":"text","text":"Monday","parameter_name":"day"}]}]`},
		{"a line break is refused", named, values{"body.day": "Mon\nday"}, "refused: body.day"},
		{"a tab is refused", named, values{"body.day": "Mon\tday"}, "refused: body.day"},
		{"four blanks in a row pass", named, values{"body.day": "Mon    day"}, `[{"type":"body","parameters":[{"type":"text","text":"Mon    day","parameter_name":"day"}]}]`},
		{"five are refused", named, values{"body.day": "Mon     day"}, "refused: body.day"},
		{"1025 characters are refused", named, values{"body.day": strings.Repeat("é", 1025)}, "refused: body.day"},
		{"a code of 21 characters is refused", buttons, values{"button.0": "7", "button.1": strings.Repeat("X", 21), "button.2": "8"}, "refused: button.1"},
		{"a file without an address is refused", `[{"type":"HEADER","format":"IMAGE"}]`, nil, "refused: header.file"},
		{"a file's address is a web address", `[{"type":"HEADER","format":"IMAGE"}]`, values{"header.file": "file:///etc/passwd"}, "refused: header.file"},
		{"what only the API can fill is refused", `[{"type":"CAROUSEL"}]`, nil, "refused: template_by_api"},
	} {
		template := Form{Name: "greeting", Language: "en_US", Components: c.template}
		use, err := template.Fill(c.values)
		if err != nil {
			if got := verdict(err); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			continue
		}
		if got := string(use.Components); got != c.want {
			t.Errorf("%s: components =\n%s\nwant\n%s", c.name, got, c.want)
		}
		if use.Name != "greeting" || use.Language != "en_US" {
			t.Errorf("%s: it sends %s in %s, want greeting in en_US", c.name, use.Name, use.Language)
		}
	}
}

func TestPiecesOfATemplate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, template, want string }{
		{"a text without gaps is one piece", `[{"type":"BODY","text":"Hi"}]`, "Hi"},
		{"a text is cut at its gaps", `[{"type":"BODY","text":"Hi {{1}}, see {{ day }}."}]`, "Hi |<body.1>|, see |<body.day>|."},
		{"gaps side by side have nothing between them", `[{"type":"BODY","text":"{{1}}{{2}}"}]`, "|<body.1>||<body.2>|"},
		{"each line stands by itself", `[{"type":"HEADER","text":"A {{1}}"},{"type":"BODY","text":"B\r\n\nC"}]`, "A |<header.1>| / B /  / C"},
		{"a part without a text has no line", `[{"type":"HEADER","format":"IMAGE"}]`, ""},
	} {
		var lines []string
		for _, line := range (Form{Components: c.template}).Pieces() {
			var all []string
			for _, p := range line {
				if p.Gap != nil {
					p.Text = "<" + p.Gap.Field + ">"
				}
				all = append(all, p.Text)
			}
			lines = append(lines, strings.Join(all, "|"))
		}
		if got := strings.Join(lines, " / "); got != c.want {
			t.Errorf("%s: pieces = %q, want %q", c.name, got, c.want)
		}
	}
}

// verdict is which fields a filling is refused for, or the code.
func verdict(err error) string {
	bad, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return "broken: " + err.Error()
	}
	if bad.Code != "invalid" {
		return "refused: " + bad.Code
	}
	fields := make([]string, len(bad.Faults))
	for i, f := range bad.Faults {
		fields[i] = f.Field
	}
	return "refused: " + strings.Join(fields, ", ")
}
