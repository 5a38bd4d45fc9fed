package channeltype

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"mauve/models/column"
	"mauve/models/input"
	"mauve/models/problem"
)

// SettingType says what a setting's values look like, in forms and in the API.
type SettingType string

// The types of setting.
const (
	TextSetting   SettingType = ""
	NumberSetting SettingType = "number" // a whole one
	SwitchSetting SettingType = "switch" // On or nothing
)

// Setting is one line of a kind's configuration.
type Setting struct {
	Name   string // in camel case; of one type in all kinds that have it
	Type   SettingType
	Secret bool           // goes in and never comes out; of a text
	Needed bool           // there is no channel without it
	Form   *regexp.Regexp // of a text
	Least  int            // of a number
	Most   int            // of a number
	Says   string         // what it must be, for people
	About  string         // what it is, for the API's reference; may be empty
}

// takes reports whether the setting may have the value; empty is no value.
func (s Setting) takes(v string) bool {
	switch {
	case v == "":
		return true
	case s.Type == SwitchSetting:
		return v == On
	case s.Type == NumberSetting:
		n, err := strconv.Atoi(v)
		return err == nil && strconv.Itoa(n) == v && n >= s.Least && n <= s.Most
	}
	return s.Form.MatchString(v)
}

// Throughput is the setting that replaces Capabilities.Rate, for every kind whose channels may differ in it.
var Throughput = Setting{Name: RateSetting, Type: NumberSetting, Least: 1, Most: 1000,
	Says: "is how many messages a second the number may send, 1 to 1000", About: "Messages a second"}

// Settings are a channel's configuration by the names that the API uses. Those
// that are secret are sealed and never come out again.
type Settings map[string]string

// On is the value of a setting that is a switch and switched on; switched off it has none.
const On = "true"

// The settings that rules of sending and receiving ask for.
const (
	RateSetting    = "throughput" // messages a second, of every kind that has it
	HistorySetting = "history"    // what was said before a phone is linked is taken in when one is
	GroupsSetting  = "groups"     // the phone's groups are taken in
)

// WantsHistory reports whether what was said before a phone is linked is to be taken in.
func (s Settings) WantsHistory() bool { return s[HistorySetting] == On }

// WantsGroups reports whether what is said in groups is to be taken in.
func (s Settings) WantsGroups() bool { return s[GroupsSetting] == On }

// Configure reads settings into those that a channel of the kind has, the secret ones apart; those not named stay. It returns
// which changed.
func (k Kind) Configure(f *input.Reader, given, shown, secrets Settings) (d column.Changes) {
	known := k.Settings()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(known, func(s Setting) bool { return s.Name == name }) {
			f.Add("config."+input.Cut(name, 60), "is not a setting of a channel of this kind")
		}
	}
	for _, s := range known {
		into := shown
		if s.Secret {
			into = secrets
		}
		if v, sent := given[s.Name]; sent && v != into[s.Name] {
			if !s.takes(v) {
				f.Add("config."+s.Name, "%s", problem.Word(s.Says))
			}
			d.Note("config."+s.Name, s.show(into[s.Name]), s.show(v))
			into[s.Name] = v
		}
		if s.Needed && into[s.Name] == "" {
			f.Add("config."+s.Name, "is missing")
		}
		if into[s.Name] == "" {
			delete(into, s.Name)
		}
	}
	return d
}

func (s Setting) show(v string) string {
	if s.Secret && v != "" {
		return "(secret)"
	}
	return v
}

// Shown is the configuration of a channel of the kind as the API answers with it, from the JSON of those settings that may
// be shown: numbers are numbers, and every switch is on or off.
func (k Kind) Shown(settings string) map[string]any {
	shown := map[string]any{}
	if err := json.Unmarshal([]byte(settings), &shown); err != nil {
		return map[string]any{}
	}
	for _, s := range k.Settings() {
		text, set := shown[s.Name].(string)
		switch {
		case s.Type == SwitchSetting:
			shown[s.Name] = text == On
		case s.Type == NumberSetting && set:
			shown[s.Name], _ = strconv.Atoi(text)
		}
	}
	return shown
}
