package dashboard

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"mauve/models"
	"mauve/templates"
)

func showWorkspace(c *call) error {
	home, err := c.scope.Home()
	if err != nil {
		return err
	}
	f, err := c.frame("Workspace", "workspace")
	if err != nil {
		return err
	}
	return c.draw(templates.Workspace(f, templates.WorkspaceView{Name: home.Name, Country: home.DefaultCountry}))
}

func updateWorkspace(c *call) error {
	v := templates.WorkspaceView{Name: c.form("name"), Country: c.form("defaultCountry")}
	f, err := c.frame("Workspace", "workspace")
	if err != nil {
		return err
	}
	if _, err = c.scope.UpdateWorkspace(models.WorkspaceChange{Name: &v.Name, DefaultCountry: &v.Country}); err != nil {
		return c.again(err, func(bad string, errors map[string]string) templ.Component {
			f.Bad, v.Errors = bad, errors
			return templates.Workspace(f, v)
		})
	}
	return c.then("/settings/workspace", "saved")
}

func listChannels(c *call) error {
	all, err := c.scope.Channels()
	if err != nil {
		return err
	}
	f, err := c.frame("Channels", "channels")
	if err != nil {
		return err
	}
	return c.draw(templates.Channels(f, all))
}

func listKeys(c *call) error {
	v := templates.KeysView{Form: templates.KeyForm{Calls: strconv.Itoa(models.DefaultCapCalls), Seconds: strconv.Itoa(models.DefaultCapSeconds), Read: true}}
	f, err := fillKeys(c, &v)
	if err != nil {
		return err
	}
	return c.draw(templates.APIKeys(f, v))
}

func fillKeys(c *call, v *templates.KeysView) (f templates.Frame, err error) {
	if v.Keys, err = c.scope.Keys(); err != nil {
		return f, err
	}
	if v.Calls, err = c.scope.CallsByHour(); err != nil {
		return f, err
	}
	return c.frame("API keys", "api-keys")
}

// number reads a number of a form; what is none is refused as a negative one is.
func number(text string) int {
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n == 0 {
		return -1
	}
	return n
}

func createKey(c *call) error {
	v := templates.KeysView{Form: templates.KeyForm{Name: c.form("name"), Calls: c.form("capCalls"), Seconds: c.form("capSeconds"), Days: c.form("days")}}
	for _, scope := range c.texts("scopes") {
		v.Form.Read, v.Form.Write = v.Form.Read || scope == "read", v.Form.Write || scope == "write"
	}
	d := models.KeyDraft{Name: v.Form.Name, Read: v.Form.Read, Write: v.Form.Write, CapCalls: number(v.Form.Calls), CapSeconds: number(v.Form.Seconds)}
	if days := number(v.Form.Days); days != 0 {
		end := c.scope.Now().AddDate(0, 0, min(days, 36500))
		d.ExpireAt = &end
	}
	k, secret, err := c.scope.CreateKey(d)
	if err == nil {
		return c.showNewKey(k, secret)
	}
	f, fillErr := fillKeys(c, &v)
	if fillErr != nil {
		return fillErr
	}
	return c.again(err, func(bad string, errors map[string]string) templ.Component {
		f.Bad, v.Errors = bad, errors
		return templates.APIKeys(f, v)
	})
}

// showNewKey answers with the key itself: never in a redirect, a cookie or a cache.
func (c *call) showNewKey(k *models.APIKey, secret string) error {
	f, err := c.frame("Your new API key", "api-keys")
	if err != nil {
		return err
	}
	return c.draw(templates.NewKey(f, k, secret, c.house.PublicURL))
}

func showKey(c *call) error {
	k, err := c.scope.Key(c.id())
	if err != nil {
		return err
	}
	return drawKey(c, k, nil, templates.KeyView{Name: k.Name, Cap: strconv.Itoa(k.CapCalls), Seconds: strconv.Itoa(k.CapSeconds)})
}

func drawKey(c *call, k *models.APIKey, bad error, v templates.KeyView) error {
	v.Key = k
	var err error
	if v.Calls, err = c.scope.KeyCalls(k.ID); err != nil {
		return err
	}
	f, err := c.frame(k.Name, "api-keys")
	if err != nil {
		return err
	}
	if bad == nil {
		return c.draw(templates.APIKey(f, v))
	}
	return c.again(bad, func(sentence string, errors map[string]string) templ.Component {
		f.Bad, v.Errors = sentence, errors
		return templates.APIKey(f, v)
	})
}

func updateKey(c *call) error {
	v := templates.KeyView{Name: c.form("name"), Cap: c.form("capCalls"), Seconds: c.form("capSeconds")}
	calls, seconds := number(v.Cap), number(v.Seconds)
	if _, err := c.scope.UpdateKey(c.id(), models.KeyChange{Name: &v.Name, CapCalls: &calls, CapSeconds: &seconds}); err != nil {
		k, findErr := c.scope.Key(c.id())
		if findErr != nil {
			return findErr
		}
		return drawKey(c, k, err, v)
	}
	return c.then("/settings/api-keys/"+string(c.id()), "saved")
}

func rotateKey(c *call) error {
	hours, err := strconv.Atoi(c.form("hours"))
	if err != nil {
		return models.InvalidField("hours", "is a number")
	}
	k, secret, err := c.scope.RotateKey(c.id(), time.Duration(min(max(hours, -1), 10_000))*time.Hour)
	if err != nil {
		return err
	}
	return c.showNewKey(k, secret)
}

func revokeKey(c *call) error {
	if err := c.scope.RevokeKey(c.id()); err != nil {
		return err
	}
	return c.then("/settings/api-keys", "revoked")
}

func showReference(c *call) error { return c.reference("") }

func (c *call) reference(key string) error {
	f, err := c.frame("API reference", "docs")
	if err != nil {
		return err
	}
	return c.draw(templates.Reference(f, "/api/v2/public/openapi.json", key))
}

func makeOwnKey(c *call) error {
	_, secret, err := c.scope.CreateOwnKey()
	if err != nil {
		return err
	}
	return c.reference(secret)
}
