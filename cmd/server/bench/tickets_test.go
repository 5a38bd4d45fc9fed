package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/password"
	"mauve/models/rights"
	"mauve/models/search"
	"mauve/models/seed"
	"mauve/models/wire"
)

// BenchmarkTickets measures the list of tickets under three filters, the update
// of one and of a hundred, and the board, at a thousand tickets and at ROWS, beside the same statements
// prepared and scanned by hand in a bare handler. The three take turns of a
// second each, so that a busy machine is busy for all of them.
func BenchmarkTickets(b *testing.B) {
	rows := 100_000
	if n, err := strconv.Atoi(os.Getenv("ROWS")); err == nil {
		rows = n
	}
	for _, engine := range modelstest.Engines {
		b.Run(engine, func(b *testing.B) { measureTickets(b, engine, rows) })
	}
}

func measureTickets(b *testing.B, engine string, rows int) {
	small, large := openTicketDesk(b, engine, 1000), openTicketDesk(b, engine, rows)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients * 3}}
	hand := large.byHand()
	fmt.Printf("\n%s, %d tickets, %d clients\n", engine, rows, clients)
	for _, m := range []struct{ name, method, path, hand, body string }{
		{"GET /tickets?status=open", "GET", "/tickets?status=open", "/status", ""},
		{"GET /tickets?assigneeId=…&status=waiting", "GET", "/tickets?assigneeId={owner}&status=waiting", "/assignee", ""},
		{"GET /tickets?tagId=…", "GET", "/tickets?tagId={tag}", "/tag", ""},
		{"PATCH /tickets/{id}", "PATCH", "/tickets/{id}", "/tickets/{id}", `{"priority":{n}}`},
	} {
		best := abreast(b, small.call(client, m.method, small.base+m.path, m.body), large.call(client, m.method, large.base+m.path, m.body),
			large.call(client, m.method, hand+m.hand, m.body))
		fmt.Printf("  %-42s %6.0f/s at 1000, %6.0f/s at %d: growth %.2f; by hand %6.0f/s: ratio %.2f\n", m.name, best[0], best[1], rows,
			best[0]/best[1], best[2], best[1]/best[2])
	}
	measureBoard(b, small, large)
	measureBulk(b, large)
}

// abreast lets each of them run for a second in turn, five times over, and returns the best rate of each.
func abreast(b *testing.B, all ...func() error) []float64 {
	b.Helper()
	best := make([]float64, len(all))
	for range 5 {
		for i, do := range all {
			best[i] = max(best[i], burst(b, do))
		}
	}
	return best
}

