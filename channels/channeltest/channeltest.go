// Package channeltest holds every kind of channel to what all kinds keep. A test
// beside a kind's adapter says how its stand-in vendor is driven, and Run does the
// rest through the front door: it calls the API and opens the pages of the whole
// program at work, on each engine. Only tests import it.
//
// What a kind is held to follows from its capabilities. What its stand-in cannot
// be made to do is named in Kind.Cannot, so that nothing is left out in silence.
package channeltest

import (
	"net/http"
	"slices"
	"testing"

	"mauve/channels"
	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/modelstest"
)

// Kind is a kind of channel as its test knows it.
type Kind struct {
	Kind models.ChannelKind
	// Start runs the whole program on the world until the test ends, beside a
	// stand-in for the kind's vendor, and returns where the program listens.
	Start func(t *testing.T, w *modelstest.World) (at string, v Vendor)
	// Direct makes an adapter that could send; nil: the kind has none.
	Direct func(t *testing.T) Direct
	// Bodies are what the vendor calls with, for the adapter to read, whole and torn.
	Bodies []string
	// Cannot are the abilities of Vendor that the capabilities ask for and the stand-in has not.
	Cannot []string

	adapter channels.Channel
}

// Direct is an adapter without the program around it.
type Direct struct {
	Adapter   channels.Channel
	Account   *models.Account
	Recipient models.Recipient
	Taken     func() int // messages that reached the vendor; nil: there is none
}

// Vendor is a stand-in, and the one person who talks by it.
type Vendor interface {
	// Config is what a channel is configured by, and other values for some of the settings.
	Config() (first, other map[string]any)
	// Person is the number of the person.
	Person() string
	// Connect does what is left to do when the channel was added, as a person who scans a code.
	Connect(d *Desk)
	// Write lets the person write. The same id again is the same message, told twice.
	Write(d *Desk, id, text string)
	// Got is what reached the vendor, oldest first.
	Got(d *Desk) []Got
}

// Got is a message that reached the vendor.
type Got struct {
	ID   string // by what the vendor knows it
	Text string
}

// Reporter is a vendor that tells what became of a message.
type Reporter interface {
	// Deliver tells that the message was delivered.
	Deliver(d *Desk, of Got)
}

// Refuser is a vendor that can be made to refuse.
type Refuser interface {
	// Refuse lets it refuse what is sent to the number it returns.
	Refuse() (to string)
}

// Breaker is a vendor whose line can break.
type Breaker interface {
	// HangUp lets it take the next message to the number it returns, and hang up without an answer.
	HangUp() (to string)
}

// Absentee is a vendor that can be away.
type Absentee interface {
	// Leave lets it be away for what is sent to the number it returns.
	Leave() (to string)
	// Return lets it be back.
	Return()
}

// Revoker is a vendor that can take credentials back.
type Revoker interface {
	// Revoke takes back those of the channel; a message to the number it returns shows that.
	Revoke(d *Desk) (to string)
	// Mend gives the channel new ones.
	Mend(d *Desk)
}

// Keeper is a vendor that keeps the files it is sent.
type Keeper interface {
	// File is that of the message.
	File(d *Desk, of Got) []byte
}

// Giver is a vendor by which the person sends files.
type Giver interface {
	// Give lets the person send a file, and returns its bytes.
	Give(d *Desk, id string) []byte
}

// Changer is a vendor that can change what it was sent.
type Changer interface {
	// Changed is what it was told to change; an empty text is a deletion.
	Changed(d *Desk) []Got
}

// Listener is a vendor that is told what was read.
type Listener interface {
	// Heard is how many times it was told.
	Heard() int
}

// Caller is a vendor that calls the program.
type Caller interface {
	// Letter is the body of a call with a text of the person.
	Letter(id, text string) []byte
	// Sign is the header that says who made the body, and its value.
	Sign(body []byte) (header, signature string)
	// Handshake is its question whether the address is ours, the answer that it wants, and the question of somebody else.
	Handshake() (query, answer, wrong string)
}

// ability is one of the optional interfaces of Vendor.
type ability struct {
	name  string
	asked func(can channeltype.Capabilities, adapter channels.Channel) bool
	has   func(v Vendor) bool
}

func as[T any](v Vendor) bool {
	_, is := v.(T)
	return is
}

func queued(can channeltype.Capabilities, _ channels.Channel) bool { return can.Queued }

