package models_test

import (
	"database/sql"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mauve/models/modelstest"
	"mauve/models/testpostgres"
)

// Where the engines' schemas differ on purpose, and why.
var (
	oneEngineOnly = map[string]string{
		"cluster":                                                     "PostgreSQL's own: which cluster the transaction ids are of",
		"contact_search":                                              "SQLite's full text; PostgreSQL has an index, contacts_search",
		"contact_search_config":                                       "part of contact_search",
		"contact_search_data":                                         "part of contact_search",
		"contact_search_docsize":                                      "part of contact_search",
		"contact_search_idx":                                          "part of contact_search",
		"contacts index contacts_search (search)":                     "PostgreSQL's full text; SQLite has contact_search",
		"events foreign key (workspace_id)":                           "SQLite checks it cheaply; on PostgreSQL it made concurrent changes of a workspace meet (0006)",
		"key_calls foreign key (workspace_id, api_key_id)":            "likewise: every call of a key met at its row (0006)",
		"ticket_search":                                               "SQLite's full text; PostgreSQL has an index, tickets_search",
		"ticket_search_config":                                        "part of ticket_search",
		"ticket_search_data":                                          "part of ticket_search",
		"ticket_search_docsize":                                       "part of ticket_search",
		"ticket_search_idx":                                           "part of ticket_search",
		"tickets index tickets_search (search)":                       "PostgreSQL's full text; SQLite has ticket_search",
		"attachments index attachments_by_id (id)":                    "a key on SQLite (28)",
		"channel_links index channel_links_by_channel (channel_id)":   "a key on SQLite (28)",
		"channel_queues index channel_queues_by_channel (channel_id)": "a key on SQLite (28)",
		"contacts index contacts_by_id (id)":                          "a key on SQLite (28)",
		"conversations index conversations_by_id (id)":                "a key on SQLite (28)",
		"deliveries index deliveries_by_id (id)":                      "a key on SQLite (28)",
		"envelopes index envelopes_by_id (id)":                        "a key on SQLite (28)",
		"events index events_by_id (id)":                              "a key on SQLite (28)",
		"media_fetches index media_fetches_by_message (message_id)":   "a key on SQLite (28)",
		"messages index messages_by_id (id)":                          "a key on SQLite (28)",
		"goose_db_version":                                            "goose's own",
		"sqlite_sequence":                                             "SQLite's own",
	}
	differentDefault = map[string]string{
		"events.txid": "PostgreSQL orders events by transaction; SQLite has one writer",
	}
	sameType = map[string]string{
		"text": "text", "TEXT": "text", "boolean": "boolean", "integer": "number", "INTEGER": "number", "bigint": "number",
		"datetime": "time", "timestamp with time zone": "time", "timestamptz": "time", "blob": "bytes", "BLOB": "bytes", "bytea": "bytes",
		"real": "fraction", "double precision": "fraction",
	}
)

// schema is what there is, as sentences by name, the same for both engines.
type schema struct {
	t     *testing.T
	db    *sql.DB
	parts map[string]map[string]string // by table, by part
}

// TestTheEnginesHaveOneSchema migrates both and compares what they made.
func TestTheEnginesHaveOneSchema(t *testing.T) {
	t.Parallel()
	lite, post := schemaOf(t, "sqlite"), schemaOf(t, "postgres")
	if len(lite.parts) < 10 {
		t.Fatal("the schema was not read")
	}
	for table, parts := range lite.parts {
		compare(t, table, parts, post.parts[table], "SQLite")
	}
	for table, parts := range post.parts {
		compare(t, table, parts, lite.parts[table], "PostgreSQL")
	}
}

func compare(t *testing.T, table string, parts, others map[string]string, engine string) {
	t.Helper()
	if oneEngineOnly[table] != "" {
		return
	}
	if others == nil {
		t.Errorf("only %s has a table %s", engine, table)
		return
	}
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		if other, ok := others[part]; oneEngineOnly[table+" "+part] == "" && (!ok || other != parts[part]) {
			t.Errorf("%s: %s of %s is %q, the other's %q", engine, part, table, parts[part], other)
		}
	}
}

