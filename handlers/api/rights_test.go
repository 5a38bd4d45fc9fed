package api_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/password"
	"mauve/models/problem"
	"mauve/models/rights"
)

// joins adds somebody to Acme and signs them in.
func (d *desk) joins(name string, role rights.Role) (*models.Member, *models.Session) {
	d.t.Helper()
	m := d.Join(d.t, d.Acme, name, strings.ToLower(name)+"@acme.example", role)
	return m, d.Session(d.t, m)
}

func (d *desk) by(m *models.Member) *models.Scope {
	return d.Store.As(d.t.Context(), d.Acme.ID, m.Actor())
}

// keyOf makes a key with both scopes that the member answers for.
func (d *desk) keyOf(m *models.Member) (*models.APIKey, string) {
	d.t.Helper()
	k, secret, err := d.by(m).CreateKey(models.KeyDraft{Name: "of " + m.Name, Read: true, Write: true, CapCalls: 1000})
	assert.NilError(d.t, err)
	return k, secret
}

// becomes changes a member's role; handTo is as in a MemberChange.
func (d *desk) becomes(m *models.Member, role rights.Role, handTo *models.ID) {
	d.t.Helper()
	_, err := d.Acme.Scope.UpdateMember(m.ID, models.MemberChange{Role: &role, HandTo: handTo})
	assert.NilError(d.t, err)
}

func (d *desk) leaves(m *models.Member, handTo *models.ID) {
	d.t.Helper()
	_, err := d.Acme.Scope.UpdateMember(m.ID, models.MemberChange{Removed: new(true), HandTo: handTo})
	assert.NilError(d.t, err)
}

// canAdmin calls what only an admin's key may.
func (d *desk) canAdmin(key string, status int, code string) {
	d.t.Helper()
	a := d.call(key, "POST", "/categories", `{"name":"`+string(models.NewID(time.Now()))+`"}`).want(d.t, status)
	if code != "" {
		a.has(d.t, "code", code)
	}
}

func TestAKeyMayNoMoreThanWhoAnswersForIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		max, _ := d.joins("Max", rights.Admin)
		k, key := d.keyOf(max)
		d.canAdmin(key, 201, "")
		d.becomes(max, rights.Agent, nil) // nothing said: the keys stay with him
		d.canAdmin(key, 403, "role_reduced")
		d.call(key, "GET", "/contacts", "").want(t, 200)
		d.call(key, "GET", "/webhooks", "").want(t, 403).has(t, "code", "role_reduced")
		d.call(key, "POST", "/contacts", `{"name":"Ada"}`).want(t, 201)
		d.becomes(max, rights.Admin, nil)
		d.canAdmin(key, 201, "")

		// Handed to somebody, it may what its role and theirs allow; it is never more than it was made with.
		d.becomes(max, rights.Agent, nil)
		_, err := d.Acme.Scope.UpdateKey(k.ID, models.KeyChange{MemberID: &d.Acme.Owner.ID})
		assert.NilError(t, err)
		d.canAdmin(key, 201, "")
		_, err = d.Acme.Scope.UpdateKey(k.ID, models.KeyChange{MemberID: new(models.NewID(time.Now()))})
		assert.Check(t, is.Equal(problem.KindOf(err), problem.Invalid), err)
		ann, _ := d.joins("Ann", rights.Agent)
		_, err = d.Acme.Scope.UpdateKey(k.ID, models.KeyChange{MemberID: &ann.ID})
		assert.Check(t, is.Equal(problem.KindOf(err), problem.Invalid), "to an agent: %v", err)
		_, err = d.Acme.Scope.UpdateKey(k.ID, models.KeyChange{MemberID: &d.Globex.Owner.ID})
		assert.Check(t, is.Equal(problem.KindOf(err), problem.Invalid), "to somebody of another workspace: %v", err)
	})
}