var abilities = []ability{
	{"Deliver", queued, as[Reporter]},
	{"Refuse", queued, as[Refuser]},
	{"HangUp", queued, as[Breaker]},
	{"Leave", queued, as[Absentee]},
	{"Revoke", queued, as[Revoker]},
	{"File", func(can channeltype.Capabilities, _ channels.Channel) bool { return can.Uploads }, as[Keeper]},
	{"Give", func(_ channeltype.Capabilities, adapter channels.Channel) bool {
		_, fetches := adapter.(channels.Fetcher)
		return fetches
	}, as[Giver]},
	{"Changed", func(can channeltype.Capabilities, _ channels.Channel) bool {
		return can.Queued && (can.Edits > 0 || can.Deletes > 0)
	}, as[Changer]},
	{"Heard", func(can channeltype.Capabilities, _ channels.Channel) bool { return can.Receipts }, as[Listener]},
	{"Letter", func(can channeltype.Capabilities, _ channels.Channel) bool { return can.Webhook }, as[Caller]},
}

// complete fails the test if the stand-in has not what the kind's capabilities ask for, and does not say so.
func (k Kind) complete(t *testing.T, v Vendor) {
	t.Helper()
	for _, a := range abilities {
		asked, has, cannot := a.asked(k.Kind.Capabilities(), k.adapter), a.has(v), slices.Contains(k.Cannot, a.name)
		switch {
		case asked && !has && !cannot:
			t.Errorf("the kind %s is to be held to %s: its stand-in can do it, or Cannot says that it cannot", k.Kind, a.name)
		case cannot && (has || !asked):
			t.Errorf("Cannot names %s, which the stand-in of %s can, or which nobody asks of it", a.name, k.Kind)
		}
	}
	for _, name := range k.Cannot {
		if !slices.ContainsFunc(abilities, func(a ability) bool { return a.name == name }) {
			t.Errorf("Cannot names %q, which is no ability", name)
		}
	}
}

// Run holds the kind to all that its capabilities ask for.
func Run(t *testing.T, k Kind) {
	t.Helper()
	can := k.Kind.Capabilities()
	if k.Direct != nil {
		k.adapter = k.Direct(t).Adapter
	}
	able := func(name string) bool {
		i := slices.IndexFunc(abilities, func(a ability) bool { return a.name == name })
		return abilities[i].asked(can, k.adapter) && !slices.Contains(k.Cannot, name)
	}
	k.held(t, "talk", []check{
		{"the stand-in can what the kind is held to", true, func(t *testing.T, d *Desk) { k.complete(t, d.Vendor) }},
		{"a message comes in once", true, comesIn},
		{"a text goes out once, unchanged", true, goesOut},
		{"a conversation keeps its order", can.Queued, keepsOrder},
		{"every type is sent or refused", true, types},
		{"a delivery is told", able("Deliver"), delivered},
		{"a reading is told", able("Heard"), readingIsTold},
		{"a file goes out byte for byte", able("File"), fileOut},
		{"a file comes in byte for byte", able("Give"), fileIn},
		{"what was sent is edited or not", true, edits},
		{"what was sent is deleted or not", true, deletes},
		{"what cannot be sent waits", able("Leave"), waits},
		{"a channel without credentials needs attention", able("Revoke"), needsAttention},
		{"what was taken is not sent again", able("HangUp"), notTwice},
		{"a refusal has a reason", able("Refuse"), refused},
		{"a channel that was removed is gone", true, removed},
	})
	k.held(t, "settings", []check{
		{"a wrong setting is named", true, wrongSettings},
		{"settings go in and secrets never come out", true, settings},
	})
	k.held(t, "calls", []check{{"only the vendor's calls are taken", able("Letter"), calls}})
	if k.Direct != nil {
		t.Run("what is not understood is said", func(t *testing.T) { t.Parallel(); reads(t, k) })
		t.Run("nothing leaves that is not to leave", func(t *testing.T) { t.Parallel(); staysHere(t, k) })
	}
}

// check is one thing that a kind is held to.
type check struct {
	name  string
	asked bool
	test  func(t *testing.T, d *Desk)
}

// held runs checks one after another at one desk of each engine: to start the program takes longer than most of them. None
// asks for an empty desk but the first.
func (k Kind) held(t *testing.T, of string, checks []check) {
	checks = slices.DeleteFunc(checks, func(c check) bool { return !c.asked })
	if len(checks) == 0 {
		return
	}
	t.Run(of, func(t *testing.T) {
		t.Parallel()
		modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
			d := open(t, w, k)
			for _, c := range checks {
				t.Run(c.name, func(t *testing.T) {
					whole := d.T
					d.T = t
					defer func() { d.T = whole }()
					c.test(t, d)
				})
			}
		})
	})
}

// hook calls the program as the kind's vendor does, with headers in pairs.
func (d *Desk) hook(method, query string, body []byte, headers ...string) Answer {
	d.T.Helper()
	return d.ask(method, "/hooks/"+string(d.Kind.Kind)+"/"+d.Channel+query, string(body), headers...)
}

// Call lets the vendor call with a signed body, which is taken.
func (d *Desk) Call(body []byte) {
	d.T.Helper()
	header, signature := d.Vendor.(Caller).Sign(body)
	d.hook(http.MethodPost, "", body, header, signature).want(200)
}
