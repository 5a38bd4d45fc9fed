// Package bench measures the whole program. Nothing else is in it.
package bench

import (
	"os"
	"testing"

	"mauve/models/modelstest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	modelstest.Stop()
	os.Exit(code)
}
