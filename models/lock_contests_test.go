package models

import (
	"fmt"
	"slices"
	"testing"

	"gorm.io/gorm"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/channeltype"
	"mauve/models/password"
	"mauve/models/problem"
	"mauve/models/rights"
)

// The operations that look before they write: what is fought over, who wins, what the others are told.

var contests = []contest{
	{"owners demote each other", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		bob := d.joined(t, rights.Owner)
		agent := rights.Agent
		demote := func(by, whom *Member) func() error {
			return func() error {
				_, err := d.by(by).UpdateMember(whom.ID, MemberChange{Role: &agent})
				return err
			}
		}
		return []func() error{demote(d.lea, bob), demote(bob, d.lea)}, d.oneOwner
	}, 1, "last_owner, forbidden"},

	{"owners leave", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		bob := d.joined(t, rights.Owner)
		leave := func(m *Member) func() error {
			return func() error {
				_, err := d.by(m).UpdateMember(m.ID, MemberChange{Removed: new(true)})
				return err
			}
		}
		return []func() error{leave(d.lea), leave(bob)}, d.oneOwner
	}, 1, "last_owner"},

	{"a removed admin removes", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		ann, ben := d.joined(t, rights.Admin), d.joined(t, rights.Admin)
		remove := func(by, whom *Member) func() error {
			return func() error {
				_, err := d.by(by).UpdateMember(whom.ID, MemberChange{Removed: new(true)})
				return err
			}
		}
		return []func() error{remove(ann, ben), remove(ben, ann)}, nil
	}, 1, "forbidden"},

	{"one invitation, joined thrice", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		_, token, err := d.Invite("Ann", d.email(), rights.Agent)
		assert.NilError(t, err)
		return thrice(func() error {
			_, err := d.store.Join(t.Context(), password.Origin{}, token, "correct horse")
			return err
		}), nil
	}, 1, "not_found"},

	{"one password, changed thrice", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		return thrice(func() error {
			_, err := d.by(d.lea).ChangePassword(password.Origin{}, "correct horse", "battery staple", "")
			return err
		}), nil
	}, 1, "current"},

	{"a session of a password that is changed", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		lea, err := d.store.SignIn(t.Context(), password.Origin{}, d.lea.Email, "correct horse")
		assert.NilError(t, err)
		_, err = d.by(d.lea).ChangePassword(password.Origin{}, "correct horse", "battery staple", "")
		assert.NilError(t, err)
		start := func() error {
			_, err := d.store.StartSession(t.Context(), lea, "", "")
			return err
		}
		return []func() error{start}, nil
	}, 0, "wrong_sign_in"},

	{"one key, rotated thrice", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		k, _, err := d.CreateKey(KeyDraft{Name: "till", Read: true})
		assert.NilError(t, err)
		return thrice(func() error {
				_, _, err := d.by(d.lea).RotateKey(k.ID, 0)
				return err
			}), func(t *testing.T) {
				keys, err := d.Keys()
				assert.NilError(t, err)
				keys = slices.DeleteFunc(keys, func(k *APIKey) bool { return !k.Live(d.clock.Now()) })
				assert.Check(t, is.Len(keys, 1), "keys that live")
			}
	}, 1, "key_revoked"},

	{"a personal key, made thrice", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		session := d.session(t)
		return thrice(func() error {
				_, _, err := d.by(d.lea).CreateOwnKey(session)
				return err
			}), func(t *testing.T) {
				keys, err := d.Keys()
				assert.NilError(t, err)
				keys = slices.DeleteFunc(keys, func(k *APIKey) bool { return !k.Live(d.clock.Now()) })
				assert.Check(t, is.Len(keys, 1), "personal keys that live")
			}
	}, 3, ""},

	{"a personal key, of a session that ends", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		session := d.session(t)
		var key string
		return []func() error{func() error { return d.by(d.lea).EndSession(session) }, func() (err error) {
				_, key, err = d.by(d.lea).CreateOwnKey(session)
				if problem.KindOf(err) == problem.SignedOut {
					err = nil // the session ended first
				}
				return err
			}}, func(t *testing.T) {
				_, err := d.store.KeyBySecret(t.Context(), key)
				assert.Check(t, is.Equal(problem.KindOf(err), problem.SignedOut), "it outlives the session: %v", err)
				keys, err := d.Keys()
				assert.NilError(t, err)
				assert.Check(t, !slices.ContainsFunc(keys, func(k *APIKey) bool { return k.Live(d.clock.Now()) }), "a key lives")
			}
	}, 2, ""},

	{"a key of an admin who is demoted", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		max := d.joined(t, rights.Admin)
		agent, none := rights.Agent, ID("")
		return []func() error{func() error {
				_, _, err := d.by(max).CreateKey(KeyDraft{Name: "late", Read: true})
				if problem.KindOf(err) == problem.Forbidden {
					err = nil // demoted first
				}
				return err
			}, func() error {
				_, err := d.by(d.lea).UpdateMember(max.ID, MemberChange{Role: &agent, HandTo: &none})
				return err
			}}, func(t *testing.T) {
				keys, err := d.Keys()
				assert.NilError(t, err)
				assert.Check(t, !slices.ContainsFunc(keys, func(k *APIKey) bool { return k.Live(d.clock.Now()) }), "a key lives on")
			}
	}, 2, ""},

	{"a key, handed to somebody who is removed", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		max := d.joined(t, rights.Admin)
		k, _, err := d.CreateKey(KeyDraft{Name: "till", Read: true})
		assert.NilError(t, err)
		return []func() error{func() error {
				_, err := d.by(d.lea).UpdateKey(k.ID, KeyChange{MemberID: &max.ID})
				if problem.KindOf(err) == problem.Invalid {
					err = nil // removed first
				}
				return err
			}, func() error {
				_, err := d.by(d.lea).UpdateMember(max.ID, MemberChange{Removed: new(true)})
				return err
			}}, func(t *testing.T) {
				k, err := d.Key(k.ID)
				assert.NilError(t, err)
				assert.Check(t, !k.Live(d.clock.Now()) || k.MemberID == d.lea.ID, "it is answered for by somebody who is gone")
			}
	}, 2, ""},

	{"one secret, rotated twice", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		w, first, err := d.CreateWebhook(WebhookChange{URL: new("https://x.example/"), Events: &[]string{"message.created"}})
		assert.NilError(t, err)
		rotate := func() error {
			_, _, err := d.by(d.lea).RotateSecret(w.ID)
			return err
		}
		return []func() error{rotate, rotate}, func(t *testing.T) {
			now, err := d.Webhook(w.ID)
			assert.NilError(t, err)
			old, err := d.store.UnsealText(now.OldSecret, string(w.ID))
			assert.NilError(t, err)
			assert.Check(t, old != first, "the secret between the two never signed")
		}
	}, 2, ""},

	{"the last api channels", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		first, err := d.channelOfKind(ChannelAPI)
		assert.NilError(t, err)
		second := d.channel(t, ChannelAPI)
		drop := func(c *Channel) func() error { return func() error { return d.by(d.lea).DeleteChannel(c.ID) } }
		return []func() error{drop(first), drop(second)}, nil
	}, 1, "last_api_channel"},

	{"one number for three channels", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		return thrice(func() error {
			_, err := d.by(d.lea).CreateChannel(ChannelDraft{Kind: ChannelWhatsApp, Name: "w",
				Config: channeltype.Settings{"phoneNumberId": "107", "accessToken": "t", "appSecret": "s", "verifyToken": "v"}})
			return err
		}), nil
	}, 1, "config.phoneNumberId, channel_exists"},

	{"tags merged both ways", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		a, b := d.tag(t, "a"), d.tag(t, "b")
		merge := func(id, from ID) func() error {
			return func() error {
				_, err := d.by(d.lea).MergeTags(id, from)
				return err
			}
		}
		return []func() error{merge(a, b), merge(b, a)}, nil
	}, 1, "not_found, from"},

	{"contacts merged both ways", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		a, b := d.contact(t, ContactChange{Name: new("A")}), d.contact(t, ContactChange{Name: new("B")})
		merge := func(id, from ID) func() error {
			return func() error {
				_, err := d.by(d.lea).MergeContacts(id, from)
				return err
			}
		}
		return []func() error{merge(a.ID, b.ID), merge(b.ID, a.ID)}, nil
	}, 1, "not_found, from"},

	versioned("a contact", func(t *testing.T, d *desk) (string, func(string, string) error) {
		c := d.contact(t, ContactChange{Name: new("A")})
		return c.Version(), func(name, version string) error {
			_, err := d.by(d.lea).UpdateContact(c.ID, ContactChange{Name: &name, Version: version})
			return err
		}
	}),
	versioned("a tag", func(t *testing.T, d *desk) (string, func(string, string) error) {
		c, err := d.Tag(d.tag(t, "a"))
		assert.NilError(t, err)
		return c.Version(), func(name, version string) error {
			_, err := d.by(d.lea).UpdateTag(c.ID, TagChange{Name: &name, Version: version})
			return err
		}
	}),
	versioned("a category", func(t *testing.T, d *desk) (string, func(string, string) error) {
		c, err := d.CreateCategory(CategoryChange{Name: new("a")})
		assert.NilError(t, err)
		return c.Version(), func(name, version string) error {
			_, err := d.by(d.lea).UpdateCategory(c.ID, CategoryChange{Name: &name, Version: version})
			return err
		}
	}),
	versioned("an attribute", func(t *testing.T, d *desk) (string, func(string, string) error) {
		c, err := d.CreateAttribute(AttributeChange{Name: new("a"), Subject: new(AttributeOfTicket)})
		assert.NilError(t, err)
		return c.Version(), func(name, version string) error {
			_, err := d.by(d.lea).UpdateAttribute(c.ID, AttributeChange{Name: &name, Version: version})
			return err
		}
	}),
	versioned("a channel", func(t *testing.T, d *desk) (string, func(string, string) error) {
		c := d.channel(t, ChannelAPI)
		return c.Version(), func(name, version string) error {
			_, err := d.by(d.lea).UpdateChannel(c.ID, ChannelChange{Name: &name, Version: version})
			return err
		}
	}),
	versioned("a webhook", func(t *testing.T, d *desk) (string, func(string, string) error) {
		c, _, err := d.CreateWebhook(WebhookChange{URL: new("https://x.example/"), Events: &[]string{"message.created"}})
		assert.NilError(t, err)
		return c.Version(), func(name, version string) error {
			_, err := d.by(d.lea).UpdateWebhook(c.ID, WebhookChange{URL: new("https://x.example/" + name), Version: version})
			return err
		}
	}),

	crowded("tags", mostTags, func(d *desk, i int) any {
		name := fmt.Sprint("tag ", i)
		return &Tag{ID: NewID(noon), Name: name, Folded: name, CreatedAt: noon, UpdatedAt: noon}
	}, func(s *Scope, name string) error { _, err := s.CreateTag(TagChange{Name: &name}); return err }),
	crowded("categories", mostCategories, func(d *desk, i int) any {
		name := fmt.Sprint("category ", i)
		return &Category{ID: NewID(noon), Name: name, Folded: name, CreatedAt: noon, UpdatedAt: noon}
	}, func(s *Scope, name string) error {
		_, err := s.CreateCategory(CategoryChange{Name: &name})
		return err
	}),
	crowded("attributes", mostAttributes, func(d *desk, i int) any {
		name := fmt.Sprint("attribute ", i)
		return &Attribute{ID: NewID(noon), Subject: AttributeOfTicket, Kind: TextAttribute, Name: name, Folded: name, Choices: Words{}, CreatedAt: noon, UpdatedAt: noon}
	}, func(s *Scope, name string) error {
		_, err := s.CreateAttribute(AttributeChange{Name: &name, Subject: new(AttributeOfTicket)})
		return err
	}),
	crowded("views", mostViews, func(d *desk, i int) any {
		return &SavedView{ID: NewID(noon), MemberID: d.lea.ID, Name: "v", Query: "q=a", CreatedAt: noon}
	}, func(s *Scope, name string) error { _, err := s.SaveView(name, "q=a", false); return err }),
	crowded("keys", mostKeys, func(d *desk, i int) any {
		return &APIKey{ID: NewID(noon), Name: "k", Hash: string(NewID(noon)), CanRead: true, Role: rights.Owner, CapCalls: 1, CapSeconds: 1, CreatedAt: noon, UpdatedAt: noon}
	}, func(s *Scope, name string) error {
		_, _, err := s.CreateKey(KeyDraft{Name: name, Read: true})
		return err
	}),
	crowded("webhooks", mostWebhooks, func(d *desk, i int) any {
		return &Webhook{ID: NewID(noon), URL: "https://x.example/", CreatedAt: noon, UpdatedAt: noon}
	}, func(s *Scope, name string) error {
		_, _, err := s.CreateWebhook(WebhookChange{URL: new("https://x.example/"), Events: &[]string{"message.created"}})
		return err
	}),
	crowded("members", mostMembers-1, func(d *desk, i int) any { // the owner is there
		return &Member{ID: NewID(noon), Name: "m", Email: d.email(), Role: rights.Agent, CreatedAt: noon, UpdatedAt: noon}
	}, func(s *Scope, name string) error {
		_, _, err := s.Invite(name, string(NewID(noon))+"@desk.example", rights.Agent)
		return err
	}),
	crowded("channels", mostChannels-1, func(d *desk, i int) any { // an api channel is there
		return &Channel{ID: NewID(noon), Kind: ChannelAPI, Name: "c", Status: Connected, Config: "{}", CreatedAt: noon, UpdatedAt: noon}
	}, func(s *Scope, name string) error {
		_, err := s.CreateChannel(ChannelDraft{Kind: ChannelAPI, Name: name})
		return err
	}),
}

