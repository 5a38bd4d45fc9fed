package channels

import (
	"context"
	"io"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/channeltype"
)

// bare can what every adapter can; the others add one ability each.
type bare struct{}

func (bare) Send(context.Context, *models.Dispatch, func() error) models.Tried { return models.Tried{} }
func (bare) Read([]byte) []Item                                                { return nil }

type checks struct{ bare }

func (checks) Check(context.Context, *models.Account) models.Finding { return models.Finding{} }

type uploads struct{ checks }

func (uploads) Upload(context.Context, *models.Dispatch) (string, models.Tried) {
	return "", models.Tried{}
}

type fetches struct{ checks }

func (fetches) Fetch(context.Context, *models.Account, models.MediaRef, int64) (io.ReadCloser, error) {
	return nil, io.EOF
}

type receipts struct{ checks }

func (receipts) MarkRead(context.Context, *models.Receipt) error { return nil }

type amends struct{ checks }

func (amends) Amend(context.Context, *models.Dispatch) models.Tried { return models.Tried{} }

type linked struct{ bare }

func (linked) Hold(context.Context, Session) {}

type called struct{ checks }

func (called) Handshake(*models.Account, func(string) string) (string, bool) { return "", false }
func (called) Signature(func(string) string) string                          { return "" }
func (called) Verify(*models.Account, string, []byte) bool                   { return false }

func TestAnAdapterAndItsTypeAgree(t *testing.T) {
	t.Parallel()
	queued := channeltype.Capabilities{Queued: true, Rate: 1}
	with := func(change func(c *channeltype.Capabilities)) channeltype.Capabilities {
		can := queued
		change(&can)
		return can
	}
	for name, c := range map[string]struct {
		can     channeltype.Capabilities
		adapter Channel
		says    string // the one fault; empty: they agree
	}{
		"a queue and its adapter":               {queued, checks{}, ""},
		"a queue without an adapter":            {queued, nil, "no adapter that sends"},
		"no queue and no adapter":               {channeltype.Capabilities{Uploads: true, Edits: time.Hour}, nil, ""},
		"no queue, and an adapter":              {channeltype.Capabilities{Uploads: true, Deletes: time.Hour}, bare{}, ""},
		"nobody checks":                         {queued, bare{}, "no Checker"},
		"who is linked needs no check":          {with(func(c *channeltype.Capabilities) { c.Linked = true }), linked{}, ""},
		"linked, and nobody holds":              {with(func(c *channeltype.Capabilities) { c.Linked = true }), checks{}, "not Linked"},
		"holds what is not linked":              {channeltype.Capabilities{}, linked{}, "its adapter is Linked"},
		"files, and no upload":                  {with(func(c *channeltype.Capabilities) { c.Uploads = true }), checks{}, "no Uploader"},
		"files and uploads":                     {with(func(c *channeltype.Capabilities) { c.Uploads = true }), uploads{}, ""},
		"receipts that nobody tells":            {with(func(c *channeltype.Capabilities) { c.Receipts = true }), checks{}, "no Receipter"},
		"receipts":                              {with(func(c *channeltype.Capabilities) { c.Receipts = true }), receipts{}, ""},
		"edits that nobody carries out":         {with(func(c *channeltype.Capabilities) { c.Edits = time.Hour }), checks{}, "no Amender"},
		"deletions that nobody carries out":     {with(func(c *channeltype.Capabilities) { c.Deletes = time.Hour }), checks{}, "no Amender"},
		"edits and deletions":                   {with(func(c *channeltype.Capabilities) { c.Edits, c.Deletes = time.Hour, time.Hour }), amends{}, ""},
		"a webhook that nobody reads":           {with(func(c *channeltype.Capabilities) { c.Webhook = true }), checks{}, "no Webhook"},
		"a webhook":                             {with(func(c *channeltype.Capabilities) { c.Webhook = true }), called{}, ""},
		"a webhook of which the type says none": {queued, called{}, "its adapter is a Webhook"},
		"files may come in where none is sent":  {queued, fetches{}, ""},
	} {
		all := faults(c.can, c.adapter)
		if c.says == "" {
			assert.Check(t, is.Len(all, 0), name)
		} else if assert.Check(t, is.Len(all, 1), name) {
			assert.Check(t, is.Contains(all[0], c.says), name)
		}
	}
}

func TestASetNamesTheKindAtFault(t *testing.T) {
	t.Parallel()
	err := Set{"pigeon": checks{}, models.ChannelSandbox: checks{}}.Check()
	for _, says := range []string{"kind whatsapp has a queue and no adapter", "kind whatsapp_web has a queue and no adapter",
		"kind sandbox takes files", "kind sandbox can be told", "adapter for the kind pigeon, and no such type"} {
		assert.Check(t, is.ErrorContains(err, says))
	}
	set := Set{models.ChannelSandbox: uploads{}}
	assert.Check(t, set.Add(Set{"pigeon": checks{}}))
	assert.Check(t, is.ErrorContains(set.Add(Set{models.ChannelSandbox: checks{}}), "two adapters for the kind sandbox"))
	assert.Check(t, set[models.ChannelSandbox] == Channel(uploads{}), "the adapter that was there is replaced")
	assert.Check(t, set["pigeon"] == Channel(checks{}), "the other one is not in the set")
}
