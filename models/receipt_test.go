package models

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"mauve/models/wire"
)

func TestWhatAStateAdvances(t *testing.T) {
	t.Parallel()
	states := []MessageState{Queued, Sent, Delivered, ReadState, Played, Failed}
	// In a line the states that a message in the first one goes on to.
	for _, c := range []struct {
		name string
		m    Message
		to   []MessageState
	}{
		{"a queued message", Message{Status: Queued}, []MessageState{Sent, Delivered, ReadState, Played, Failed}},
		{"a sent message", Message{Status: Sent}, []MessageState{Delivered, ReadState, Played, Failed}},
		{"a delivered message, which fails no more", Message{Status: Delivered}, []MessageState{ReadState, Played}},
		{"a read message", Message{Status: ReadState}, []MessageState{Played}},
		{"a played message", Message{Status: ReadState, PlayedAt: ago(0)}, nil},
		{"a failed message", Message{Status: Failed, ErrorCode: "131026"}, nil},
		{"a message that nobody confirmed, which any report proves", Message{Status: Failed, ErrorCode: Unconfirmed}, []MessageState{Sent, Delivered, ReadState, Played, Failed}},
		{"a message of the contact's", Message{Status: Received, Direction: Inbound}, nil},
		{"a private note", Message{Status: Sent, Kind: PrivateNote}, nil},
	} {
		if c.m.Direction == "" {
			c.m.Direction = Outbound
		}
		if c.m.Kind == "" {
			c.m.Kind = Reply
		}
		var got []MessageState
		for _, to := range states {
			if c.m.advances(to) {
				got = append(got, to)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.to) {
			t.Errorf("%s goes on to %v, want %v", c.name, got, c.to)
		}
	}
}

func TestWhatAReportMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of       MessageType
		reported MessageState
		want     MessageState
	}{
		{TypeAudio, Played, Played}, {TypeVoice, Played, Played},
		{TypeText, Played, ReadState}, {TypeVideo, Played, ReadState}, {TypeImage, Played, ReadState},
		{TypeAudio, ReadState, ReadState}, {TypeText, Delivered, Delivered}, {TypeText, Failed, Failed},
	} {
		if got := (&Message{Type: c.of}).means(c.reported); got != c.want {
			t.Errorf("%s of a message of type %s means %s, want %s", c.reported, c.of, got, c.want)
		}
	}
}

