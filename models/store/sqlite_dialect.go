package store

import (
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/migrator"
	"gorm.io/gorm/schema"
	sqlitedriver "modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// sqliteDialector teaches GORM the SQL of SQLite over modernc.org/sqlite. GORM's
// own dialect links a second SQLite in C that nobody opens; the ones without C
// let a statement run past its deadline or cost more. docs/dependencies.md has
// the figures.
type sqliteDialector struct{ dsn string }

// Name is how GORM calls the engine.
func (*sqliteDialector) Name() string { return "sqlite" }

// Initialize opens the pool and says which clauses a statement may have.
func (d *sqliteDialector) Initialize(db *gorm.DB) error {
	pool, err := sql.Open("sqlite", d.dsn)
	if err != nil {
		return err
	}
	db.ConnPool = pool
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{
		CreateClauses:        []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"},
		UpdateClauses:        []string{"UPDATE", "SET", "FROM", "WHERE", "RETURNING"},
		DeleteClauses:        []string{"DELETE", "FROM", "WHERE", "RETURNING"},
		LastInsertIDReversed: true, // of several rows, SQLite tells the last one's
	})
	db.ClauseBuilders["LIMIT"] = buildSQLiteLimit
	db.ClauseBuilders["FOR"] = func(clause.Clause, clause.Builder) {} // one writer: no row needs a lock
	return nil
}

// buildSQLiteLimit writes LIMIT and OFFSET. SQLite takes no OFFSET without a LIMIT; -1 is none.
func buildSQLiteLimit(c clause.Clause, b clause.Builder) {
	limit, ok := c.Expression.(clause.Limit)
	if !ok {
		return
	}
	most := -1
	if limit.Limit != nil && *limit.Limit >= 0 {
		most = *limit.Limit
	}
	if most >= 0 || limit.Offset > 0 {
		_, _ = b.WriteString("LIMIT " + strconv.Itoa(most))
	}
	if limit.Offset > 0 {
		_, _ = b.WriteString(" OFFSET " + strconv.Itoa(limit.Offset))
	}
}

// Migrator is GORM's for any engine. The schema is goose's; nothing here asks for it.
func (d *sqliteDialector) Migrator(db *gorm.DB) gorm.Migrator {
	return migrator.Migrator{Config: migrator.Config{DB: db, Dialector: d, CreateIndexAfterCreateTable: true}}
}

// DataTypeOf is the column type of a field.
func (*sqliteDialector) DataTypeOf(f *schema.Field) string {
	switch f.DataType {
	case schema.Bool:
		return "numeric"
	case schema.Int, schema.Uint:
		return "integer"
	case schema.Float:
		return "real"
	case schema.String:
		return "text"
	case schema.Time:
		return "datetime"
	case schema.Bytes:
		return "blob"
	}
	return string(f.DataType)
}

// DefaultValueOf stands in a row for a value that the engine makes: a row's own number,
// for which SQLite takes NULL. It has no word for other defaults and refuses this one.
func (*sqliteDialector) DefaultValueOf(f *schema.Field) clause.Expression {
	if f.AutoIncrement {
		return clause.Expr{SQL: "NULL"}
	}
	return clause.Expr{SQL: "DEFAULT"}
}

// BindVarTo writes a placeholder.
func (*sqliteDialector) BindVarTo(w clause.Writer, _ *gorm.Statement, _ any) { _ = w.WriteByte('?') }

// QuoteTo writes a name, each part between its dots quoted. In backticks: a name in double quotes
// that SQLite does not know becomes a text instead of an error.
func (*sqliteDialector) QuoteTo(w clause.Writer, name string) {
	for i, part := range strings.Split(name, ".") {
		if i > 0 {
			_ = w.WriteByte('.')
		}
		if inner, ok := strings.CutPrefix(part, "`"); ok {
			part = strings.TrimSuffix(inner, "`")
		}
		_, _ = w.WriteString("`" + strings.ReplaceAll(part, "`", "``") + "`")
	}
}

// Explain writes a statement with its values, to be read by people.
func (*sqliteDialector) Explain(query string, values ...any) string {
	return logger.ExplainSQL(query, nil, `'`, values...)
}

// Translate tells GORM which of the driver's errors are which.
func (*sqliteDialector) Translate(err error) error {
	if e, ok := errors.AsType[*sqlitedriver.Error](err); ok {
		switch e.Code() {
		case sqlitelib.SQLITE_CONSTRAINT_UNIQUE, sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY:
			return gorm.ErrDuplicatedKey
		case sqlitelib.SQLITE_CONSTRAINT_FOREIGNKEY:
			return gorm.ErrForeignKeyViolated
		}
	}
	return err
}