// burst calls do from several clients for a second and returns how often it was answered.
func burst(b *testing.B, do func() error) float64 {
	b.Helper()
	var n atomic.Int64
	var all sync.WaitGroup
	end := time.Now().Add(time.Second)
	for range clients {
		all.Go(func() {
			for time.Now().Before(end) {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return float64(n.Load())
}

// ticketDesk is a seeded store, the program over it, and a key.
type ticketDesk struct {
	b         *testing.B
	db        *sql.DB
	engine    string
	workspace string
	owner     string
	store     *models.Store
	scope     *models.Scope
	site      string
	base, key string
	tag       string
	ids       []string
}

func openTicketDesk(b *testing.B, engine string, rows int) *ticketDesk {
	b.Helper()
	address := modelstest.Address(b, engine)
	store := modelstest.Open(b, models.Options{URL: address, MaxConns: 16, PublicURL: "http://desk.example"})
	w, owner, err := store.Found(b.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
	if err != nil {
		b.Fatal(err)
	}
	scope := store.As(b.Context(), w.ID, owner.Actor())
	for _, name := range []string{"max", "ann"} {
		_, token, err := scope.Invite(name, name+"@acme.example", rights.Agent)
		if err == nil {
			_, err = store.Join(b.Context(), password.Origin{}, token, modelstest.Password)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := seed.Sow(b.Context(), store, w.ID, seed.Plan{Contacts: max(rows/10, 1), Tickets: rows, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	d := &ticketDesk{b: b, store: store, scope: scope, db: direct(b, address), engine: engine, workspace: string(w.ID), owner: string(owner.ID)}
	if engine == "postgres" { // as autovacuum would; nothing does on SQLite
		if _, err := d.db.ExecContext(b.Context(), "ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
	if _, d.key, err = scope.CreateKey(models.KeyDraft{Name: "bench", Read: true, Write: true, CapCalls: 100_000, CapSeconds: 1}); err != nil {
		b.Fatal(err)
	}
	tags, err := scope.Tags(false)
	if err != nil {
		b.Fatal(err)
	}
	d.tag = string(tags[0].ID)
	page, err := search.Tickets(scope, search.TicketFilter{}, models.Page{Size: 100})
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range page.Items {
		d.ids = append(d.ids, string(t.ID))
	}
	d.site = listen(b, assemble(b, store))
	d.base = d.site + "/api/v2/public"
	return d
}

func (d *ticketDesk) call(client *http.Client, method, url, body string) func() error {
	return func() error {
		// Each update changes something: the priority goes round.
		at := strings.NewReplacer("{id}", d.ids[rand.IntN(len(d.ids))], "{owner}", d.owner, "{tag}", d.tag).Replace(url)
		r, err := http.NewRequestWithContext(d.b.Context(), method, at, strings.NewReader(strings.ReplaceAll(body, "{n}", strconv.Itoa(1+rand.IntN(3)))))
		if err != nil {
			return err
		}
		r.Header.Set("X-API-Key", d.key)
		r.Header.Set("Content-Type", "application/json")
		res, err := client.Do(r)
		if err != nil {
			return err
		}
		return drained(res)
	}
}

// drained reads an answer to its end; one that is not a success is an error.
func drained(res *http.Response) error {
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode > 299 {
		err = fmt.Errorf("%s %s: %d %s", res.Request.Method, res.Request.URL, res.StatusCode, text)
	}
	return err
}

const handSelect = `SELECT t.id, t.number, t.subject, t.status, t.priority, coalesce(t.category_id, ''), coalesce(k.name, ''), coalesce(t.assignee_id, ''), coalesce(m.name, ''),
	coalesce(t.contact_id, ''), coalesce(p.name, ''), coalesce(p.phone, ''), coalesce(p.email, ''), t.tags, t.reopened_count, t.created_at, t.updated_at FROM `

const handJoins = ` LEFT JOIN categories k ON k.workspace_id = t.workspace_id AND k.id = t.category_id
	LEFT JOIN members m ON m.workspace_id = t.workspace_id AND m.id = t.assignee_id
	LEFT JOIN contacts p ON p.workspace_id = t.workspace_id AND p.id = t.contact_id WHERE `

// byHand serves the same lists and update as one would write them for speed:
// prepared, scanned by hand, the same JSON; no key, no cap, no log, no total.
func (d *ticketDesk) byHand() string {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	list := func(path, from, condition string, args ...any) {
		statement := d.prepare(handSelect + from + handJoins + condition)
		args = append([]any{d.workspace}, args...)
		app.Get(path, func(c *fiber.Ctx) error {
			data, err := handTickets(c.UserContext(), statement, args)
			if err != nil {
				return err
			}
			return c.JSON(fiber.Map{"data": data})
		})
	}
	const newest = " ORDER BY t.created_at DESC, t.id DESC LIMIT 25"
	list("/status", "tickets t", "t.workspace_id = $1 AND t.status = $2"+newest, "open")
	list("/assignee", "tickets t", "t.workspace_id = $1 AND t.assignee_id = $2 AND t.status = $3"+newest, d.owner, "waiting")
	list("/tag", "ticket_tags g JOIN tickets t ON t.workspace_id = g.workspace_id AND t.id = g.ticket_id",
		"g.workspace_id = $1 AND g.tag_id = $2 ORDER BY g.created_at DESC, g.ticket_id DESC LIMIT 25", d.tag)
	update := d.prepare("UPDATE tickets SET priority = $1, updated_at = $2 WHERE workspace_id = $3 AND id = $4")
	tell := d.prepare(`INSERT INTO events (id, workspace_id, kind, actor_kind, actor_name, subject_id, data, changes, created_at)
		VALUES ($1, $2, 'ticket.updated', 'api_key', 'bench', $3, '{}', '{"priority":{"From":"1","To":"2"}}', $4)`)
	turn := make(chan struct{}, 1) // SQLite has one writer; waiting fairly for it is what the program does too
	app.Patch("/tickets/:id", func(c *fiber.Ctx) error {
		var in struct{ Priority int }
		if err := json.Unmarshal(c.Body(), &in); err != nil {
			return err
		}
		if d.engine == "sqlite" {
			turn <- struct{}{}
			defer func() { <-turn }()
		}
		now := time.Now().UTC()
		tx, err := d.db.BeginTx(c.UserContext(), nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err = tx.Stmt(update).Exec(in.Priority, now, d.workspace, c.Params("id")); err != nil {
			return err
		}
		if _, err = tx.Stmt(tell).Exec(string(models.NewID(now)), d.workspace, c.Params("id"), now); err != nil {
			return err
		}
		return tx.Commit()
	})
	return listen(d.b, app)
}

func (d *ticketDesk) prepare(query string) *sql.Stmt {
	d.b.Helper()
	if d.engine == "sqlite" {
		query = strings.ReplaceAll(query, "$", "?")
	}
	statement, err := d.db.PrepareContext(d.b.Context(), query)
	if err != nil {
		d.b.Fatal(err)
	}
	d.b.Cleanup(func() { statement.Close() })
	return statement
}

func handTickets(ctx context.Context, statement *sql.Stmt, args []any) ([]wire.Ticket, error) {
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	data := make([]wire.Ticket, 0, 25)
	for rows.Next() {
		var t wire.Ticket
		var category, assignee wire.Named
		var contact wire.ContactBrief
		var phone, email, tags string
		var created, updated time.Time
		if err := rows.Scan(&t.ID, &t.Number, &t.Subject, &t.Status, &t.Priority, &category.ID, &category.Name, &assignee.ID, &assignee.Name,
			&contact.ID, &contact.Name, &phone, &email, &tags, &t.ReopenedCount, &created, &updated); err != nil {
			return nil, err
		}
		var ids []string
		if err := json.Unmarshal([]byte(tags), &ids); err != nil {
			return nil, err
		}
		for _, id := range ids {
			t.Tags = append(t.Tags, wire.Named{ID: id})
		}
		contact.Phone, contact.Email = &phone, &email
		t.Category, t.Assignee, t.Contact = &category, &wire.Person{ID: assignee.ID, Name: assignee.Name}, &contact
		t.CreatedAt, t.UpdatedAt = wire.Stamp(created), wire.Stamp(updated)
		data = append(data, t)
	}
	return data, rows.Err()
}
