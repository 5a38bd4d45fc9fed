package models

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// A kind that cannot be stops the program that registers it, and leaves the table as it was.
func TestAMalformedTypeIsNotRegistered(t *testing.T) {
	t.Parallel()
	before := ChannelKinds()
	word := regexp.MustCompile(`^\w+$`)
	for name, bad := range map[string]struct {
		change func(c *ChannelType)
		says   string
	}{
		"no kind":                       {func(c *ChannelType) { c.Kind = "" }, "needs a kind"},
		"a kind with a slash":           {func(c *ChannelType) { c.Kind = "a/b" }, "needs a kind"},
		"a kind in capitals":            {func(c *ChannelType) { c.Kind = "Pager" }, "needs a kind"},
		"a long kind":                   {func(c *ChannelType) { c.Kind = ChannelKind(strings.Repeat("k", 41)) }, "needs a kind"},
		"a kind that is taken":          {func(c *ChannelType) { c.Kind = ChannelSandbox }, "is registered twice"},
		"no name":                       {func(c *ChannelType) { c.Name = " " }, "needs a name"},
		"a name of two lines":           {func(c *ChannelType) { c.Name = "a\nb" }, "needs a name"},
		"a name that is taken":          {func(c *ChannelType) { c.Name = "whatsapp" }, "has the name of another"},
		"a webhook without a queue":     {func(c *ChannelType) { c.Capabilities.Queued = false }, "is not queued"},
		"a window without a queue":      {func(c *ChannelType) { c.Capabilities = Capabilities{Window: time.Hour} }, "is not queued"},
		"no rate":                       {func(c *ChannelType) { c.Capabilities.Rate = 0 }, "needs a rate"},
		"one file of none":              {func(c *ChannelType) { c.Capabilities.OneFile = true }, "carries one file"},
		"templates that cannot be sent": {func(c *ChannelType) { c.Capabilities.Templates = true }, "has templates"},
		"a template and none":           {func(c *ChannelType) { c.Capabilities.Types = []MessageType{TypeTemplate} }, "has templates"},
		"a type that only comes in":     {func(c *ChannelType) { c.Capabilities.Types = []MessageType{TypeOrder} }, `of the type "order"`},
		"a setting with a dot":          {func(c *ChannelType) { c.Settings[0].Name = "a.b" }, "needs a name in camel case"},
		"a setting twice":               {func(c *ChannelType) { c.Settings = append(c.Settings, c.Settings[0]) }, "twice"},
		"a setting that says nothing":   {func(c *ChannelType) { c.Settings[0].Says = "" }, "does not say"},
		"a text without a form":         {func(c *ChannelType) { c.Settings[0].Form = nil }, "without a form"},
		"a number that nothing is":      {func(c *ChannelType) { c.Settings[0].Type, c.Settings[0].Least = SettingNumber, 1 }, "nothing can be"},
		"a secret number":               {func(c *ChannelType) { c.Settings[0].Type, c.Settings[0].Secret = SettingNumber, true }, "is secret"},
		"a switch that is needed":       {func(c *ChannelType) { c.Settings[0].Type, c.Settings[0].Needed = SettingSwitch, true }, "cannot be off"},
		"a setting of no type":          {func(c *ChannelType) { c.Settings[0].Type = "date" }, "of no known type"},
		"another kind's setting":        {func(c *ChannelType) { c.Settings[0].Name = "throughput" }, "of another type in the kind whatsapp"},
		"an account that is no setting": {func(c *ChannelType) { c.Account = "number" }, "to be the account"},
		"an account that is secret":     {func(c *ChannelType) { c.Settings[0].Secret = true }, "to be the account"},
	} {
		c := ChannelType{Kind: "pager", Name: "Pager", Capabilities: Capabilities{Queued: true, Webhook: true, Rate: 1}, Account: "line",
			Settings: []ChannelSetting{{Name: "line", Form: word, Says: "is a word"}}}
		bad.change(&c)
		said := func() (said string) {
			defer func() { said = fmt.Sprint(recover()) }()
			RegisterChannelType(c)
			return ""
		}()
		assert.Check(t, is.Contains(said, bad.says), name)
	}
	assert.Check(t, is.DeepEqual(ChannelKinds(), before))
}

func TestTheTypesOfThisVersionAreWellFormed(t *testing.T) {
	t.Parallel()
	for i, c := range ChannelTypes() {
		others := slices.Delete(slices.Clone(ChannelTypes()), i, i+1)
		assert.Check(t, is.Equal(c.malformed(others), ""), c.Kind)
	}
	_, known := ChannelKind("pigeon").Type()
	assert.Check(t, !known, "there is a kind that nobody registered")
	assert.Check(t, is.Len(ChannelKind("pigeon").Settings(), 0))
}

func TestWhatASettingTakes(t *testing.T) {
	t.Parallel()
	number, word := Throughput, ChannelSetting{Name: "word", Form: regexp.MustCompile(`^[a-z]+$`)}
	onOff := ChannelSetting{Name: "on", Type: SettingSwitch}
	for _, c := range []struct {
		setting ChannelSetting
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
