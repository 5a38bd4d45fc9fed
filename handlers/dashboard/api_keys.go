package dashboard

import (
	"strconv"
	"time"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/templates"
	"mauve/templates/words"
)

func listKeys(c *call) error {
	return c.drawKeys(nil, templates.KeyForm{Calls: strconv.Itoa(models.DefaultCapCalls), Seconds: strconv.Itoa(models.DefaultCapSeconds), Read: true})
}

// drawKeys draws the list with the form for a new key, and what was wrong with that, if anything was.
func (c *call) drawKeys(bad error, form templates.KeyForm) (err error) {
	v := templates.KeysView{Form: form, Now: c.scope.Now(), Owner: c.scope.Actor().Grants.Has(rights.WriteOwners)}
	if v.Team, err = c.scope.Members(); err != nil {
		return err
	}
	if v.Keys, err = c.scope.Keys(); err != nil {
		return err
	}
	if v.Calls, err = c.scope.CallsByHour(); err != nil {
		return err
	}
	f, err := c.formFrame(bad, words.T(c.words(), "API keys"), "settings", "api-keys")
	if err != nil {
		return err
	}
	return c.draw(templates.APIKeys(f, v))
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

func keyForm(c *call) (templates.KeyForm, models.KeyDraft) {
	form := templates.KeyForm{Name: c.form("name"), Calls: c.form("capCalls"), Seconds: c.form("capSeconds"), Days: c.form("days")}
	for _, scope := range c.texts("scopes") {
		form.Read, form.Write = form.Read || scope == "read", form.Write || scope == "write"
	}
	d := models.KeyDraft{Name: form.Name, Read: form.Read, Write: form.Write, CapCalls: number(form.Calls), CapSeconds: number(form.Seconds)}
	if days := number(form.Days); days != 0 {
		end := c.scope.Now().AddDate(0, 0, min(days, 36500))
		d.ExpireAt = &end
	}
	return form, d
}

func createKey(c *call) error {
	form, draft := keyForm(c)
	k, secret, err := c.scope.CreateKey(draft)
	if err != nil {
		return c.drawKeys(err, form)
	}
	return c.showNewKey(k, secret)
}

// showNewKey answers with the key itself: never in a redirect, a cookie or a cache.
func (c *call) showNewKey(k *models.APIKey, secret string) error {
	f, err := c.frame(words.T(c.words(), "Your new API key"), "settings", "api-keys")
	if err != nil {
		return err
	}
	c.Set("Cache-Control", "no-store")
	return c.draw(templates.NewKey(f, k, secret, c.server.PublicURL))
}

func showKey(c *call) error {
	k, err := c.scope.Key(c.id())
	if err != nil {
		return err
	}
	return c.drawKey(nil, templates.KeyView{Key: k, Name: k.Name, Cap: strconv.Itoa(k.CapCalls), Seconds: strconv.Itoa(k.CapSeconds),
		HandTo: string(k.MemberID)})
}

// drawKey draws one key's page with what was wrong with its form, if anything was.
func (c *call) drawKey(bad error, v templates.KeyView) (err error) {
	if v.Calls, err = c.scope.KeyCalls(v.Key.ID); err != nil {
		return err
	}
	if v.Team, err = c.scope.Members(); err != nil {
		return err
	}
	hours, err := c.scope.CallsByHour()
	if err != nil {
		return err
	}
	v.Hours, v.Now = hours[v.Key.ID], c.scope.Now()
	f, err := c.formFrame(bad, v.Key.Name, "settings", "api-keys")
	if err != nil {
		return err
	}
	return c.draw(templates.APIKey(f, v))
}

func updateKey(c *call) error {
	v := templates.KeyView{Name: c.form("name"), Cap: c.form("capCalls"), Seconds: c.form("capSeconds"), HandTo: c.form("member")}
	calls, seconds := number(v.Cap), number(v.Seconds)
	change := models.KeyChange{Name: &v.Name, CapCalls: &calls, CapSeconds: &seconds}
	if v.HandTo != "" {
		to := models.ID(v.HandTo)
		change.MemberID = &to
	}
	if _, err := c.scope.UpdateKey(c.id(), change); err != nil {
		var findErr error
		if v.Key, findErr = c.scope.Key(c.id()); findErr != nil {
			return findErr
		}
		return c.drawKey(err, v)
	}
	return c.then("/settings/api-keys/"+string(c.id()), "saved")
}

// seenKeys takes the notice of keys away that nobody of the team answers for.
func seenKeys(c *call) error {
	if err := c.scope.SeeKeys(); err != nil {
		return err
	}
	return c.then("/settings/api-keys", "saved")
}

func rotateKey(c *call) error {
	hours, err := strconv.Atoi(c.form("hours"))
	if err != nil {
		return problem.InvalidField("hours", "is a number")
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
