package models

import (
	"context"
	"errors"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/store"
)

// The fence and the guard are attacked from inside the package, where nothing
// but they stands between a careless statement and another team's rows.

func eachStore(t *testing.T, test func(t *testing.T, s *Store, acme, globex *Scope, ada, bob *Contact)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s, _ := openStore(t, engine, nil)
			found := func(name, email, phone string) (*Scope, *Contact) {
				w, m, err := s.Found(t.Context(), Founder{Workspace: name, Name: name, Email: email, Password: "correct horse"})
				if err != nil {
					t.Fatal(err)
				}
				scope := s.As(t.Context(), w.ID, m.Actor())
				c, err := scope.CreateContact(ContactChange{Name: &name, Phone: &phone})
				if err != nil {
					t.Fatal(err)
				}
				return scope, c
			}
			acme, ada := found("Acme", "lea@acme.example", "+33612345678")
			globex, bob := found("Globex", "gus@globex.example", "+33612345679")
			test(t, s, acme, globex, ada, bob)
		})
	}
}

func TestFenceHoldsReads(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store, acme, globex *Scope, ada, bob *Contact) {
		reads := map[string]func(db *gorm.DB) (int, error){
			"find": func(db *gorm.DB) (int, error) { var r []Contact; e := db.Find(&r).Error; return len(r), e },
			"by id": func(db *gorm.DB) (int, error) {
				var r []Contact
				e := db.Find(&r, "id = ?", string(bob.ID)).Error
				return len(r) + 1, e
			},
			"or": func(db *gorm.DB) (int, error) {
				var r []Contact
				e := db.Where("1 = 0").Or("1 = 1").Find(&r).Error
				return len(r), e
			},
			"count": func(db *gorm.DB) (int, error) {
				var n int64
				e := db.Model(&Contact{}).Count(&n).Error
				return int(n), e
			},
			"pluck": func(db *gorm.DB) (int, error) {
				var r []string
				e := db.Model(&Contact{}).Pluck("id", &r).Error
				return len(r), e
			},
			"not": func(db *gorm.DB) (int, error) {
				var r []Contact
				e := db.Not("1 = 0").Or("1 = 1").Find(&r).Error
				return len(r), e
			},
			"subquery": func(db *gorm.DB) (int, error) {
				var r []Contact
				e := db.Where("id IN (?)", db.Model(&Contact{}).Select("id")).Find(&r).Error
				return len(r), e
			},
		}
		for name, read := range reads {
			n, err := read(acme.rows.DB)
			assert.Check(t, err)
			assert.Check(t, is.Equal(n, 1), "%s saw %d rows, %v; want 1", name, n, err)
			if _, err := read(s.db.Scope(t.Context(), "").DB); !errors.Is(err, store.ErrNoWorkspace) {
				t.Errorf("%s without a workspace: %v", name, err)
			}
		}
		if err := acme.rows.QueryEach("SELECT id FROM contacts WHERE 1 = ?", nil, func(store.Scan) error { return nil }); !errors.Is(err, store.ErrNoWorkspace) {
			t.Errorf("raw SQL without the workspace: %v", err)
		}
	})
}

