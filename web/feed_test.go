package web

import (
	"bufio"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"mauve/models"
)

// TestASlowReaderIsSentAwayAlone lets one reader's room run out: it is cut off
// after what it has, and the others are told everything.
func TestASlowReaderIsSentAwayAlone(t *testing.T) {
	t.Parallel()
	h := newHub(nil, 1)
	f := &feed{workspace: "acme"}
	slow, quick := &stream{read: make(chan []line, 1)}, &stream{read: make(chan []line, 3)}
	h.feeds["acme"], h.streams["acme"] = f, map[*stream]bool{slow: true, quick: true}
	events := []*models.Event{{ID: "1", Seq: 1}, {ID: "2", Seq: 2}, {ID: "3", Seq: 3}}
	for i, e := range events {
		h.pass(f, e.Place(), spell(events[i:i+1]))
	}
	assert.Check(t, !h.streams["acme"][slow], "the wrong reader was sent away")
	assert.Check(t, h.streams["acme"][quick], "the wrong reader was sent away")
	h.pass(&feed{workspace: "acme"}, events[2].Place(), spell(events)) // of a feed that ended
	close(quick.read)
	for reader, want := range map[*stream]string{slow: "1", quick: "1 2 3"} {
		var told strings.Builder
		if err := reader.run(bufio.NewWriter(&told), false); err == nil {
			t.Error("a reader sent away goes on")
		}
		var ids []string
		for row := range strings.Lines(told.String()) {
			if id, ok := strings.CutPrefix(row, "id: "+models.PrefixEvent); ok {
				ids = append(ids, strings.TrimSpace(id))
			}
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
}