func schemaOf(t *testing.T, engine string) *schema {
	t.Helper()
	w := modelstest.New(t, engine)
	s := &schema{t: t, db: beside(t, w), parts: map[string]map[string]string{}}
	if engine == "sqlite" {
		s.readSQLite()
	} else {
		s.readPostgres()
	}
	return s
}

func (s *schema) say(table, part, what string, args ...any) {
	if s.parts[table] == nil {
		s.parts[table] = map[string]string{}
	}
	s.parts[table][part] = fmt.Sprintf(what, args...)
}

func (s *schema) column(table, name, kind, fallback string, required bool) {
	known, ok := sameType[kind]
	if !ok && oneEngineOnly[table] == "" {
		s.t.Errorf("%s.%s is of type %q, which the list of types does not have", table, name, kind)
	}
	if differentDefault[table+"."+name] != "" {
		fallback = "of its own"
	}
	s.say(table, "column "+name, "%s, required %t, else %s", known, required, fallback)
}

// each runs a query and passes on its rows as texts.
func (s *schema) each(query string, fn func(v []string), args ...any) {
	s.t.Helper()
	rows, err := s.db.QueryContext(s.t.Context(), query, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		s.t.Fatal(err)
	}
	for rows.Next() {
		cells, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			s.t.Fatal(err)
		}
		v := make([]string, len(cells))
		for i, c := range cells {
			v[i] = c.String
		}
		fn(v)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *schema) readSQLite() {
	s.each(`SELECT m.name, c.name, c.type, coalesce(c.dflt_value, ''), c."notnull" = 1 OR c.pk > 0 AND c.type = 'INTEGER'
		FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`, func(v []string) {
		s.column(v[0], v[1], v[2], v[3], v[4] == "1")
	})
	// An INTEGER PRIMARY KEY is the row's number and has no index of its own.
	s.each(`SELECT m.name, group_concat(c.name, ', ' ORDER BY c.pk) FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.pk > 0 GROUP BY m.name`, func(v []string) {
		if rowNumber := v[1] == "n" || v[1] == "seq"; !rowNumber || !s.divides(v[0]) {
			s.primaryKey(v[0], v[1])
		}
	})
	s.each(`SELECT m.name, i."unique", coalesce(x.sql, ''), (SELECT group_concat(name, ', ' ORDER BY seqno) FROM pragma_index_info(i.name)), i.name
		FROM sqlite_master m, pragma_index_list(m.name) i LEFT JOIN sqlite_master x ON x.name = i.name
		WHERE m.type = 'table' AND i.origin <> 'pk'`, func(v []string) {
		_, where, _ := strings.Cut(v[2], " WHERE ")
		s.index(v[0], v[3], v[1] == "1", where, v[4], "sqlite_autoindex")
	})
	s.each(`SELECT m.name, f."table", group_concat(f."from", ', ' ORDER BY f.seq), group_concat(f."to", ', ' ORDER BY f.seq), f.on_delete
		FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id, f."table"`, func(v []string) {
		s.say(v[0], "foreign key ("+v[2]+")", "%s (%s) %s", v[1], v[3], v[4])
	})
	check := regexp.MustCompile(`CHECK \(((?:[^()]|\([^()]*\))*)\)`)
	s.each("SELECT name, sql FROM sqlite_master WHERE type = 'table'", func(v []string) {
		for _, m := range check.FindAllStringSubmatch(v[1], -1) {
			s.say(v[0], "check "+same(m[1]), "there")
		}
	})
}