// versioned has three who read the same state change it: one does, the others are told.
func versioned(what string, open func(t *testing.T, d *desk) (version string, change func(name, version string) error)) contest {
	return contest{"changes of " + what + " by its version", func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		version, change := open(t, d)
		var tries []func() error
		for i := range 3 {
			tries = append(tries, func() error { return change(fmt.Sprint("name-", i), version) })
		}
		return tries, nil
	}, 1, "changed_meanwhile"}
}

// crowded leaves room for one more, and has three make one.
func crowded(what string, most int, row func(d *desk, i int) any, create func(s *Scope, name string) error) contest {
	return contest{"room for one of the " + what, func(t *testing.T, d *desk) ([]func() error, func(*testing.T)) {
		assert.NilError(t, d.change(func(tx *Tx) error {
			return tx.WithoutEvent("a crowd", func(db *gorm.DB) error {
				for i := range most - 1 {
					if err := db.Create(row(d, i)).Error; err != nil {
						return err
					}
				}
				return nil
			})
		}))
		var tries []func() error
		for i := range 3 {
			tries = append(tries, func() error { return create(d.by(d.lea), fmt.Sprint("new ", i)) })
		}
		return tries, nil
	}, 1, "too_many"}
}

func (d *desk) oneOwner(t *testing.T) {
	t.Helper()
	var owners int64
	assert.NilError(t, d.rows.DB.Model(&Member{}).Where("role = ? AND removed_at IS NULL", rights.Owner).Count(&owners).Error)
	assert.Check(t, is.Equal(owners, int64(1)), "owners left")
}