func TestFenceAndGuardHoldWrites(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store, acme, globex *Scope, ada, bob *Contact) {
		inside := func(fn func(tx *Tx) error) error { return acme.change(fn) }
		refused := map[string]func() error{
			"create outside a change": func() error { return acme.rows.DB.Create(&Note{ID: NewID(s.Now()), ContactID: ada.ID}).Error },
			"update outside a change": func() error { return acme.rows.DB.Model(&Contact{}).Where("1 = 1").Update("name", "x").Error },
			"delete outside a change": func() error { return acme.rows.DB.Where("1 = 1").Delete(&Contact{}).Error },
			"silent update": func() error {
				return inside(func(tx *Tx) error { return tx.DB.Model(&Contact{}).Where("1 = 1").Update("name", "x").Error })
			},
			"silent insert": func() error {
				return inside(func(tx *Tx) error { return tx.DB.Create(&Note{ID: NewID(s.Now()), ContactID: ada.ID}).Error })
			},
			"silent removal": func() error {
				return inside(func(tx *Tx) error { return tx.DB.Where("1 = 1").Delete(&Contact{}).Error })
			},
			"update of no row in particular": func() error {
				return inside(func(tx *Tx) error {
					return tx.Update(&Contact{}, map[string]any{"name": "x"}, &Event{Kind: ContactUpdated})
				})
			},
			"removal of no row in particular": func() error {
				return inside(func(tx *Tx) error { return tx.Remove(&Contact{}, &Event{Kind: ContactDeleted}) })
			},
			"update of many rows by one event": func() error {
				return inside(func(tx *Tx) error {
					return tx.Update(&[]*Contact{ada}, map[string]any{"name": "x"}, &Event{Kind: ContactUpdated})
				})
			},
			"insert without its event": func() error {
				return inside(func(tx *Tx) error { return tx.Insert(&Note{ID: NewID(s.Now()), ContactID: ada.ID}, nil) })
			},
			"a note on a foreign contact that is told": func() error {
				return inside(func(tx *Tx) error {
					return tx.Insert(&Note{ID: NewID(s.Now()), ContactID: bob.ID}, &Event{Kind: NoteCreated})
				})
			},
			"save of a foreign row": func() error {
				return inside(func(tx *Tx) error {
					return tx.WithoutEvent("attack", func(db *gorm.DB) error { return db.Save(bob).Error })
				})
			},
			"upsert": func() error {
				return inside(func(tx *Tx) error {
					return tx.WithoutEvent("attack", func(db *gorm.DB) error {
						return db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&Note{ID: NewID(s.Now()), ContactID: ada.ID}).Error
					})
				})
			},
			"moving a row": func() error {
				return inside(func(tx *Tx) error {
					return tx.WithoutEvent("attack", func(db *gorm.DB) error {
						return db.Model(ada).Updates(map[string]any{"workspace_id": globex.rows.Workspace}).Error
					})
				})
			},
			"a note on a foreign contact": func() error {
				return inside(func(tx *Tx) error {
					return tx.WithoutEvent("attack", func(db *gorm.DB) error { return db.Create(&Note{ID: NewID(s.Now()), ContactID: bob.ID}).Error })
				})
			},
		}
		for name, attack := range refused {
			if err := attack(); err == nil {
				t.Errorf("%s was allowed", name)
			}
		}
		// These run, and reach nobody else's rows.
		err := inside(func(tx *Tx) error {
			return tx.WithoutEvent("attack", func(db *gorm.DB) error {
				return errors.Join(
					db.Model(&Contact{}).Where("1 = 1").Update("name", "taken").Error,
					db.Model(&Contact{}).Where("1 = 0").Or("id = ?", string(bob.ID)).Update("name", "taken").Error,
					db.Where("contact_id = ?", string(bob.ID)).Delete(&Identity{}).Error,
					tx.Update(&Contact{ID: bob.ID}, map[string]any{"name": "taken"}, &Event{Kind: ContactUpdated, SubjectID: bob.ID}),
					tx.Remove(&Contact{ID: bob.ID}, &Event{Kind: ContactDeleted, SubjectID: bob.ID}),
				)
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		c, err := globex.Contact(bob.ID)
		if assert.Check(t, err) {
			assert.Check(t, is.Equal(c.Name, "Globex"), "Globex's contact is %v, %v", c, err)
		}
		c, err = acme.Contact(ada.ID)
		if assert.Check(t, err) {
			assert.Check(t, is.Equal(c.Name, "taken"), "Acme's contact is %v, %v", c, err)
		}
		owner, err := globex.owner(ByPhone, bob.Phone)
		if assert.Check(t, err) {
			assert.Check(t, is.Equal(owner, bob.ID), "Globex's identity is %q, %v", owner, err)
		}
	})
}

// TestAChangeSeesWhatWaitsForItsCommit reads a row that was only queued, by every road.
func TestAChangeSeesWhatWaitsForItsCommit(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store, acme, globex *Scope, ada, bob *Contact) {
		err := acme.change(func(tx *Tx) error {
			note := &Note{ID: NewID(s.Now()), ContactID: ada.ID, CreatedAt: s.Now()}
			if err := tx.Insert(note, &Event{Kind: NoteCreated, SubjectID: note.ID}); err != nil {
				return err
			}
			n, err := tx.QueryInt("SELECT count(*) FROM notes WHERE workspace_id = ? AND id = ?", string(note.ID))
			assert.Check(t, err)
			assert.Check(t, is.Equal(n, int64(1)), "counted %d, %v", n, err)
			if err := tx.WithoutEvent("test", func(db *gorm.DB) error {
				return db.Model(note).Updates(map[string]any{"body": "changed"}).Error
			}); err != nil {
				return err
			}
			var read Note
			err = tx.Find(&read, "note", note.ID)
			assert.Check(t, err)
			assert.Check(t, is.Equal(read.Body, "changed"), "read %q, %v", read.Body, err)
			if err := tx.WithoutEvent("test", func(db *gorm.DB) error { return db.Delete(note).Error }); err != nil {
				return err
			}
			return tx.Update(ada, map[string]any{"name": "after"}, &Event{Kind: ContactUpdated, SubjectID: ada.ID})
		})
		if err != nil {
			t.Fatal(err)
		}
		left, err := acme.rows.QueryInt("SELECT count(*) FROM notes WHERE workspace_id = ? AND contact_id = ?", string(ada.ID))
		assert.Check(t, err)
		assert.Check(t, is.Equal(left, int64(0)))
	})
}

func TestChangeIsAllOrNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store, acme, globex *Scope, ada, bob *Contact) {
		before, _ := acme.newestPlace()
		broken := errors.New("broken")
		err := acme.change(func(tx *Tx) error {
			if _, err := tx.CreateContact(ContactChange{Name: new("Eve")}); err != nil {
				return err
			}
			return broken
		})
		assert.Assert(t, is.ErrorIs(err, broken))
		after, err := acme.newestPlace()
		assert.NilError(t, err)
		assert.Check(t, is.Equal(after, before), "an event of a change rolled back is left")
		var counted int64
		assert.Check(t, acme.rows.Batch(Total(Count{What: "contact"}, &counted)))
		there, err := acme.rows.QueryInt("SELECT count(*) FROM contacts WHERE workspace_id = ?")
		assert.Check(t, err)
		assert.Check(t, counted == 1 && there == 1, "%d contacts, total %d", there, counted)
		if assert.Check(t, acme.rows.DB.Exec("SELECT 1").Error) {
			assert.Check(t, s.Ready(context.Background()))
		}
	})
}
