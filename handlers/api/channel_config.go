package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"mauve/models/channeltype"
)

// channelKind is one of the kinds of channel that there are when the program starts.
type channelKind string

// Schema names the kinds.
func (channelKind) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, kind := range channeltype.Kinds() {
		s.Enum = append(s.Enum, string(kind))
	}
	return s
}

// channelConfig is what a channel is configured by; which of it, its kind says.
type channelConfig struct{ given channeltype.Settings }

// settings are what was given; none if no configuration was.
func (c *channelConfig) settings() channeltype.Settings {
	if c == nil {
		return channeltype.Settings{}
	}
	return c.given
}

// TransformSchema gives the schema the settings of all kinds.
func (channelConfig) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties = map[string]*huma.Schema{}
	for _, kind := range channeltype.All() {
		for _, setting := range kind.Settings {
			if known := s.Properties[setting.Name]; known != nil {
				widen(known, setting)
				continue
			}
			s.Properties[setting.Name] = settingSchema(setting)
		}
	}
	if rate := s.Properties[channeltype.Throughput.Name]; rate != nil {
		rate.Description += "; " + usualRates()
	}
	return s
}

func settingSchema(setting channeltype.Setting) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: setting.About}
	switch setting.Type {
	case channeltype.SwitchSetting:
		s.Type = huma.TypeBoolean
	case channeltype.NumberSetting:
		least, most := float64(setting.Least), float64(setting.Most)
		s.Type, s.Format, s.Minimum, s.Maximum = huma.TypeInteger, "int64", &least, &most
	}
	return s
}

// widen lets a number be what it may be in another kind too; that it is not too much for this one, the rules say.
func widen(s *huma.Schema, setting channeltype.Setting) {
	if setting.Type == channeltype.NumberSetting {
		least, most := min(*s.Minimum, float64(setting.Least)), max(*s.Maximum, float64(setting.Most))
		s.Minimum, s.Maximum = &least, &most
	}
}

// usualRates says how fast channels send that are not told: the most usual rate, and the kinds that differ.
func usualRates() string {
	says, usual := "", 0
	for _, kind := range channeltype.All() {
		rate := kind.Capabilities.Rate
		switch {
		case !slices.ContainsFunc(kind.Settings, func(s channeltype.Setting) bool { return s.Name == channeltype.Throughput.Name }):
		case says == "":
			usual = rate
			says = fmt.Sprint("if left out ", rate)
		case rate != usual:
			says += fmt.Sprint(", for ", kind.Kind, " ", rate)
		}
	}
	return says
}

// settingsByKind lists the settings of each kind that has some, those of linked ones last: one can add them by a click.
func settingsByKind() string {
	types := slices.Clone(channeltype.All())
	slices.SortStableFunc(types, func(a, b channeltype.Type) int {
		return strings.Compare(strconv.FormatBool(a.Capabilities.Linked), strconv.FormatBool(b.Capabilities.Linked))
	})
	says := ""
	for _, kind := range types {
		names := make([]string, len(kind.Settings))
		for i, setting := range kind.Settings {
			names[i] = setting.Name
		}
		if len(names) > 0 {
			says += string(kind.Kind) + ": " + strings.Join(names, ", ") + ". "
		}
	}
	return says
}

// describeSettings says in the document which settings each kind has. A tag of a field cannot: kinds are registered.
func describeSettings(doc *huma.OpenAPI) {
	body := operationAt(doc.Paths["/channels"], "POST").RequestBody.Content["application/json"].Schema
	doc.Components.Schemas.SchemaFromRef(body.Ref).Properties["config"].Description = settingsByKind() + "Secrets never come out again"
}

// UnmarshalJSON reads settings that the schema let pass; those that are null are left out.
func (c *channelConfig) UnmarshalJSON(b []byte) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(b, &given); err != nil {
		return err
	}
	c.given = channeltype.Settings{}
	for _, kind := range channeltype.All() {
		for _, setting := range kind.Settings {
			raw, sent := given[setting.Name]
			if !sent || string(raw) == "null" {
				continue
			}
			text, err := settingText(setting, raw)
			if err != nil {
				return err
			}
			c.given[setting.Name] = text
		}
	}
	return nil
}

// settingText spells a setting as it is kept.
func settingText(setting channeltype.Setting, raw json.RawMessage) (text string, err error) {
	switch setting.Type {
	case channeltype.SwitchSetting:
		var on bool
		err = json.Unmarshal(raw, &on)
		return map[bool]string{true: channeltype.On}[on], err
	case channeltype.NumberSetting:
		n, err := strconv.Atoi(string(raw))
		if err != nil { // 20.0 is an integer to the schema
			return "", errors.New("json: cannot unmarshal number " + string(raw) + " into Go struct field channelConfig.config." + setting.Name + " of type int")
		}
		return strconv.Itoa(n), nil
	}
	err = json.Unmarshal(raw, &text)
	return text, err
}