func TestAReportsTimeIsSane(t *testing.T) {
	t.Parallel()
	m := &Message{CreatedAt: noon.Add(-time.Hour)}
	for _, c := range []struct {
		name     string
		at, want time.Time
	}{
		{"between writing and now it is taken", noon.Add(-time.Minute), noon.Add(-time.Minute)},
		{"the moment of writing is taken", noon.Add(-time.Hour), noon.Add(-time.Hour)},
		{"now is taken", noon, noon},
		{"before the message was written is now", noon.Add(-time.Hour - 1), noon},
		{"the future is now", noon.Add(1), noon},
		{"no time is now", time.Time{}, noon},
	} {
		if got := m.sane(c.at, noon); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestTheHighestReportWins lets reports come in every order that happens.
func TestTheHighestReportWins(t *testing.T) {
	t.Parallel()
	type reports = []MessageState
	rows := []struct {
		name    string
		of      MessageType
		reports reports
		early   bool // they come before the vendor's id of the message is known
		want    MessageState
		played  bool
		told    int // events of its status
	}{
		{"in order", TypeText, reports{Sent, Delivered, ReadState}, false, ReadState, false, 3},
		{"read comes before delivered", TypeText, reports{Sent, ReadState, Delivered}, false, ReadState, false, 2},
		{"all backwards", TypeText, reports{ReadState, Delivered, Sent}, false, ReadState, false, 1},
		{"delivered before sent", TypeText, reports{Delivered, Sent}, false, Delivered, false, 1},
		{"the same again tells nothing", TypeText, reports{Sent, Delivered, Delivered, Delivered}, false, Delivered, false, 2},
		{"a failure after sending counts", TypeText, reports{Sent, Failed}, false, Failed, false, 2},
		{"a failure after delivery does not", TypeText, reports{Sent, Delivered, Failed}, false, Delivered, false, 2},
		{"a failure after reading does not", TypeText, reports{ReadState, Failed}, false, ReadState, false, 1},
		{"a failed message stays failed", TypeText, reports{Sent, Failed, Delivered}, false, Failed, false, 2},
		{"a sound is read, then played", TypeAudio, reports{Sent, Delivered, ReadState, Played}, false, ReadState, true, 4},
		{"a sound that is played is read", TypeAudio, reports{Sent, Played}, false, ReadState, true, 2},
		{"read after played tells nothing", TypeAudio, reports{Played, ReadState}, false, ReadState, true, 1},
		{"a text cannot be played", TypeText, reports{Sent, Played}, false, ReadState, false, 2},
		{"reports that came before the message are settled with it", TypeText, reports{Delivered}, true, Delivered, false, 2},
		{"… the highest of them", TypeText, reports{Sent, ReadState, Delivered}, true, ReadState, false, 2},
		{"… a failure too", TypeText, reports{Failed}, true, Failed, false, 2},
		{"… a failure after sending", TypeText, reports{Sent, Failed}, true, Failed, false, 2},
		{"… but not a failure beside a delivery", TypeText, reports{Delivered, Failed}, true, Delivered, false, 2},
		{"… whichever came first", TypeText, reports{Failed, Delivered}, true, Delivered, false, 2},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		system := d.store.System(t.Context(), d.Workspace())
		for i, c := range rows {
			in := d.hear(t, on, Incoming{From: Sender{WhatsApp: fmt.Sprintf("3361234%04d", i)}})
			draft := Draft{Body: "hello"}
			if c.of == TypeAudio {
				draft = Draft{MediaType: TypeAudio, Content: Content{Media: &wire.Media{URL: "https://x.example/a.ogg"}}}
			}
			m, err := d.Send(in.ConversationID, draft)
			if err != nil {
				t.Fatal(err)
			}
			external := fmt.Sprint("wamid.out.", i)
			known := func() {
				err := system.change(func(tx *Tx) error {
					m, err := tx.messageForUpdate(m.ID)
					if err != nil {
						return err
					}
					return tx.accepted(m, Tried{ExternalID: external})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			d.clock.pass(time.Second)
			if !c.early {
				// The vendor's id is known, and nothing else.
				err := system.change(func(tx *Tx) error {
					return tx.WithoutEvent("test", func(db *gorm.DB) error {
						return db.Model(&Message{}).Where("id = ?", string(m.ID)).Updates(map[string]any{"external_id": external}).Error
					})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range c.reports {
				if _, err := system.Report(on.ID, Report{ExternalID: external, Status: r, At: d.Now()}); err != nil {
					t.Fatal(err)
				}
			}
			if c.early {
				if before, err := d.Message(m.ID); err != nil || before.Status != Queued {
					t.Errorf("%s: before its id was known the message was %s, %v", c.name, before.Status, err)
				}
				known()
			}
			got, err := d.Message(m.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != c.want {
				t.Errorf("%s: status = %s, want %s", c.name, got.Status, c.want)
			}
			if played := got.PlayedAt != nil; played != c.played {
				t.Errorf("%s: played = %t, want %t", c.name, played, c.played)
			}
			for what, at := range map[MessageState]*time.Time{Sent: got.SentAt, Delivered: got.DeliveredAt, ReadState: got.ReadAt} {
				if there := at != nil; there != (rank[what] <= rank[c.want]) && c.want != Failed {
					t.Errorf("%s: a message that is %s has the time of %s: %t", c.name, c.want, what, there)
				}
			}
			if got.NextAt != nil {
				t.Errorf("%s: the message waits in the queue", c.name)
			}
			told := d.events(t, m.ID, MessageStatusChanged)
			if len(told) != c.told {
				t.Errorf("%s: %d events were told, want %d", c.name, len(told), c.told)
			}
		}
	})
}

// TestAReceiptNamesWhatWasNotNamed asks for receipts as a talk goes on.
func TestAReceiptNamesWhatWasNotNamed(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		from := Sender{WhatsApp: "33612345678"}
		said := 0
		say := func(n int) (talk ID) {
			for range n {
				said++
				d.clock.pass(time.Second)
				talk = d.hear(t, on, Incoming{From: from, ExternalID: fmt.Sprint("w", said)}).ConversationID
			}
			return talk
		}
		talk := say(2)
		read := func() {
			d.clock.pass(time.Second)
			if _, err := d.ReadConversation(talk); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			name   string
			do     func()
			want   string
			typing bool
		}{
			{"what was not read is told to nobody", func() {}, "", false},
			{"what was read is named, newest last", read, "w1 w2", false},
			{"a receipt is told once", func() {}, "", false},
			{"reading what is read tells nothing", read, "", false},
			{"only what came since is named", func() { say(1); read() }, "w3", false},
			{"typing names the newest, though it was named", func() {
				if err := d.ShowTyping(talk); err != nil {
					t.Fatal(err)
				}
			}, "w3", true},
			{"at most twenty are named, the newest", func() { say(25); read() }, "w9 w10 w11 w12 w13 w14 w15 w16 w17 w18 w19 w20 w21 w22 w23 w24 w25 w26 w27 w28", false},
		} {
			c.do()
			due, err := d.store.ClaimReceipts(t.Context(), 10)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			typing := false
			for _, r := range due {
				got, typing = append(got, r.ExternalIDs...), r.Typing
			}
			if named := strings.Join(got, " "); named != c.want {
				t.Errorf("%s: it names %q, want %q", c.name, named, c.want)
			}
			if typing != c.typing {
				t.Errorf("%s: typing = %t, want %t", c.name, typing, c.typing)
			}
		}
	})
}
