package migrations

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"

	"mauve/models/reason"
)

// keptReasons are the columns that held a reason as an English sentence up to version 26, and by which a row is named. Where
// a column is JSON, fix finds the sentences in it. Early reports are not among them: they live for seven days.
var keptReasons = []struct {
	table, id, column string
	fix               func(parse func(string) string, v any)
}{
	{"channels", "id", "status_detail", nil},
	{"channels", "id", "facts", fixMember("note")},
	{"channel_links", "channel_id", "detail", nil},
	{"webhooks", "id", "disabled_reason", nil},
	{"deliveries", "id", "last_error", nil},
	{"attempts", "id", "error", nil},
	{"messages", "id", "error_detail", nil},
	{"messages", "id", "amendment", fixMember("Detail")},
	{"messages", "id", "content", fixContent},
	{"envelopes", "id", "outcomes", fixOutcomes},
}

func fixMember(name string) func(func(string) string, any) {
	return func(parse func(string) string, v any) {
		if object, ok := v.(map[string]any); ok {
			if text, ok := object[name].(string); ok {
				object[name] = parse(text)
			}
		}
	}
}

func fixContent(parse func(string) string, v any) {
	fixMember("problem")(parse, v)
	if object, ok := v.(map[string]any); ok {
		fixMember("problem")(parse, object["media"])
	}
}

func fixOutcomes(parse func(string) string, v any) {
	all, _ := v.([]any)
	for _, one := range all {
		fixMember("Because")(parse, one)
	}
}

// reasons turns the sentences that were kept in English into reasons. A row that an older version writes meanwhile
// says itself.
func reasons(postgres bool) *goose.Migration {
	return goose.NewGoMigration(27, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		parser := reason.NewParser()
		parse := func(text string) string { return parser.Parse(text).Kept() }
		for _, c := range keptReasons {
			fix := func(text string) (string, error) { return parse(text), nil }
			if c.fix != nil {
				fix = func(text string) (string, error) { return fixJSON(text, parse, c.fix) }
			}
			if err := rewrite(ctx, tx, postgres, c.table, c.id, c.column, fix); err != nil {
				return fmt.Errorf("the reasons in %s.%s: %w", c.table, c.column, err)
			}
		}
		return nil
	}}, nil)
}

func fixJSON(text string, parse func(string) string, fix func(func(string) string, any)) (string, error) {
	var v any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return text, nil // it was never readable
	}
	fix(parse, v)
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// rewrite puts each text of a column through change, some hundred rows at a time.
func rewrite(ctx context.Context, tx *sql.Tx, postgres bool, table, id, column string, change func(string) (string, error)) error {
	read := fmt.Sprintf("SELECT %s, %s FROM %s WHERE %s > ? AND %s <> '' ORDER BY %s LIMIT 500", id, column, table, id, column, id)
	write := fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s = ?", table, column, id)
	if postgres {
		read, write = strings.Replace(read, "?", "$1", 1), strings.Replace(strings.Replace(write, "?", "$1", 1), "?", "$2", 1)
	}
	for last := ""; ; {
		ids, texts, err := readTexts(tx.QueryContext(ctx, read, last))
		if err != nil || len(ids) == 0 {
			return err
		}
		for i, text := range texts {
			changed, err := change(text)
			if err == nil && changed != text {
				_, err = tx.ExecContext(ctx, write, changed, ids[i])
			}
			if err != nil {
				return err
			}
		}
		last = ids[len(ids)-1]
	}
}

func readTexts(rows *sql.Rows, err error) (ids, texts []string, _ error) {
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, nil, err
		}
		ids, texts = append(ids, id), append(texts, text)
	}
	return ids, texts, errors.Join(rows.Err(), rows.Close())
}
