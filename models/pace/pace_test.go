package pace

import (
	"testing"
	"time"
)

func TestTheWaitsBetweenTries(t *testing.T) {
	t.Parallel()
	want := []string{"5s", "30s", "2m0s", "10m0s", "30m0s", "2h0m0s", "5h0m0s", "10h0m0s", "24h0m0s"}
	if len(Waits) != len(want) {
		t.Fatalf("there are %d waits, want %d", len(Waits), len(want))
	}
	for i, w := range Waits {
		if w.String() != want[i] {
			t.Errorf("the wait after try %d = %s, want %s", i+1, w, want[i])
		}
		least, most := w, w
		for range 2000 {
			j := Spread(w)
			if j < w-w/10 || j > w+w/10 {
				t.Fatalf("the wait of %s became %s, more than a tenth away", w, j)
			}
			least, most = min(least, j), max(most, j)
		}
		if least > w-w/20 || most < w+w/20 {
			t.Errorf("2000 waits of %s lie between %s and %s: they are not spread", w, least, most)
		}
	}
}

func TestThePausesOfASender(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failures int
		want     time.Duration
	}{
		{0, time.Second}, {1, time.Second}, {2, 2 * time.Second}, {5, 16 * time.Second}, {9, 256 * time.Second},
		{10, 5 * time.Minute}, {100, 5 * time.Minute}, {1 << 30, 5 * time.Minute},
	} {
		for range 200 {
			if got := Backoff(c.failures); got < c.want-c.want/10 || got > c.want+c.want/10 {
				t.Fatalf("the pause after failure %d = %s, want %s or a tenth more or less", c.failures, got, c.want)
			}
		}
	}
}
