package models

import (
	"strings"
	"testing"
	"time"

	"mauve/models/channeltype"
	"mauve/models/wire"
)

func TestTheLineThatTellsAMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		m    Message
		want string
	}{
		{"a text is told by its words on one line", Message{Type: TypeText, Body: " a\n b "}, "a b"},
		{"140 characters are told whole", Message{Type: TypeText, Body: strings.Repeat("é", 140)}, strings.Repeat("é", 140)},
		{"of 141 the head", Message{Type: TypeText, Body: strings.Repeat("é", 141)}, strings.Repeat("é", 139) + "…"},
		{"a picture without a text by what it is", Message{Type: TypeImage}, "[image]"},
		{"a picture with a text by its text", Message{Type: TypeImage, Body: "look"}, "look"},
		{"blanks are no text", Message{Type: TypeVoice, Body: " "}, "[voice]"},
		{"an empty text is told by nothing", Message{Type: TypeText}, ""},
		{"what was deleted is not told", Message{Type: TypeText, Body: "secret", DeletedAt: ago(0)}, "[deleted]"},
	} {
		if got := c.m.Gist(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestANoteCarriesFilesOfAnySize(t *testing.T) {
	t.Parallel()
	for kind, want := range map[MessageKind]string{Reply: "refused: attachments.0.id", PrivateNote: "taken"} {
		var fs faults
		fs.loaded(&Message{Kind: kind, ChannelKind: ChannelWhatsApp, Attachments: []*Attachment{{ContentType: "image/png", Size: 200 << 20}}})
		if got := verdict(fs.Err()); got != want {
			t.Errorf("a %s with a large picture is %s, want %s", kind, got, want)
		}
	}
}

func TestHowLongAMessageCanBeChanged(t *testing.T) {
	t.Parallel()
	phone, meta, api := ChannelWhatsAppWeb.Capabilities(), ChannelWhatsApp.Capabilities(), ChannelAPI.Capabilities()
	for _, c := range []struct {
		name string
		can  channeltype.Capabilities
		kind AmendKind
		sent time.Duration // ago
		want string
	}{
		{"a linked phone edits for 15 minutes", phone, AmendEdit, 15 * time.Minute, "taken"},
		{"… and no longer", phone, AmendEdit, 15*time.Minute + 1, "refused: too_late"},
		{"it deletes for two days", phone, AmendDelete, 48 * time.Hour, "taken"},
		{"… and no longer", phone, AmendDelete, 48*time.Hour + 1, "refused: too_late"},
		{"Meta's API edits nothing", meta, AmendEdit, 0, "refused: not_supported"},
		{"Meta's API deletes nothing", meta, AmendDelete, 0, "refused: not_supported"},
		{"an api channel edits what is years old", api, AmendEdit, 10000 * time.Hour, "taken"},
	} {
		m := &Message{CreatedAt: noon.Add(-c.sent - time.Hour), SentAt: ago(c.sent)}
		if got := verdict(m.amendableOn(c.can, c.kind, noon)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWhoMayChangeAMessage(t *testing.T) {
	t.Parallel()
	lea := Actor{Kind: ActorMember, ID: "lea"}
	s := &Scope{actor: lea, store: &Store{db: clockOf(t, noon)}}
	reply := func(set func(*Message)) Message {
		m := Message{Direction: Outbound, Kind: Reply, Type: TypeText, ChannelKind: ChannelWhatsAppWeb, Status: Sent, SentAt: ago(time.Minute)}
		set(&m)
		return m
	}
	for _, c := range []struct {
		name         string
		m            Message
		edit, remove string
	}{
		{"a reply that the channel has", reply(func(m *Message) {}), "taken", "taken"},
		{"a reply that waits, on any channel", reply(func(m *Message) { m.ChannelKind, m.Status = ChannelWhatsApp, Queued }), "taken", "taken"},
		{"a reply that failed, on any channel", reply(func(m *Message) { m.ChannelKind, m.Status, m.ErrorCode = ChannelWhatsApp, Failed, "131026" }), "taken", "taken"},
		{"a reply that nobody confirmed: the channel may have it", reply(func(m *Message) { m.ChannelKind, m.Status, m.ErrorCode = ChannelWhatsApp, Failed, Unconfirmed }), "refused: not_supported", "refused: not_supported"},
		{"what the contact wrote", reply(func(m *Message) { m.Direction = Inbound }), "refused: not_ours", "refused: not_ours"},
		{"a reaction", reply(func(m *Message) { m.Type = TypeReaction }), "refused: not_ours", "refused: not_ours"},
		{"a picture", reply(func(m *Message) { m.Type = TypeImage }), "refused: not_editable", "taken"},
		{"what is deleted", reply(func(m *Message) { m.DeletedAt = ago(0) }), "refused: deleted", "taken"},
		{"one's own note", reply(func(m *Message) { m.Kind, m.AuthorKind, m.AuthorID = PrivateNote, ActorMember, "lea" }), "taken", "taken"},
		{"somebody else's note", reply(func(m *Message) { m.Kind, m.AuthorKind, m.AuthorID = PrivateNote, ActorMember, "max" }), "refused: not_author", "refused: not_author"},
		{"a key's note, though the ids are equal", reply(func(m *Message) { m.Kind, m.AuthorKind, m.AuthorID = PrivateNote, ActorKey, "lea" }), "refused: not_author", "refused: not_author"},
	} {
		if got := verdict(s.amendable(&c.m, AmendEdit)); got != c.edit {
			t.Errorf("to edit %s: %s, want %s", c.name, got, c.edit)
		}
		if got := verdict(s.amendable(&c.m, AmendDelete)); got != c.remove {
			t.Errorf("to delete %s: %s, want %s", c.name, got, c.remove)
		}
	}
}

func TestWhoOfAGroupWrote(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		a, b *wire.Participant
		want bool
	}{
		{"nobody of a group, twice", nil, nil, true},
		{"somebody and nobody", &wire.Participant{ExternalID: "1"}, nil, false},
		{"nobody and somebody", nil, &wire.Participant{ExternalID: "1"}, false},
		{"one id", &wire.Participant{ExternalID: "1"}, &wire.Participant{ExternalID: "1", Phone: "2"}, true},
		{"two ids of one number", &wire.Participant{ExternalID: "1", Phone: "3"}, &wire.Participant{ExternalID: "2", Phone: "3"}, true},
		{"two ids without a number", &wire.Participant{ExternalID: "1"}, &wire.Participant{ExternalID: "2"}, false},
	} {
		if got := sameWriter(c.a, c.b); got != c.want {
			t.Errorf("%s are one writer: %t, want %t", c.name, got, c.want)
		}
	}
}

// TestAQueueLetsOutWhatItsRateAllows takes from a channel's allowance.
func TestAQueueLetsOutWhatItsRateAllows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		queue ChannelQueue
		since time.Duration
		limit int
		want  int
	}{
		{"a full allowance lets out one", ChannelQueue{Rate: 1, Tokens: 1000}, 0, 10, 1},
		{"an empty one none", ChannelQueue{Rate: 1}, 0, 10, 0},
		{"nine tenths of the rate flow", ChannelQueue{Rate: 10}, time.Second, 10, 1},
		{"a tenth may burst", ChannelQueue{Rate: 80, Tokens: 8000}, 0, 100, 8},
		{"however long nothing left", ChannelQueue{Rate: 80}, time.Hour, 100, 8},
		{"no more than asked for", ChannelQueue{Rate: 80, Tokens: 8000}, 0, 3, 3},
		{"after a failure one goes ahead", ChannelQueue{Rate: 80, Tokens: 8000, Strikes: 1}, 0, 100, 1},
		{"while it is paused none", ChannelQueue{Rate: 80, Tokens: 8000, PausedUntil: ago(-1)}, 0, 100, 0},
		{"when the pause ends it goes on", ChannelQueue{Rate: 80, Tokens: 8000, PausedUntil: ago(0)}, 0, 100, 8},
		{"a clock that went back takes nothing away", ChannelQueue{Rate: 80, Tokens: 8000}, -time.Hour, 100, 8},
	} {
		c.queue.FilledAt = noon.Add(-c.since)
		if got := c.queue.take(noon, c.limit); got != c.want {
			t.Errorf("%s: %d may leave, want %d", c.name, got, c.want)
		}
	}
}
