package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// mayImport is the house's plan: which of our packages each may import. Arrows
// go cmd → handlers → web → models and nowhere else.
var mayImport = map[string][]string{
	"cmd/dev":   {},
	"cmd/house": {},
	"cmd/mauve": {"cmd/server", "models", "models/backup", "models/seed"},
	"cmd/server": {"channels", "channels/sandbox", "channels/whatsappcloud", "channels/whatsappweb", "handlers/api", "handlers/dashboard",
		"handlers/hooks", "handlers/mava", "handlers/maveraa", "jobs", "models", "models/blob", "models/password", "web", "web/fetch", "web/window"},
	"cmd/server/isolation":   {"cmd/server", "handlers/api", "models", "models/modelstest", "models/rights", "web"},
	"cmd/server/servertest":  {"channels/phonetest", "cmd/server", "models", "models/modelstest"},
	"cmd/testpostgres":       {"models/testpostgres"},
	"channels":               {"models", "models/channeltype", "models/reason"},
	"channels/sandbox":       {"channels", "channels/whatsappcloud", "models", "models/reason"},
	"channels/whatsappcloud": {"channels", "models", "models/reason", "models/wire"},
	"channels/whatsappweb":   {"channels", "models", "models/problem", "models/reason", "models/wire", "web/fetch"},
	"channels/channeltest":   {"channels", "models", "models/channeltype", "models/content", "models/modelstest", "web/webtest"},
	"channels/graphtest":     {},
	"channels/phonetest":     {"channels/whatsappweb"},
	"handlers/api":           {"models", "models/channeltype", "models/problem", "models/rights", "models/search", "models/wire", "web"},
	"handlers/dashboard":     {"models", "models/channeltype", "models/input", "models/placeholder", "models/problem", "models/reason", "models/rights", "models/search", "models/wire", "static", "templates", "templates/ui", "templates/words", "web"},
	"handlers/hooks":         {"channels", "models", "models/problem", "models/rights", "web"},
	"handlers/mava":          {"models", "models/problem", "models/rights", "models/search", "models/wire", "web"},
	"handlers/maveraa":       {"models", "models/phone", "models/problem", "models/rights", "models/search", "models/wire", "web"},
	"jobs":                   {"channels", "models", "models/problem", "models/reason", "web/fetch"},
	"models": {"models/apikey", "models/blob", "models/channeltype", "models/column", "models/content", "models/input", "models/media", "models/migrations", "models/pace", "models/password", "models/phone",
		"models/placeholder", "models/problem", "models/reason", "models/rights", "models/seal", "models/store", "models/wire"},
	"models/apikey":       {},
	"models/backup":       {"models", "models/input", "models/store"},
	"models/column":       {},
	"models/channeltype":  {"models/column", "models/content", "models/input", "models/media", "models/problem", "models/wire"},
	"models/pace":         {},
	"models/content":      {"models/column", "models/input", "models/media", "models/reason", "models/wire"},
	"models/rights":       {},
	"models/seal":         {},
	"models/search":       {"models", "models/channeltype", "models/input", "models/problem", "models/rights", "models/store", "models/wire"},
	"models/seed":         {"models", "models/problem"},
	"models/store":        {"models/problem"},
	"models/input":        {"models/phone", "models/problem"},
	"models/media":        {"models/input"},
	"models/migrations":   {"models/reason", "models/store"},
	"models/password":     {"models/problem"},
	"models/phone":        {"models/problem"},
	"models/placeholder":  {"models/input", "models/problem", "models/wire"},
	"models/problem":      {},
	"models/reason":       {},
	"models/blob":         {},
	"models/testpostgres": {},
	"models/modelstest":   {"models", "models/blob", "models/password", "models/rights", "models/testpostgres"},
	"models/wire":         {},
	"static":              {},
	"templates":           {"models", "models/channeltype", "models/reason", "models/rights", "static", "templates/ui", "templates/words"},
	"templates/ui":        {"static", "templates/words"},
	"templates/words":     {"models/reason"},
	"web":                 {"models", "models/content", "models/input", "models/password", "models/problem", "models/rights", "web/window"},
	"web/fetch":           {"models/reason"},
	"web/webtest":         {"models/modelstest", "web", "web/window"},
	"web/window":          {},
}

// never are libraries that do not leave their room.
var never = map[string][]string{
	"gorm.io/":                  {"models", "models/store"},
	"github.com/pressly/":       {"models/migrations", "models/store"},
	"github.com/gofiber/":       {"web", "web/webtest", "handlers/api", "handlers/dashboard", "handlers/hooks", "handlers/mava", "handlers/maveraa", "cmd/server", "cmd/server/isolation"},
	"github.com/danielgtaylor/": {"handlers/api"},
	"github.com/a-h/templ":      {"templates", "templates/ui", "handlers/dashboard"},
	"github.com/jackc/":         {"models/store", "models/testpostgres"},
	"github.com/minio/":         {"models/blob"},
	"modernc.org/":              {"models/store"},
	"go.mau.fi/":                {"channels/whatsappweb", "channels/phonetest"},
	"rsc.io/qr":                 {"templates/ui"},
}

