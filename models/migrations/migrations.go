// Package migrations is the schema's history: numbered files for each engine, in
// the folders postgres and sqlite, and the steps that SQL cannot say, in Go. A
// step is never changed once it was released. models/store runs them.
package migrations

import (
	"embed"

	"github.com/pressly/goose/v3"
)

// Files are the folders postgres and sqlite, of goose's files.
//
//go:embed postgres sqlite
var Files embed.FS

// Steps are the migrations written in Go, for either engine.
func Steps(postgres bool) []*goose.Migration {
	return []*goose.Migration{reasons(postgres), keys(postgres)}
}