func (s *schema) readPostgres() {
	s.each(`SELECT table_name, column_name, data_type, CASE WHEN is_identity = 'YES' THEN '' ELSE coalesce(replace(column_default, '::text', ''), '') END, is_nullable = 'NO'
		FROM information_schema.columns WHERE table_schema = 'public' AND NOT (SELECT relispartition FROM pg_class WHERE oid = format('public.%I', table_name)::regclass)`, func(v []string) {
		s.column(v[0], v[1], v[2], v[3], v[4] == "true")
	})
	s.each(`SELECT t.relname, array_to_string(array(SELECT a.attname FROM unnest(i.indkey) WITH ORDINALITY k (n, at)
			JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.n ORDER BY k.at), ', '), i.indisunique, i.indisprimary,
			coalesce(pg_get_expr(i.indpred, t.oid), ''), x.relname, coalesce((SELECT 'constraint' FROM pg_constraint c WHERE c.conindid = x.oid AND c.contype = 'u'), '')
		FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
		WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition`, func(v []string) {
		if v[3] == "true" {
			s.primaryKey(v[0], v[1])
			return
		}
		name := v[5]
		if v[6] != "" {
			name = "constraint"
		}
		s.index(v[0], v[1], v[2] == "true", v[4], name, "constraint")
	})
	names := `array_to_string(array(SELECT a.attname FROM unnest(c.%s) WITH ORDINALITY k (n, at)
		JOIN pg_attribute a ON a.attrelid = c.%s AND a.attnum = k.n ORDER BY k.at), ', ')`
	s.each(`SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, `+fmt.Sprintf(names, "conkey", "conrelid")+`, `+fmt.Sprintf(names, "confkey", "confrelid")+`,
		CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'r' THEN 'RESTRICT' ELSE 'SET DEFAULT' END
		FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.contype = 'f' AND c.conparentid = 0 AND NOT t.relispartition`, func(v []string) {
		s.say(v[0], "foreign key ("+v[2]+")", "%s (%s) %s", v[1], v[3], v[4])
	})
	s.each("SELECT c.conrelid::regclass::text, pg_get_expr(c.conbin, c.conrelid) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.contype = 'c' AND c.connamespace = 'public'::regnamespace AND NOT t.relispartition", func(v []string) {
		s.say(v[0], "check "+same(v[1]), "there")
	})
}

// divides reports whether the table can be divided by workspace: its keys begin with it, which SQLite's need not say.
func (s *schema) divides(table string) bool {
	return s.parts[table]["column workspace_id"] != "" && !slices.Contains(testpostgres.Whole, table)
}

func (s *schema) primaryKey(table, columns string) {
	if s.divides(table) {
		s.key(table, columns)
		return
	}
	s.say(table, "primary key", "%s", columns)
}

// key is a unique key of a table that can be divided, primary or not.
func (s *schema) key(table, columns string) {
	s.say(table, "key ("+begun(columns)+")", "there")
}

// begun is the columns of a key with the workspace first.
func begun(columns string) string {
	if strings.HasPrefix(columns, "workspace_id") {
		return columns
	}
	return "workspace_id, " + columns
}

// index is known by its columns; one that was given a name has it on both engines.
func (s *schema) index(table, columns string, unique bool, where, name, unnamed string) {
	if unique && s.divides(table) {
		if where == "" {
			s.key(table, columns)
			return
		}
		columns = begun(columns)
	}
	if strings.HasPrefix(name, unnamed) {
		name = ""
	}
	part := strings.TrimSpace("index "+name) + " (" + columns + ")"
	if where != "" {
		part += " where " + same(where)
	}
	s.say(table, part, "unique %t", unique)
}

var (
	anyOf = regexp.MustCompile(`= ANY \(ARRAY\[(.*?)\]\)`)
	noise = regexp.MustCompile(`::\w+|[()"\s]`)
)

// same spells a condition the same for both engines.
func same(condition string) string {
	return strings.ToLower(noise.ReplaceAllString(anyOf.ReplaceAllString(condition, "IN ($1)"), ""))
}
