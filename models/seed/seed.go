// Package seed makes up contacts, conversations, messages and tickets that are
// believable, for looking at and for measuring. It decides what they say; what
// follows from rows (totals, numbers, labels in use) is the business of models,
// through which it writes. Start with Sow.
package seed

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"mauve/models"
	"mauve/models/problem"
)

// Plan says how much to make up. The same Seed makes the same rows on the same day.
type Plan struct {
	Contacts, Conversations, Messages, Tickets int
	Seed                                       uint64
}

// sower makes believable rows from one stream of chance.
type sower struct {
	desk     models.System
	chance   *rand.Rand
	today    time.Time
	channel  *models.Channel // that all of it is said on
	members  []*models.Member
	contacts []*models.Contact
	talks    []talk // that the next tickets are about
}

// talk is a made-up conversation that a ticket may be about. There are millions, so it is no more than that.
type talk struct{ conversation, contact models.ID }

var (
	firstNames = strings.Fields("Amara Jonas Priya Mateo Hana Oliver Chloé Samir Wanjiru Erik Siti Budi Léa Camille Nguyễn Yusuf Ingrid Paulo Dewi Rizky Fatima Noah Élodie Kwame Sofia Arjun Mei Anouk Tariq Zofia")
	lastNames  = strings.Fields("Okafor Lindqvist Raman Álvarez Sato Brandt Dubois Haddad Kamau Nygård Rahayu Santoso Martin Laurent Trần Osei Berg Silva Lestari Pratama Khan Moreau Mensah Rossi Patel Chen Visser Aziz Nowak Keller")
	openings   = []string{"Hi, I would like a quote for", "Bonjour, je voudrais un devis pour", "Halo, saya mau tanya soal", "My order has not arrived:", "Could you change the address of", "The invoice is wrong for", "Can I return", "Is it possible to move the date of"}
	things     = []string{"the blue lamp", "two office chairs", "order 4821", "la table en chêne", "paket bulan ini", "the annual plan", "my last invoice", "the delivery on Friday", "tiga kursi kayu", "le canapé gris"}
	answers    = []string{"Thanks for writing! I am looking into it.", "Bonjour, avec plaisir. Je vous envoie cela aujourd'hui.", "Baik, kami cek dulu ya.", "It left our warehouse this morning.", "Done. Is there anything else?", "Could you send me the order number?"}
	states     = []models.ConversationState{models.StatusOpen, models.StatusClosed, models.StatusClosed, models.StatusClosed, models.StatusSnoozed}
	labels     = []string{"vip", "invoice", "delivery", "return", "lead", "website"}
)

func (w *sower) id(at time.Time) models.ID {
	var b [12]byte
	binary.BigEndian.PutUint32(b[:4], uint32(at.Unix()))
	binary.BigEndian.PutUint64(b[4:], w.chance.Uint64())
	return models.ID(hex.EncodeToString(b[:]))
}

func (w *sower) ago(most time.Duration) time.Time {
	return w.today.Add(-time.Duration(w.chance.Int64N(int64(most/time.Millisecond))) * time.Millisecond)
}

func pick[T any](w *sower, from []T) T { return from[w.chance.IntN(len(from))] }

// Sow fills a workspace with made-up contacts, conversations, messages and tickets,
// in changes of some thousand rows. It tells no event: nothing of it happened. It fails with Invalid for a plan that
// cannot be, and for a workspace without a channel of the API, on which all of it is said.
func Sow(ctx context.Context, s *models.Store, workspace models.ID, p Plan) error {
	if min(p.Contacts, p.Conversations, p.Messages, p.Tickets) < 0 || p.Contacts+p.Conversations+p.Messages+p.Tickets > 50_000_000 {
		return problem.InvalidField("seed", "the numbers are not negative and 50 million together at most")
	}
	if p.Conversations > 0 && p.Contacts == 0 {
		return problem.InvalidField("contacts", "conversations need at least one contact")
	}
	w := &sower{desk: s.System(ctx, workspace), chance: rand.New(rand.NewPCG(p.Seed, 1)), today: s.Now().Truncate(24 * time.Hour)}
	if err := w.lookAround(); err != nil {
		return err
	}
	if err := w.sowContacts(p.Contacts); err != nil {
		return err
	}
	const each = 2000
	for done := 0; done < p.Conversations; done += each {
		n := min(each, p.Conversations-done)
		// Messages are spread evenly; what does not divide goes to the first conversations.
		messages := p.Messages*(done+n)/p.Conversations - p.Messages*done/p.Conversations
		if err := w.sowConversations(n, messages); err != nil {
			return err
		}
	}
	if p.Tickets > 0 {
		if err := w.sowTickets(p.Tickets); err != nil {
			return err
		}
	}
	return s.CompactCounts(ctx)
}

