package channeltype

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/content"
)

// A kind that cannot be stops the program that registers it, and leaves the table as it was.
func TestAMalformedTypeIsNotRegistered(t *testing.T) {
	t.Parallel()
	before := Kinds()
	word := regexp.MustCompile(`^\w+$`)
	for name, bad := range map[string]struct {
		change func(c *Type)
		says   string
	}{
		"no kind":                       {func(c *Type) { c.Kind = "" }, "needs a kind"},
		"a kind with a slash":           {func(c *Type) { c.Kind = "a/b" }, "needs a kind"},
		"a kind in capitals":            {func(c *Type) { c.Kind = "Pager" }, "needs a kind"},
		"a long kind":                   {func(c *Type) { c.Kind = Kind(strings.Repeat("k", 41)) }, "needs a kind"},
		"a kind that is taken":          {func(c *Type) { c.Kind = Sandbox }, "is registered twice"},
		"no name":                       {func(c *Type) { c.Name = " " }, "needs a name"},
		"a name of two lines":           {func(c *Type) { c.Name = "a\nb" }, "needs a name"},
		"a name that is taken":          {func(c *Type) { c.Name = "whatsapp" }, "has the name of another"},
		"a webhook without a queue":     {func(c *Type) { c.Capabilities.Queued = false }, "is not queued"},
		"a window without a queue":      {func(c *Type) { c.Capabilities = Capabilities{Window: time.Hour} }, "is not queued"},
		"no rate":                       {func(c *Type) { c.Capabilities.Rate = 0 }, "needs a rate"},
		"one file of none":              {func(c *Type) { c.Capabilities.OneFile = true }, "carries one file"},
		"templates that cannot be sent": {func(c *Type) { c.Capabilities.Templates = true }, "has templates"},
		"a template and none":           {func(c *Type) { c.Capabilities.Types = []content.Type{content.Template} }, "has templates"},
		"a type that only comes in":     {func(c *Type) { c.Capabilities.Types = []content.Type{content.Order} }, `of the type "order"`},
		"a setting with a dot":          {func(c *Type) { c.Settings[0].Name = "a.b" }, "needs a name in camel case"},
		"a setting twice":               {func(c *Type) { c.Settings = append(c.Settings, c.Settings[0]) }, "twice"},
		"a setting that says nothing":   {func(c *Type) { c.Settings[0].Says = "" }, "does not say"},
		"a text without a form":         {func(c *Type) { c.Settings[0].Form = nil }, "without a form"},
		"a number that nothing is":      {func(c *Type) { c.Settings[0].Type, c.Settings[0].Least = NumberSetting, 1 }, "nothing can be"},
		"a secret number":               {func(c *Type) { c.Settings[0].Type, c.Settings[0].Secret = NumberSetting, true }, "is secret"},
		"a switch that is needed":       {func(c *Type) { c.Settings[0].Type, c.Settings[0].Needed = SwitchSetting, true }, "cannot be off"},
		"a setting of no type":          {func(c *Type) { c.Settings[0].Type = "date" }, "of no known type"},
		"another kind's setting":        {func(c *Type) { c.Settings[0].Name = "throughput" }, "of another type in the kind whatsapp"},
		"an account that is no setting": {func(c *Type) { c.Account = "number" }, "to be the account"},
		"an account that is secret":     {func(c *Type) { c.Settings[0].Secret = true }, "to be the account"},
	} {
		c := Type{Kind: "pager", Name: "Pager", Capabilities: Capabilities{Queued: true, Webhook: true, Rate: 1}, Account: "line",
			Settings: []Setting{{Name: "line", Form: word, Says: "is a word"}}}
		bad.change(&c)
		said := func() (said string) {
			defer func() { said = fmt.Sprint(recover()) }()
			Register(c)
			return ""
		}()
		assert.Check(t, is.Contains(said, bad.says), name)
	}
	assert.Check(t, is.DeepEqual(Kinds(), before))
}

func TestTheTypesOfThisVersionAreWellFormed(t *testing.T) {
	t.Parallel()
	for i, c := range All() {
		others := slices.Delete(slices.Clone(All()), i, i+1)
		assert.Check(t, is.Equal(c.malformed(others), ""), c.Kind)
	}
	_, known := Kind("pigeon").Type()
	assert.Check(t, !known, "there is a kind that nobody registered")
	assert.Check(t, is.Len(Kind("pigeon").Settings(), 0))
}

func TestWhatASettingTakes(t *testing.T) {
	t.Parallel()
	number, word := Throughput, Setting{Name: "word", Form: regexp.MustCompile(`^[a-z]+$`)}
	onOff := Setting{Name: "on", Type: SwitchSetting}
	for _, c := range []struct {
		setting Setting
		value   string
		takes   bool
	}{
		{word, "", true}, {word, "abc", true}, {word, "a b", false},
		{onOff, "", true}, {onOff, On, true}, {onOff, "false", false}, {onOff, "1", false},
		{number, "", true}, {number, "1", true}, {number, "1000", true},
		{number, "0", false}, {number, "1001", false}, {number, "-1", false}, {number, "+1", false}, {number, "007", false},
		{number, "1.0", false}, {number, " 1", false}, {number, "99999999999999999999", false}, {number, "ten", false},
	} {
		assert.Check(t, is.Equal(c.setting.takes(c.value), c.takes), "%s %q", c.setting.Name, c.value)
	}
}
