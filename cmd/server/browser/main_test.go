// Package browser tests the pages in a real Chromium. Nothing else is in it.
package browser

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
