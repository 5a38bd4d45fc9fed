package bench

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/search"
)

// measureBoard measures the board at both sizes: what is read for it, beside one
// statement prepared and scanned by hand, and the page itself.
func measureBoard(b *testing.B, small, large *ticketDesk) {
	b.Helper()
	for _, d := range []*ticketDesk{small, large} { // the updates before left steps, which a worker adds up every ten seconds
		if err := d.store.CompactCounts(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	here, there := small.signIn(), large.signIn()
	for _, by := range []string{"status", "assignee"} {
		hand := large.boardByHand(by)
		best := abreast(b, small.board(by), large.board(by), func() error { _, err := handTickets(b.Context(), hand, nil); return err })
		fmt.Printf("  %-42s %6.0f/s at 1000, %6.0f/s: growth %.2f; by hand %6.0f/s: ratio %.2f\n", "the board by "+by+", read",
			best[0], best[1], best[0]/best[1], best[2], best[1]/best[2])
		path := "/tickets/board?fragment=1&by=" + by
		best = abreast(b, small.page(here, path), large.page(there, path))
		fmt.Printf("  %-42s %6.0f/s at 1000, %6.0f/s: growth %.2f\n", "GET /tickets/board?by="+by, best[0], best[1], best[0]/best[1])
	}
}

// board reads what the page shows, its totals too.
func (d *ticketDesk) board(by string) func() error {
	read := search.BoardByStatus
	if by == "assignee" {
		read = search.BoardByAssignee
	}
	return func() error {
		columns, err := read(d.scope, 25)
		if err == nil && len(columns[0].Tickets) != 25 {
			err = fmt.Errorf("the first column shows %d tickets", len(columns[0].Tickets))
		}
		return err
	}
}

// boardByHand is one statement for all cards, without the columns' totals.
func (d *ticketDesk) boardByHand(by string) *sql.Stmt {
	d.b.Helper()
	var conditions []string
	for _, status := range models.TicketStatuses {
		conditions = append(conditions, "t.status = '"+string(status)+"'")
	}
	if by == "assignee" {
		conditions = []string{"t.assignee_id IS NULL AND t.status <> 'resolved'"}
		members, err := d.scope.Members()
		if err != nil {
			d.b.Fatal(err)
		}
		for _, m := range members {
			conditions = append(conditions, "t.assignee_id = '"+string(m.ID)+"' AND t.status <> 'resolved'")
		}
	}
	columns := make([]string, len(conditions))
	for i, condition := range conditions {
		columns[i] = "SELECT * FROM (" + handSelect + "tickets t" + handJoins + "t.workspace_id = '" + d.workspace + "' AND " + condition +
			" ORDER BY t.created_at DESC, t.id DESC LIMIT 25) c" + strconv.Itoa(i)
	}
	return d.prepare(strings.Join(columns, " UNION ALL "))
}

// signIn returns a browser of the owner's.
func (d *ticketDesk) signIn() *http.Client {
	d.b.Helper()
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: clients * 2},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(d.site+"/sign-in", url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}})
	if err != nil {
		d.b.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 303 {
		d.b.Fatal("sign-in: ", res.Status)
	}
	return client
}

func (d *ticketDesk) page(client *http.Client, path string) func() error {
	return func() error {
		res, err := client.Get(d.site + path)
		if err != nil {
			return err
		}
		return drained(res)
	}
}

// measureBulk measures changes of 100 tickets at once, beside the same by hand:
// one UPDATE of them all, and an INSERT of all their events.
func measureBulk(b *testing.B, d *ticketDesk) {
	b.Helper()
	sets := d.hundreds()
	ours := func() error {
		set := <-sets
		defer func() { sets <- set }()
		set.priority = 1 + set.priority%3
		n, _, err := d.scope.UpdateTickets(set.ids, models.TicketChange{Priority: &set.priority})
		if err == nil && n != len(set.ids) {
			err = fmt.Errorf("%d of %d tickets changed", n, len(set.ids))
		}
		return err
	}
	best := abreast(b, ours, d.bulkByHand(sets))
	fmt.Printf("  %-42s %6.1f/s; by hand %6.1f/s: ratio %.2f\n", "one change of 100 tickets", best[0], best[1], best[0]/best[1])
}

// hundred are tickets that are changed together, all of one priority.
type hundred struct {
	ids      []models.ID
	priority int
}

// hundreds are as many sets as there are clients, so that none waits for another's.
func (d *ticketDesk) hundreds() chan *hundred {
	d.b.Helper()
	sets := make(chan *hundred, clients)
	page := models.Page{Size: 100}
	for range clients {
		list, err := search.Tickets(d.scope, search.TicketFilter{}, page)
		if err != nil {
			d.b.Fatal(err)
		}
		set := &hundred{}
		for _, t := range list.Items {
			set.ids = append(set.ids, t.ID)
		}
		for _, set.priority = range []int{1, 2, 3} { // whatever they had, now it is one
			if _, _, err = d.scope.UpdateTickets(set.ids, models.TicketChange{Priority: &set.priority}); err != nil {
				d.b.Fatal(err)
			}
		}
		page.Cursor = list.Next
		sets <- set
	}
	return sets
}

func (d *ticketDesk) bulkByHand(sets chan *hundred) func() error {
	d.b.Helper()
	marks := func(n, from int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = "$" + strconv.Itoa(from+i)
		}
		return strings.Join(all, ", ")
	}
	var rows []string
	for i := range 100 {
		rows = append(rows, "("+marks(5, 1+5*i)+", 'ticket.updated', 'member', 'Lea', '{\"priority\":{\"From\":\"1\",\"To\":\"2\"}}')")
	}
	update := d.prepare("UPDATE tickets SET priority = $1, updated_at = $2 WHERE workspace_id = $3 AND id IN (" + marks(100, 4) + ")")
	tell := d.prepare("INSERT INTO events (id, workspace_id, subject_id, data, created_at, kind, actor_kind, actor_name, changes) VALUES " + strings.Join(rows, ", "))
	turn := make(chan struct{}, 1) // SQLite has one writer
	return func() error {
		set := <-sets
		defer func() { sets <- set }()
		set.priority = 1 + set.priority%3
		if d.engine == "sqlite" {
			turn <- struct{}{}
			defer func() { <-turn }()
		}
		tx, err := d.db.BeginTx(d.b.Context(), nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		now := time.Now().UTC()
		change := []any{set.priority, now, d.workspace}
		var events []any
		for _, id := range set.ids {
			data, err := json.Marshal(map[string]any{"id": id, "priority": set.priority})
			if err != nil {
				return err
			}
			change = append(change, string(id))
			events = append(events, string(models.NewID(now)), d.workspace, string(id), string(data), now)
		}
		if _, err = tx.Stmt(update).Exec(change...); err != nil {
			return err
		}
		if _, err = tx.Stmt(tell).Exec(events...); err != nil {
			return err
		}
		return tx.Commit()
	}
}