func sources(t *testing.T, visit func(room, path string, src []byte)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		room, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(room), path, src)
		return nil
	})
	assert.NilError(t, err)
}

// mostOfModels is how many lines models may have: it grows by the desk's nouns and their rules alone. What is none of them
// stands below it, or above.
const mostOfModels = 13_000

// TestTheHouseIsAsPlanned holds what `make house` draws to the plan: each package, each arrow, and where libraries stay.
func TestTheHouseIsAsPlanned(t *testing.T) {
	t.Parallel()
	rooms, err := list()
	assert.NilError(t, err)
	drawn := map[string]bool{}
	for _, r := range rooms {
		if len(r.GoFiles) == 0 {
			continue // tests alone
		}
		drawn[r.name] = true
		plan, known := mayImport[r.name]
		assert.Check(t, known, "the house has no room %s; plan it first", r.name)
		for _, name := range r.arrows {
			assert.Check(t, slices.Contains(plan, name), "%s imports %s", r.name, name)
		}
		for _, name := range plan {
			assert.Check(t, slices.Contains(r.arrows, name), "%s may import %s, and does not", r.name, name)
		}
		for _, name := range r.Imports {
			for library, stays := range never {
				if strings.HasPrefix(name, library) {
					assert.Check(t, slices.Contains(stays, r.name), "%s imports %s, which stays in %v", r.name, name, stays)
				}
			}
		}
		assert.Check(t, r.name != "models" || r.lines < mostOfModels, "models has %d lines", r.lines)
	}
	for room := range mayImport {
		assert.Check(t, drawn[room], "the plan has a room %s, the house has none", room)
	}
}

// TestReadersStayBesideModels: with a store.Reader one makes statements, which are no matter of the surfaces.
func TestReadersStayBesideModels(t *testing.T) {
	t.Parallel()
	handed := regexp.MustCompile(`\.Reader\(`)
	found := 0
	sources(t, func(room, path string, src []byte) {
		if n := len(handed.FindAll(src, -1)); strings.HasPrefix(room+"/", "models/") {
			found += n
		} else {
			assert.Check(t, is.Equal(n, 0), "%s asks for a reader; let a package beside models read", path)
		}
	})
	assert.Check(t, found > 10, "%d places ask for a reader", found)
}

func TestRowsAreNotTheWire(t *testing.T) {
	t.Parallel()
	tags := regexp.MustCompile("`[^`]*json:\"")
	clock := regexp.MustCompile(`\btime\.(Now|Since|Until)\(`)
	raw := regexp.MustCompile(`\.(Raw|Exec|Table|ExecContext|QueryContext|QueryRowContext)\(`)
	// Who may hold raw SQL, and why: each binds the workspace itself or is a chore over all of them.
	rawAllowed := map[string]int{
		"store/scope.go":         1,  // of SQLite: Scope.bind refuses a statement whose first placeholder is not the workspace
		"store/notify.go":        2,  // LISTEN and NOTIFY: no row
		"store/pipeline.go":      6,  // the connection below GORM: statements that GORM built behind the fence, or queries that Scope.bind bound
		"store/sqlite_writer.go": 10, // SQLite's connections below GORM: likewise
		"store/migrate.go":       1,  // the schema's version
		"store/lend.go":          2,  // an advisory lock: no row
		"store/raw.go":           8,  // the whole store, row by row: for a backup, and into an empty one
		"idempotency.go":         1,  // an advisory lock: no row
		"count.go":               4,  // adding up running totals, grouped by workspace
		"migrations/reasons.go":  2,  // turning stored sentences into reasons: the whole store
		"migrations/keys.go":     8,  // replacing keys: catalogs, and statements over no row
		"event_order.go":         2,  // the events' order: the whole store
		"backup/hold.go":         1,  // of a restore: the whole store, of an older schema perhaps
		"workspace.go":           1,  // an advisory lock: no row
	}
	visited := map[string]bool{}
	sources(t, func(room, path string, src []byte) {
		if !slices.Contains([]string{"models", "models/column", "models/content", "models/store", "models/backup", "models/migrations", "models/search", "models/seed"}, room) {
			return
		}
		file := strings.TrimPrefix(path, "../../models/")
		visited[file] = true
		assert.Check(t, !tags.Match(src), "%s: rows carry no json tags; the wire is spelled in models/wire", path)
		assert.Check(t, !clock.Match(src), "%s reads the system's clock; take the store's", path)
		assert.Check(t, is.Equal(len(raw.FindAll(src, -1)), rawAllowed[file]), "raw statements in %s, and what the list says", path)
	})
	for file := range rawAllowed {
		assert.Check(t, visited[file], "the list names %s, which is not there", file)
	}
}