func TestWhatAMemberAnswersForIsHandedOverOrEnds(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		end := models.ID("")
		owner := d.Acme.Owner.ID
		for _, c := range []struct {
			name    string
			change  func(*models.Member)
			key     int    // what an admin's call answers
			webhook string // enabled
		}{
			{"removed, nothing said", func(m *models.Member) { d.leaves(m, nil) }, 401, "false"},
			{"removed, ended", func(m *models.Member) { d.leaves(m, &end) }, 401, "false"},
			{"removed, handed over", func(m *models.Member) { d.leaves(m, &owner) }, 201, "true"},
			{"an agent, nothing said", func(m *models.Member) { d.becomes(m, rights.Agent, nil) }, 403, "false"},
			{"an agent, ended", func(m *models.Member) { d.becomes(m, rights.Agent, &end) }, 401, "false"},
			{"an agent, handed over", func(m *models.Member) { d.becomes(m, rights.Agent, &owner) }, 201, "true"},
			{"an owner", func(m *models.Member) { d.becomes(m, rights.Owner, nil) }, 201, "true"},
		} {
			m, _ := d.joins("M"+string(models.NewID(time.Now())), rights.Admin)
			_, key := d.keyOf(m)
			hook := d.call(key, "POST", "/webhooks", `{"url":"https://shop.example/","events":["message.created"]}`).want(t, 201).at("id")
			held, err := d.Acme.Scope.HoldingsOf(m.ID)
			assert.NilError(t, err, c.name)
			assert.Check(t, len(held.Keys) == 1 && len(held.Webhooks) == 1, "%s: %v", c.name, held)
			c.change(m)
			a := d.call(key, "POST", "/tags", `{"name":"`+c.name+`"}`)
			assert.Check(t, is.Equal(a.StatusCode, c.key), "%s: %s", c.name, a.text)
			a = d.call(d.acme, "GET", "/webhooks/"+hook, "").want(t, 200)
			assert.Check(t, is.Equal(a.at("enabled"), c.webhook), "%s: %s", c.name, a.text)
		}
	})
}

func TestAnAgentCannotBeHandedAnything(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		max, _ := d.joins("Max", rights.Admin)
		ann, _ := d.joins("Ann", rights.Agent)
		gone, _ := d.joins("Gone", rights.Admin)
		d.leaves(gone, nil)
		_, key := d.keyOf(max)
		for _, to := range []models.ID{ann.ID, gone.ID, max.ID, d.Globex.Owner.ID, "nobody"} {
			_, err := d.Acme.Scope.UpdateMember(max.ID, models.MemberChange{Removed: new(true), HandTo: &to})
			assert.Check(t, is.Equal(problem.KindOf(err), problem.Invalid), "%s: %v", to, err)
		}
		d.canAdmin(key, 201, "") // nothing was half done
	})
}

// TestAPersonalKeyIsItsSessions is the reference's key to try the API out with.
func TestAPersonalKeyIsItsSessions(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for _, c := range []struct {
			name string
			ends func(*models.Member, *models.Session)
		}{
			{"the session is ended", func(m *models.Member, s *models.Session) { assert.NilError(t, d.by(m).EndSession(s.ID)) }},
			{"the session is too old", func(_ *models.Member, s *models.Session) { d.Clock.Pass(models.SessionLife + time.Minute) }},
			{"the password is changed elsewhere", func(m *models.Member, _ *models.Session) {
				_, err := d.by(m).ChangePassword(password.Origin{}, modelstest.Password, "another long one", d.Session(t, m).ID)
				assert.NilError(t, err)
			}},
			{"another role", func(m *models.Member, _ *models.Session) { d.becomes(m, rights.Agent, nil) }},
			{"handed over with the rest", func(m *models.Member, _ *models.Session) { d.becomes(m, rights.Agent, &d.Acme.Owner.ID) }},
			{"removed", func(m *models.Member, _ *models.Session) { d.leaves(m, &d.Acme.Owner.ID) }},
			{"another one is made", func(m *models.Member, s *models.Session) {
				_, _, err := d.by(m).CreateOwnKey(s.ID)
				assert.NilError(t, err)
			}},
			{"another one is made from another browser", func(m *models.Member, _ *models.Session) {
				_, _, err := d.by(m).CreateOwnKey(d.Session(t, m).ID)
				assert.NilError(t, err)
			}},
		} {
			m, session := d.joins("M"+string(models.NewID(time.Now())), rights.Admin)
			k, key, err := d.by(m).CreateOwnKey(session.ID)
			assert.NilError(t, err, c.name)
			d.canAdmin(key, 201, "")
			_, err = d.Acme.Scope.UpdateKey(k.ID, models.KeyChange{MemberID: &d.Acme.Owner.ID})
			assert.Check(t, is.Equal(problem.KindOf(err), problem.Invalid), "a personal key is handed over: %v", err)
			c.ends(m, session)
			a := d.call(key, "GET", "/me", "")
			assert.Check(t, is.Equal(a.StatusCode, 401), "%s: %s", c.name, a.text)
		}
		// The rows alone decide, whatever took them away.
		for statement, id := range map[string]func(*models.Member, *models.Session) models.ID{
			"DELETE FROM sessions WHERE id = '%s'":                       func(_ *models.Member, s *models.Session) models.ID { return s.ID },
			"UPDATE members SET removed_at = created_at WHERE id = '%s'": func(m *models.Member, _ *models.Session) models.ID { return m.ID },
		} {
			m, session := d.joins("M"+string(models.NewID(time.Now())), rights.Admin)
			_, key, err := d.by(m).CreateOwnKey(session.ID)
			assert.NilError(t, err)
			assert.NilError(t, d.Store.Lend(t.Context(), func(db *sql.DB, _ string) error {
				_, err := db.ExecContext(t.Context(), fmt.Sprintf(statement, id(m, session)))
				return err
			}))
			a := d.call(key, "GET", "/me", "")
			assert.Check(t, is.Equal(a.StatusCode, 401), "after %s: %s", statement, a.text)
		}
		// One that an admin rotated, with an overlap, ends as well.
		lou, here := d.joins("Lou", rights.Agent)
		k, first, err := d.by(lou).CreateOwnKey(here.ID)
		assert.NilError(t, err)
		_, second, err := d.Acme.Scope.RotateKey(k.ID, time.Hour)
		assert.NilError(t, err)
		_, _, err = d.by(lou).CreateOwnKey(here.ID)
		assert.NilError(t, err)
		for _, key := range []string{first, second} {
			d.call(key, "GET", "/me", "").want(t, 401)
		}

		m, session := d.joins("Max", rights.Agent)
		other, _ := d.joins("Ann", rights.Agent)
		_, _, err = d.by(other).CreateOwnKey(session.ID)
		assert.Check(t, is.Equal(problem.KindOf(err), problem.SignedOut), "by another's session: %v", err)
		_, key, err := d.by(m).CreateOwnKey(session.ID)
		assert.NilError(t, err)
		d.canAdmin(key, 403, "forbidden")
	})
}

