// Package browser tests the pages in a real Chromium. Nothing else is in it.
package browser

import (
	"os"
	"testing"
	"time"

	"mauve/models/modelstest"
)

// patience ends what hangs; no machine is so slow.
const patience = 5 * time.Minute

func TestMain(m *testing.M) {
	code := m.Run()
	closeChromium()
	modelstest.Stop()
	os.Exit(code)
}
