package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	_ "github.com/jackc/pgx/v5/stdlib"
	"gotest.tools/v3/assert"

	"mauve/cmd/server"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/search"
	"mauve/models/seed"
	"mauve/models/wire"
)

// BenchmarkDesk measures, in one run and side by side, the API against the same
// statement by pgbench, against a handler written by hand without key, cap or
// log, and against a bare JSON answer. ROWS says how many conversations.
func BenchmarkDesk(b *testing.B) {
	rows := 100_000
	if n, err := strconv.Atoi(os.Getenv("ROWS")); err == nil {
		rows = n
	}
	for _, engine := range modelstest.Engines {
		b.Run(engine, func(b *testing.B) { compare(b, engine, rows) })
	}
}

// figures are what a round of load came to.
type figures struct {
	rate float64
	p99  time.Duration
}

const (
	roundTime = 2 * time.Second
	clients   = 8
)

// contender is one of what is measured: each gets several short rounds, in turn
// with the others, so that a busy machine slows all alike; the best round counts.
type contender struct {
	name  string
	round func() figures
	best  figures
}

const rounds = 4

func race(contenders []*contender) {
	for range rounds {
		for _, c := range contenders {
			if f := c.round(); f.rate > c.best.rate {
				c.best = f
			}
		}
	}
}

// load makes a round of calling do from several clients.
func load(b *testing.B, do func() error) func() figures {
	return func() figures {
		var mu sync.Mutex
		var took []time.Duration
		var all sync.WaitGroup
		end := time.Now().Add(roundTime)
		for range clients {
			all.Go(func() {
				var mine []time.Duration
				for time.Now().Before(end) {
					began := time.Now()
					if err := do(); err != nil {
						b.Error(err)
						return
					}
					mine = append(mine, time.Since(began))
				}
				mu.Lock()
				took = append(took, mine...)
				mu.Unlock()
			})
		}
		all.Wait()
		if len(took) == 0 {
			b.FailNow()
		}
		slices.Sort(took)
		return figures{float64(len(took)) / roundTime.Seconds(), took[len(took)*99/100]}
	}
}