// TestRotationKeepsWhoAnswers also for the command line's keys, which the workspace answers for.
func TestRotationKeepsWhoAnswers(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		max, _ := d.joins("Max", rights.Admin)
		k, _ := d.keyOf(max)
		_, fresh, err := d.Acme.Scope.RotateKey(k.ID, 0)
		assert.NilError(t, err)
		d.becomes(max, rights.Agent, nil)
		d.canAdmin(fresh, 403, "role_reduced")

		line, secret, err := d.Store.System(t.Context(), d.Acme.ID).CreateKey(models.KeyDraft{Name: "line", Read: true, Write: true})
		assert.NilError(t, err)
		d.canAdmin(secret, 201, "")
		_, secret, err = d.Acme.Scope.RotateKey(line.ID, 0)
		assert.NilError(t, err)
		d.leaves(max, nil)
		d.canAdmin(secret, 201, "")
	})
}

// TestAKeyThatOnlyWritesReadsNothing but ids and what it wrote itself, whatever it calls.
func TestAKeyThatOnlyWritesReadsNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		_, writer := d.Key(t, d.Acme, models.KeyDraft{Write: true, CapCalls: 1000})
		const hidden = "hush-hush"
		fields := `{"name":"` + hidden + `","email":"ada@x.example","phone":"+33612345678","externalId":"` + hidden + `","labels":["` + hidden + `"],"attributes":{"` + hidden + `":"` + hidden + `"}}`
		ada := d.contact(d.acme, fields)
		talk := d.call(d.acme, "POST", "/conversations", `{"contactId":"`+ada+`","channel":"api","message":{"body":"`+hidden+`","direction":"inbound"}}`).want(t, 201).at("id")
		other := d.contact(d.acme, `{"name":"`+hidden+`"}`)
		ticket := d.call(d.acme, "POST", "/tickets", `{"contactId":"`+ada+`","conversationId":"`+talk+`","subject":"`+hidden+`"}`).want(t, 201).at("id")
		channel := d.call(d.acme, "POST", "/channels", `{"kind":"whatsapp","name":"`+hidden+`","config":{"phoneNumberId":"107","accessToken":"t","appSecret":"s","verifyToken":"v"}}`).want(t, 201).at("id")
		for _, c := range []struct {
			method, path, body string
			keeps              []string
		}{
			{"POST", "/contacts/identify", `{"email":"ada@x.example"}`, []string{"id", ada, "email", "ada@x.example", "phone", "", "createdAt", "0001-01-01T00:00:00.000Z"}},
			{"POST", "/contacts/identify", `{"email":"ada@x.example","attributes":{"plan":"pro"}}`, []string{"id", ada, "attributes", "map[plan:pro]", "labels", "[]"}},
			{"PATCH", "/contacts/" + ada, `{}`, []string{"id", ada, "name", "", "blocked", "false"}},
			{"PATCH", "/contacts/" + ada, `{"email":"ada@y.example"}`, []string{"email", "ada@y.example", "phone", ""}},
			{"PATCH", "/conversations/" + talk, `{"status":"open"}`, []string{"id", talk, "status", "open", "contact.id", ada, "contact.name", ""}},
			{"PATCH", "/tickets/" + ticket, `{"priority":3}`, []string{"id", ticket, "priority", "3", "subject", ""}},
			{"PATCH", "/channels/" + channel, `{}`, []string{"id", channel, "name", ""}},
			{"POST", "/contacts/" + ada + "/merge", `{"from":"` + other + `"}`, []string{"id", ada, "name", ""}},
		} {
			a := d.raw(writer, c.method, c.path, c.body, "Idempotency-Key", fmt.Sprint(c.path, c.body))
			assert.Check(t, a.StatusCode < 300, "%s %s: %s", c.method, c.path, a.text)
			assert.Check(t, !strings.Contains(a.text, hidden), "%s %s tells %s", c.method, c.path, a.text)
			a.has(t, c.keeps...)
			again := d.raw(writer, c.method, c.path, c.body, "Idempotency-Key", fmt.Sprint(c.path, c.body))
			assert.Check(t, is.Equal(again.text, a.text), "told once more")
		}
		// What it makes itself it is told.
		d.raw(writer, "POST", "/contacts", `{"name":"Bo","phone":"0033 6 12 34 56 79"}`).want(t, 201).has(t, "name", "Bo", "phone", "+33612345679", "labels", "[]")
		a := d.raw(writer, "POST", "/tickets", `{"contactId":"`+ada+`","subject":"new"}`).want(t, 201)
		a.has(t, "subject", "new", "status", "open", "contact.id", ada, "contact.name", "")
		hook := d.raw(writer, "POST", "/webhooks", `{"url":"https://shop.example/","events":["message.created"]}`).want(t, 201)
		assert.Check(t, strings.HasPrefix(hook.at("secret"), "whsec_"), hook.text)
		d.Clock.Pass(time.Millisecond) // what was made in the millisecond in which a call begins counts as its own
		rotated := d.raw(writer, "POST", "/webhooks/"+hook.at("id")+"/rotate-secret", "").want(t, 200)
		assert.Check(t, strings.HasPrefix(rotated.at("secret"), "whsec_"), rotated.text)
		rotated.has(t, "url", "")
	})
}