// lookAround finds who works in the workspace, and its channel.
func (w *sower) lookAround() error {
	all, err := w.desk.Channels()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(c *models.Channel) bool { return c.Kind == models.ChannelAPI })
	if at < 0 {
		return problem.InvalidField("channel", "this workspace has no such channel")
	}
	w.channel = all[at]
	w.members, err = w.desk.Members()
	return err
}

func (w *sower) sowContacts(n int) error {
	for len(w.contacts) < n {
		var b models.Bulk
		for len(b.Contacts) < 5000 && len(w.contacts)+len(b.Contacts) < n {
			at := w.ago(365 * 24 * time.Hour)
			name := pick(w, firstNames) + " " + pick(w, lastNames)
			c := &models.Contact{ID: w.id(at), Name: name, Labels: models.Words{}, CreatedAt: at, UpdatedAt: at}
			c.Attributes = models.Attributes{"plan": pick(w, []string{"Free", "Team", "Company"})}
			c.Phone = fmt.Sprintf("+628%010d", w.chance.Int64N(1e10))
			c.Email = fmt.Sprintf("%s@example.com", c.ID[8:20])
			b.Contacts = append(b.Contacts, c)
			b.Identities = append(b.Identities, &models.Identity{Kind: models.ByEmail, Value: c.Email, ContactID: c.ID, CreatedAt: at})
		}
		if err := w.desk.WriteBulk(b); err != nil {
			return err
		}
		w.contacts = append(w.contacts, b.Contacts...)
	}
	return nil
}

func (w *sower) sowConversations(n, messages int) error {
	var b models.Bulk
	for i := range n {
		person := pick(w, w.contacts)
		at := w.ago(180 * 24 * time.Hour)
		c := &models.Conversation{ID: w.id(at), ContactID: person.ID, ChannelID: w.channel.ID, ChannelKind: w.channel.Kind, Labels: models.Words{}, CreatedAt: at,
			Status: pick(w, states)}
		if w.chance.IntN(3) > 0 {
			c.AssigneeID = pick(w, w.members).ID
		}
		if w.chance.IntN(4) == 0 {
			c.Labels = models.Words{pick(w, labels)}
		}
		last := ""
		for range messages*(i+1)/n - messages*i/n {
			at = at.Add(time.Duration(1+w.chance.IntN(90)) * time.Minute)
			m := w.message(c, person, at)
			last = m.Direction
			b.Messages = append(b.Messages, m)
		}
		c.LastActivityAt, c.UpdatedAt = at, at
		if c.Status == models.StatusOpen && last == models.Inbound {
			c.UnreadCount = 1
		}
		b.Conversations = append(b.Conversations, c)
		w.talks = append(w.talks, talk{c.ID, person.ID})
	}
	return w.desk.WriteBulk(b)
}

func (w *sower) message(c *models.Conversation, person *models.Contact, at time.Time) *models.Message {
	m := &models.Message{ID: w.id(at), ConversationID: c.ID, ChannelID: c.ChannelID, ChannelKind: c.ChannelKind, Kind: models.Reply, CreatedAt: at,
		Direction: models.Inbound, Status: models.Received, AuthorKind: models.ActorContact, AuthorID: person.ID, AuthorName: person.Name,
		Body: pick(w, openings) + " " + pick(w, things)}
	if w.chance.IntN(2) == 0 {
		who := pick(w, w.members)
		m.Direction, m.Status, m.AuthorKind, m.AuthorID, m.AuthorName = models.Outbound, models.Sent, models.ActorMember, who.ID, who.Name
		m.Body = pick(w, answers)
	}
	return m
}