func compare(b *testing.B, engine string, rows int) {
	address := modelstest.Address(b, engine)
	store := modelstest.Open(b, models.Options{URL: address, MaxConns: 16, PublicURL: "http://desk.example"})
	w, owner, err := store.Found(b.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
	if err != nil {
		b.Fatal(err)
	}
	scope := store.As(b.Context(), w.ID, owner.Actor())
	if err := seed.Sow(b.Context(), store, w.ID, seed.Plan{Contacts: max(rows/2, 1), Conversations: rows, Messages: rows * 5, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	db := direct(b, address)
	if engine == "postgres" { // as autovacuum would; nothing does on SQLite
		if _, err := db.ExecContext(b.Context(), "ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
	_, key, err := scope.CreateKey(models.KeyDraft{Name: "bench", Read: true, Write: true, CapCalls: 100_000, CapSeconds: 1})
	if err != nil {
		b.Fatal(err)
	}
	app := assemble(b, store)
	base := listen(b, app) + "/api/v2/public"

	var talks []string
	page, err := search.Conversations(scope, search.ConversationFilter{}, models.Page{Size: 100})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range page.Items {
		talks = append(talks, c.ID.With(models.PrefixConversation))
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients * 2}}
	call := func(method, url, body string) func() error {
		return func() error {
			at := strings.ReplaceAll(url, "{id}", talks[rand.IntN(len(talks))])
			r, err := http.NewRequestWithContext(b.Context(), method, at, strings.NewReader(body))
			if err != nil {
				return err
			}
			r.Header.Set("X-API-Key", key)
			r.Header.Set("Content-Type", "application/json")
			res, err := client.Do(r)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				return err
			}
			if res.StatusCode > 299 {
				return fmt.Errorf("%s %s: %d", method, at, res.StatusCode)
			}
			return nil
		}
	}
	far := min(1000, rows/25)
	hand := byHand(b, db, engine, string(w.ID))
	bare := &contender{name: "bare JSON of 25 rows", round: load(b, call("GET", hand+"/bare", ""))}
	byHand := &contender{name: "list by hand, page 1", round: load(b, call("GET", hand+"/conversations", ""))}
	first := &contender{name: "GET /conversations, page 1", round: load(b, call("GET", base+"/conversations", ""))}
	deep := &contender{name: fmt.Sprintf("GET /conversations, page %d", far), round: load(b, call("GET", fmt.Sprintf("%s/conversations?page=%d", base, far), ""))}
	thread := &contender{name: "GET /conversations/{id}/messages", round: load(b, call("GET", base+"/conversations/{id}/messages", ""))}
	race([]*contender{bare, byHand, first, deep, thread})
	post := &contender{name: "POST /conversations/{id}/messages", round: load(b, call("POST", base+"/conversations/{id}/messages", `{"body":"Bonjour, je voudrais un devis"}`))}
	write := &contender{name: "the same INSERT and UPDATE by hand", round: writeByHand(b, db, string(w.ID), talks)}
	if engine == "postgres" {
		write = &contender{name: "the same INSERT and UPDATE, pgbench", round: pgbench(b, address, string(w.ID), talks)}
	}
	race([]*contender{post, write})
	fmt.Printf("\n%s, %d conversations, %d clients, the best of %d rounds\n", engine, rows, clients, rounds)
	for _, c := range []*contender{bare, byHand, first, deep, thread, post, write} {
		fmt.Printf("  %-36s %9.0f/s   p99 %8s   %5.2f of by hand   %5.2f of bare\n", c.name, c.best.rate, c.best.p99.Round(10*time.Microsecond),
			c.best.rate/byHand.best.rate, c.best.rate/bare.best.rate)
	}
	fmt.Printf("  page %d is %.2f times slower than page 1; POST is %.2f of the same by hand\n", far, first.best.rate/deep.best.rate, post.best.rate/write.best.rate)
}

// writeByHand writes to SQLite what pgbench writes to PostgreSQL: two prepared
// statements in a transaction of one connection, which the clients share.
func writeByHand(b *testing.B, db *sql.DB, workspace string, talks []string) func() figures {
	var turn sync.Mutex
	var steps []*sql.Stmt
	do := func() error {
		turn.Lock()
		defer turn.Unlock()
		talk, now := strings.TrimPrefix(talks[rand.IntN(len(talks))], models.PrefixConversation), time.Now().UTC()
		for i, args := range [][]any{nil, {string(models.NewID(now)), now, workspace, talk}, {now, now, now, workspace, talk}, nil} {
			if _, err := steps[i].ExecContext(b.Context(), args...); err != nil {
				return err
			}
		}
		return nil
	}
	return func() figures {
		if steps == nil {
			steps = prepare(b, db, "BEGIN IMMEDIATE", `INSERT INTO messages (id, workspace_id, conversation_id, channel_id, channel_kind,
				direction, kind, body, status, author_kind, author_id, author_name, created_at)
				SELECT ?, workspace_id, id, channel_id, channel_kind, 'outbound', 'message', 'Bonjour, je voudrais un devis', 'queued', 'api_key', '', 'bench', ?
				FROM conversations WHERE workspace_id = ? AND id = ?`,
				`UPDATE conversations SET last_body = 'Bonjour, je voudrais un devis', last_direction = 'outbound', last_at = ?, last_activity_at = ?,
				updated_at = ? WHERE workspace_id = ? AND id = ?`, "COMMIT")
		}
		return load(b, do)()
	}
}

// prepare prepares statements on one connection.
func prepare(b *testing.B, db *sql.DB, queries ...string) []*sql.Stmt {
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	all := make([]*sql.Stmt, len(queries))
	for i, q := range queries {
		if all[i], err = conn.PrepareContext(b.Context(), q); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { all[i].Close() })
	}
	return all
}

// assemble puts the program together on the store: nothing listens, and no worker works.
func assemble(b *testing.B, store *models.Store) *fiber.App {
	b.Helper()
	s, err := server.New(b.Context(), server.Config{Store: store, PublicURL: "http://desk.example"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s.App()
}

func listen(b *testing.B, app *fiber.App) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = app.Listener(l) }()
	b.Cleanup(func() { _ = app.ShutdownWithTimeout(time.Second) })
	return "http://" + l.Addr().String()
}

// direct opens the store without the program: pgx, or the SQLite driver alone.
func direct(b *testing.B, address string) *sql.DB {
	b.Helper()
	driver := "pgx"
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_time_format=sqlite&_timezone=UTC"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	b.Cleanup(func() { db.Close() })
	return db
}

// byHand is a handler as one would write it for speed: the statement prepared,
// scanned by hand, the same JSON; no key, no cap, no log, no total.
func byHand(b *testing.B, db *sql.DB, engine, workspace string) string {
	b.Helper()
	query := `SELECT c.id, c.contact_id, c.channel_id, c.channel_kind, c.status, c.assignee_id, c.labels, c.unread_count, c.last_body,
		c.last_direction, c.last_at, c.created_at, c.updated_at, p.name, p.phone, p.email, coalesce(m.name, '')
		FROM conversations c LEFT JOIN contacts p ON p.workspace_id = c.workspace_id AND p.id = c.contact_id
		LEFT JOIN members m ON m.workspace_id = c.workspace_id AND m.id = c.assignee_id
		WHERE c.workspace_id = $1 ORDER BY c.last_activity_at DESC, c.id DESC LIMIT 25`
	if engine == "sqlite" {
		query = strings.Replace(query, "$1", "?", 1)
	}
	statement, err := db.PrepareContext(b.Context(), query)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { statement.Close() })
	answer := func(ctx context.Context) (any, error) {
		rows, err := statement.QueryContext(ctx, workspace)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		data := make([]wire.Conversation, 0, 25)
		for rows.Next() {
			var c wire.Conversation
			var assignee, assigneeName, labels, phone, email string
			var last wire.LastMessage
			var lastAt, created, updated time.Time
			if err := rows.Scan(&c.ID, &c.Contact.ID, &c.ChannelID, &c.Channel, &c.Status, &assignee, &labels, &c.UnreadCount, &last.Body,
				&last.Direction, &lastAt, &created, &updated, &c.Contact.Name, &phone, &email, &assigneeName); err != nil {
				return nil, err
			}
			if err := json.Unmarshal([]byte(labels), &c.Labels); err != nil {
				return nil, err
			}
			last.CreatedAt, c.CreatedAt, c.UpdatedAt = wire.Stamp(lastAt), wire.Stamp(created), wire.Stamp(updated)
			c.LastMessage, c.Contact.Phone, c.Contact.Email = &last, &phone, &email
			c.Assignee = &wire.Person{ID: "user_" + assignee, Name: assigneeName}
			data = append(data, c)
		}
		return fiber.Map{"data": data}, rows.Err()
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	still, err := answer(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	app.Get("/bare", func(c *fiber.Ctx) error { return c.JSON(still) })
	app.Get("/conversations", func(c *fiber.Ctx) error {
		body, err := answer(c.UserContext())
		if err != nil {
			return err
		}
		return c.JSON(body)
	})
	return listen(b, app)
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench writes a message as the API does, without its event: the insert, and the conversation's new head.
func pgbench(b *testing.B, address, workspace string, talks []string) func() figures {
	b.Helper()
	bare := make([]string, len(talks))
	for i, id := range talks {
		bare[i] = "'" + strings.TrimPrefix(id, models.PrefixConversation) + "'"
	}
	script := fmt.Sprintf(`\set n random(1, %d)
BEGIN;
INSERT INTO messages (id, workspace_id, conversation_id, channel_id, channel_kind, direction, kind, body, status, author_kind, author_id, author_name, created_at)
SELECT substr(md5(random()::text), 1, 24), workspace_id, id, channel_id, channel_kind, 'outbound', 'message', 'Bonjour, je voudrais un devis', 'queued', 'api_key', '', 'bench', now()
FROM conversations WHERE workspace_id = '%s' AND id = (ARRAY[%s])[:n];
UPDATE conversations SET last_body = 'Bonjour, je voudrais un devis', last_direction = 'outbound', last_at = now(), last_activity_at = now(), updated_at = now()
WHERE workspace_id = '%s' AND id = (ARRAY[%s])[:n];
COMMIT;
`, len(bare), workspace, strings.Join(bare, ","), workspace, strings.Join(bare, ","))
	file := filepath.Join(b.TempDir(), "insert.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		b.Fatal(err)
	}
	binary := "pgbench"
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench"); len(found) > 0 {
		binary = found[len(found)-1]
	}
	return func() figures {
		seconds := strconv.Itoa(int(roundTime.Seconds()))
		out, err := exec.Command(binary, "-n", "-M", "prepared", "-c", strconv.Itoa(clients), "-T", seconds, "-f", file, address).CombinedOutput()
		found := tps.FindSubmatch(out)
		assert.NilError(b, err, "pgbench: %s", out)
		assert.Assert(b, found != nil, "pgbench tells no rate: %s", out)
		rate, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			b.Fatal(err)
		}
		return figures{rate: rate}
	}
}
