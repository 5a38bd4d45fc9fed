package channeltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels"
	"mauve/models"
)

// garbage is what no vendor calls with, and what is left of a call that was torn or made up.
func (k Kind) garbage(t *testing.T) []string {
	t.Helper()
	all := []string{"", " ", "\x00", "{", "}", "[]", "{}", "null", "7", `"x"`, "true", "[[[", `{"a":null}`, `{"":{"":[]}}`, "\xff\xfe", "<xml/>", "a=b&c=d",
		strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 20_000), `{"n":` + strings.Repeat("9", 5_000) + `}`, `{"kind":7,"at":"x"}`}
	for _, body := range k.Bodies {
		for cut := 0; cut < len(body); cut += 1 + len(body)/60 {
			all = append(all, body[:cut], body[:cut]+"\x00"+body[cut:])
		}
		var tree any
		assert.NilError(t, json.Unmarshal([]byte(body), &tree), body)
		mutate(tree, func() {
			torn, err := json.Marshal(tree)
			assert.NilError(t, err)
			all = append(all, string(torn))
		})
	}
	return all
}

// mutate calls seen for each way in which one value of the tree is of another type than it should be.
func mutate(tree any, seen func()) {
	wrong := []any{nil, 7.5, -1e300, "", "x\x00y", strings.Repeat("w", 3000), true, []any{}, map[string]any{}, []any{nil, 7.0, []any{}}}
	switch at := tree.(type) {
	case map[string]any:
		for name, was := range at {
			for _, w := range wrong {
				at[name] = w
				seen()
			}
			delete(at, name)
			seen()
			at[name] = was
			mutate(was, seen)
		}
	case []any:
		for i, was := range at {
			for _, w := range wrong {
				at[i] = w
				seen()
			}
			at[i] = was
			mutate(was, seen)
		}
	}
}

// reads holds the adapter's reading: it never panics and never says nothing, says the same of the same, and is safe side by side.
func reads(t *testing.T, k Kind) {
	adapter := k.Direct(t).Adapter
	read := func(body string) (items []channels.Item) {
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("a panic over %.300q: %v", body, p)
			}
		}()
		return adapter.Read([]byte(body))
	}
	all := k.garbage(t)
	first := make([][]channels.Item, len(all))
	for i, body := range all {
		first[i] = read(body)
		assert.Check(t, len(first[i]) > 0, "nothing is said of %.300q", body)
		for _, item := range first[i] {
			if why := misshapen(item); why != "" {
				t.Errorf("an item %s, of %.300q", why, body)
			}
		}
	}
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for i, body := range all {
				if again := read(body); !reflect.DeepEqual(again, first[i]) {
					t.Errorf("read again, %.300q is %+v, and was %+v", body, again, first[i])
				}
			}
		})
	}
	work.Wait()
	for _, body := range k.Bodies {
		items := read(body)
		assert.Check(t, is.Len(items, 1), body)
		for _, item := range items {
			assert.Check(t, item.Ignored.None(), "a body of the vendor's is ignored: %s: %s", item.Ignored, body)
		}
	}
}

// misshapen says what of an item cannot be; empty: nothing.
func misshapen(i channels.Item) string {
	n := 0
	for _, is := range []bool{i.Message != nil, i.Status != nil, i.Template != nil, i.Group != nil, i.Recheck, !i.Ignored.None()} {
		if is {
			n++
		}
	}
	switch {
	case n != 1:
		return fmt.Sprintf("is %d things at once", n)
	case i.What == "":
		return "does not say what it is"
	case i.Message != nil && i.Message.Type == "":
		return "has no type of message"
	}
	return ""
}

// staysHere holds that nothing reaches the vendor when the program does not let it leave, also side by side.
func staysHere(t *testing.T, k Kind) {
	d := k.Direct(t)
	assert.Assert(t, d.Taken != nil || k.Kind.Capabilities().Rehearses, "nobody tells what reaches the vendor")
	took := func(n int) bool { return d.Taken == nil || d.Taken() == n }
	now := time.Now().UTC()
	message := func(n int) *models.Dispatch {
		return &models.Dispatch{Account: d.Account, Recipient: d.Recipient, Message: &models.Message{ID: models.NewID(now), ChannelID: d.Account.ID,
			ChannelKind: k.Kind, Direction: models.Outbound, Kind: models.Reply, Type: models.TypeText, Body: fmt.Sprint("number ", n), CreatedAt: now}}
	}
	refusal := errors.New("another has it")
	var work sync.WaitGroup
	asked := make([]int, 8)
	for n := range asked {
		work.Go(func() {
			tried := d.Adapter.Send(t.Context(), message(n), func() error { asked[n]++; return refusal })
			assert.Check(t, tried.Verdict == models.RetryMessage || tried.Verdict == models.RetryChannel, "%+v", tried)
			assert.Check(t, tried.Code != "" && !tried.Detail.None(), "no reason in %+v", tried)
		})
	}
	work.Wait()
	for n := range asked {
		assert.Check(t, is.Equal(asked[n], 1), "how often it is asked whether the message may leave")
	}
	assert.Check(t, took(0), "a message left that was not to leave")
	tried := d.Adapter.Send(t.Context(), message(0), func() error {
		assert.Check(t, took(0), "a message left before it was asked whether it may")
		return nil
	})
	assert.Check(t, tried.Verdict == models.Accepted, "%+v", tried)
	assert.Check(t, tried.ExternalID != "", "%+v", tried)
	assert.Check(t, took(1), "a message that may leave is not with the vendor")
}
