package channeltest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/channeltype"
)

// shows fails unless the page has a field for each setting of the kind.
func shows(t *testing.T, d *Desk, page string) {
	t.Helper()
	for _, s := range d.Kind.Kind.Settings() {
		assert.Check(t, is.Contains(page, `name="config.`+s.Name+`"`), "the form has no field for %s", s.Name)
	}
}

func settings(t *testing.T, d *Desk) {
	first, other := d.Vendor.Config()
	at := "/channels/" + d.Channel
	pages := []string{d.Page("/settings/channels/new?kind=" + string(d.Kind.Kind)), d.Page(d.At())}
	shows(t, d, pages[0])
	if d.Kind.Kind.Capabilities().Queued {
		shows(t, d, pages[1])
	}
	answers := []string{d.API("GET", at, nil).want(200).has("kind", string(d.Kind.Kind), "name", "Front desk").Text}
	now := maps.Clone(first)
	for _, s := range d.Kind.Kind.Settings() {
		held := func(a Answer) {
			t.Helper()
			answers = append(answers, a.Text)
			for _, s := range d.Kind.Kind.Settings() {
				want := "<nil>"
				switch v, given := now[s.Name]; {
				case s.Secret:
				case given:
					want = fmt.Sprint(v)
				case s.Type == channeltype.SwitchSetting:
					want = "false"
				}
				assert.Check(t, is.Equal(a.At("config."+s.Name), want), s.Name)
			}
		}
		held(d.API("GET", at, nil).want(200))
		if v, changes := other[s.Name]; changes {
			now[s.Name] = v
			held(d.API("PATCH", at, map[string]any{"config": map[string]any{s.Name: v}}).want(200))
		}
		if s.Needed {
			d.API("PATCH", at, map[string]any{"config": map[string]any{s.Name: ""}}).want(422).has("errors.0.field", "config."+s.Name)
		}
	}
	for _, path := range []string{at, "/channels?perPage=100", "/events?perPage=100", at + "/envelopes"} {
		answers = append(answers, d.API("GET", path, nil).want(200).Text)
	}
	pages = append(pages, d.Page(d.At()), d.Page("/settings/channels"))
	for _, s := range d.Kind.Kind.Settings() {
		for _, config := range []map[string]any{first, other} {
			if secret, given := config[s.Name].(string); s.Secret && given {
				for _, told := range append(answers, pages...) {
					assert.Check(t, !strings.Contains(told, secret), "the secret %s came out", s.Name)
				}
			}
		}
	}
}

func wrongSettings(t *testing.T, d *Desk) {
	first, _ := d.Vendor.Config()
	kind, known := d.Kind.Kind.Type()
	assert.Assert(t, known)
	refused := func(field string, status int, change func(config map[string]any)) {
		t.Helper()
		config := maps.Clone(first)
		if config == nil {
			config = map[string]any{}
		}
		change(config)
		a := d.API("POST", "/channels", d.draft(config)).want(status)
		fields, _ := a.body.(map[string]any)["errors"].([]any)
		named := slices.ContainsFunc(fields, func(e any) bool { return fmt.Sprint(e.(map[string]any)["field"]) == field })
		assert.Check(t, named, "nothing is said of %s in %s", field, a.Text)
	}
	refused("config.unheardOf", 422, func(c map[string]any) { c["unheardOf"] = "x" })
	for _, other := range channeltype.All() { // a setting of another kind
		for _, s := range other.Settings {
			if !slices.ContainsFunc(kind.Settings, func(o channeltype.Setting) bool { return o.Name == s.Name }) {
				refused("config."+s.Name, 422, func(c map[string]any) {
					c[s.Name] = map[channeltype.SettingType]any{channeltype.TextSetting: "x", channeltype.NumberSetting: s.Least, channeltype.SwitchSetting: true}[s.Type]
				})
			}
		}
	}
	for _, s := range kind.Settings {
		field := "config." + s.Name
		if s.Needed {
			refused(field, 422, func(c map[string]any) { delete(c, s.Name) })
			refused(field, 422, func(c map[string]any) { c[s.Name] = nil })
		}
		switch s.Type {
		case channeltype.TextSetting:
			refused(field, 422, func(c map[string]any) { c[s.Name] = "two words" + strings.Repeat("x", 2000) })
			refused(field, 422, func(c map[string]any) { c[s.Name] = 5 })
		case channeltype.NumberSetting:
			refused(field, 422, func(c map[string]any) { c[s.Name] = s.Most + 1 })
			refused(field, 422, func(c map[string]any) { c[s.Name] = s.Least - 1 })
			refused(field, 422, func(c map[string]any) { c[s.Name] = "5" })
		case channeltype.SwitchSetting:
			refused(field, 422, func(c map[string]any) { c[s.Name] = "on" })
		}
	}
	if kind.Account != "" {
		refused("config."+kind.Account, 409, func(map[string]any) {})
	}
	// The form says the same, at the field.
	fields := []string{"kind", string(kind.Kind), "name", "By the form"}
	for _, s := range kind.Settings {
		if s.Needed {
			bad := d.Form("/settings/channels", fields...).want(422)
			assert.Check(t, is.Contains(bad.Text, `id="field-config.`+s.Name+`-error"`))
		}
	}
}

func removed(t *testing.T, d *Desk) {
	d.greeted()
	d.API("DELETE", "/channels/"+d.Channel, nil).want(204)
	d.API("GET", "/channels/"+d.Channel, nil).want(404)
	d.API("PATCH", "/channels/"+d.Channel, map[string]any{"name": "x"}).want(404)
	d.API("POST", "/messages", map[string]any{"channelId": d.Channel, "to": d.Vendor.Person(), "body": "too late"}).want(422)
	assert.Check(t, is.Contains(d.said().Text, "Bonjour"), "its conversation is not readable")
	if caller, calls := d.Vendor.(Caller); calls {
		body := caller.Letter("late", "Are you there?")
		header, signature := caller.Sign(body)
		d.hook("POST", "", body, header, signature).want(404)
		query, _, _ := caller.Handshake()
		d.hook("GET", query, nil).want(404)
	}
}