// TestAnAgentsKeySeesWhatItsPagesShow of channels and of what happened.
func TestAnAgentsKeySeesWhatItsPagesShow(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ann, session := d.joins("Ann", rights.Agent)
		_, key, err := d.by(ann).CreateOwnKey(session.ID)
		assert.NilError(t, err)
		config := `{"phoneNumberId":"10712345","accessToken":"t","appSecret":"s","verifyToken":"v"}`
		channel := d.call(d.acme, "POST", "/channels", `{"kind":"whatsapp","name":"Front","config":`+config+`}`).want(t, 201).at("id")
		d.call(d.acme, "POST", "/channels/"+channel+"/check", "").want(t, 202)
		d.call(d.acme, "POST", "/webhooks", `{"url":"https://shop.example/","events":["message.created"]}`).want(t, 201)
		d.contact(d.acme, `{"name":"Ada"}`)
		d.call(d.acme, "GET", "/channels/"+channel, "").want(t, 200).has(t, "config.phoneNumberId", "10712345")
		for _, path := range []string{"/channels/" + channel, "/channels"} {
			a := d.call(key, "GET", path, "").want(t, 200)
			assert.Check(t, !strings.Contains(a.text, "10712345"), a.text)
			assert.Check(t, is.Contains(a.text, "Front"))
		}
		kinds := func(key string) (kinds []string) {
			a := d.call(key, "GET", "/events?perPage=100", "").want(t, 200)
			for i := 0; a.at(fmt.Sprintf("data.%d.event", i)) != "<none>"; i++ {
				kinds = append(kinds, a.at(fmt.Sprintf("data.%d.event", i)))
			}
			return kinds
		}
		all, desk := strings.Join(kinds(d.acme), " "), strings.Join(kinds(key), " ")
		for _, kind := range []string{"key.created", "webhook.created", "channel.created", "member.added"} {
			assert.Check(t, is.Contains(all, kind))
			assert.Check(t, !strings.Contains(desk, kind), desk)
		}
		assert.Check(t, is.Contains(desk, "contact.created"))
	})
}
