package store

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

func TestSQLiteDialectSpeaksSQLite(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "m.db"), Migrations: fstest.MapFS{
		"sqlite/00001_none.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, row := range []struct {
		name, want string
		build      func(db *gorm.DB) *gorm.DB
	}{
		{"limit", "SELECT * FROM `t` LIMIT 5", func(db *gorm.DB) *gorm.DB { return db.Limit(5) }},
		{"offset", "SELECT * FROM `t` LIMIT -1 OFFSET 3", func(db *gorm.DB) *gorm.DB { return db.Offset(3) }},
		{"limit and offset", "SELECT * FROM `t` LIMIT 5 OFFSET 3", func(db *gorm.DB) *gorm.DB { return db.Limit(5).Offset(3) }},
		{"lock", "SELECT * FROM `t`", func(db *gorm.DB) *gorm.DB {
			return db.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"})
		}},
		{"value", "SELECT * FROM `t` WHERE `t`.`a` = ?", func(db *gorm.DB) *gorm.DB {
			return db.Where(clause.Eq{Column: clause.Column{Table: "t", Name: "a"}, Value: 1})
		}},
		{"quoted already", "SELECT * FROM `t` ORDER BY `t`.`a`", func(db *gorm.DB) *gorm.DB {
			return db.Order(clause.OrderByColumn{Column: clause.Column{Name: "`t`.`a`"}})
		}},
		{"quote in a name", "SELECT * FROM `t` ORDER BY `a``; DROP TABLE t`", func(db *gorm.DB) *gorm.DB {
			return db.Order(clause.OrderByColumn{Column: clause.Column{Name: "a`; DROP TABLE t"}})
		}},
	} {
		var found []map[string]any
		got := row.build(s.db.Session(&gorm.Session{DryRun: true}).Table("t")).Find(&found).Statement.SQL.String()
		if strings.TrimSpace(got) != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
