// Package browser tests the pages in a real Chromium. Nothing else is in it.
package browser

import (
	"flag"
	"testing"
	"time"

	"mauve/models/modelstest"
)

// patience ends what hangs; no machine is so slow.
const patience = 5 * time.Minute

func TestMain(m *testing.M) {
	// One Chromium draws them all with every core it gets: more pages at once wait longer and ask more often meanwhile.
	flag.Parse()
	if err := flag.Set("test.parallel", "2"); err != nil {
		panic(err)
	}
	modelstest.Run(m)
	closeChromium()
}
