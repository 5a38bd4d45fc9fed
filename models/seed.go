package models

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
)

// SeedPlan says how much to make up. The same Seed makes the same rows on the same day.
type SeedPlan struct {
	Contacts, Conversations, Messages, Tickets int
	Seed                                       uint64
}

// sower makes believable rows from one stream of chance.
type sower struct {
	chance *rand.Rand
	today  time.Time
	talks  []sownTalk // that the next tickets are about
}

var (
	firstNames = strings.Fields("Amara Jonas Priya Mateo Hana Oliver Chloé Samir Wanjiru Erik Siti Budi Léa Camille Nguyễn Yusuf Ingrid Paulo Dewi Rizky Fatima Noah Élodie Kwame Sofia Arjun Mei Anouk Tariq Zofia")
	lastNames  = strings.Fields("Okafor Lindqvist Raman Álvarez Sato Brandt Dubois Haddad Kamau Nygård Rahayu Santoso Martin Laurent Trần Osei Berg Silva Lestari Pratama Khan Moreau Mensah Rossi Patel Chen Visser Aziz Nowak Keller")
	openings   = []string{"Hi, I would like a quote for", "Bonjour, je voudrais un devis pour", "Halo, saya mau tanya soal", "My order has not arrived:", "Could you change the address of", "The invoice is wrong for", "Can I return", "Is it possible to move the date of"}
	things     = []string{"the blue lamp", "two office chairs", "order 4821", "la table en chêne", "paket bulan ini", "the annual plan", "my last invoice", "the delivery on Friday", "tiga kursi kayu", "le canapé gris"}
	answers    = []string{"Thanks for writing! I am looking into it.", "Bonjour, avec plaisir. Je vous envoie cela aujourd'hui.", "Baik, kami cek dulu ya.", "It left our warehouse this morning.", "Done. Is there anything else?", "Could you send me the order number?"}
	seedLabels = []string{"vip", "invoice", "delivery", "return", "lead", "website"}
)

func (w *sower) id(at time.Time) ID {
	var b [12]byte
	binary.BigEndian.PutUint32(b[:4], uint32(at.Unix()))
	binary.BigEndian.PutUint64(b[4:], w.chance.Uint64())
	return ID(hex.EncodeToString(b[:]))
}

func (w *sower) ago(most time.Duration) time.Time {
	return w.today.Add(-time.Duration(w.chance.Int64N(int64(most/time.Millisecond))) * time.Millisecond)
}

func pick[T any](w *sower, from []T) T { return from[w.chance.IntN(len(from))] }

// Seed fills the workspace with made-up contacts, conversations, messages and tickets,
// in changes of some thousand rows. It tells no event: nothing of it happened.
func (s *Scope) Seed(p SeedPlan) error {
	if err := s.May(WriteWorkspace); err != nil {
		return err
	}
	if min(p.Contacts, p.Conversations, p.Messages, p.Tickets) < 0 || p.Contacts+p.Conversations+p.Messages+p.Tickets > 50_000_000 {
		return problem.InvalidField("seed", "the numbers are not negative and 50 million together at most")
	}
	if p.Conversations > 0 && p.Contacts == 0 {
		return problem.InvalidField("contacts", "conversations need at least one contact")
	}
	channel, err := s.channelOfKind(ChannelAPI)
	if err != nil {
		return err
	}
	members, err := s.Members()
	if err != nil {
		return err
	}
	w := &sower{chance: rand.New(rand.NewPCG(p.Seed, 1)), today: s.Now().Truncate(24 * time.Hour)}
	contacts, err := s.sowContacts(w, p.Contacts)
	if err != nil {
		return err
	}
	const each = 2000
	for done := 0; done < p.Conversations; done += each {
		n := min(each, p.Conversations-done)
		// Messages are spread evenly; what does not divide goes to the first conversations.
		messages := p.Messages*(done+n)/p.Conversations - p.Messages*done/p.Conversations
		if err := s.sowConversations(w, n, messages, contacts, channel, members); err != nil {
			return err
		}
	}
	if p.Tickets > 0 {
		if err := s.sowTickets(w, p.Tickets, contacts, members); err != nil {
			return err
		}
	}
	return s.store.CompactCounts(s.rows.Ctx)
}

func (s *Scope) sow(fn func(db *gorm.DB, tx *Tx) error) error {
	return s.change(func(tx *Tx) error {
		return tx.WithoutEvent("made-up rows are nobody's news", func(db *gorm.DB) error { return fn(db, tx) })
	})
}

func (s *Scope) sowContacts(w *sower, n int) ([]*Contact, error) {
	all := make([]*Contact, 0, n)
	for len(all) < n {
		var rows []*Contact
		var known []*Identity
		for len(rows) < 5000 && len(all)+len(rows) < n {
			at := w.ago(365 * 24 * time.Hour)
			name := pick(w, firstNames) + " " + pick(w, lastNames)
			c := &Contact{ID: w.id(at), Name: name, Labels: Words{}, Attributes: Attributes{"plan": pick(w, []string{"Free", "Team", "Company"})}, CreatedAt: at, UpdatedAt: at}
			c.Phone = fmt.Sprintf("+628%010d", w.chance.Int64N(1e10))
			c.Email = fmt.Sprintf("%s@example.com", c.ID[8:20])
			c.Search = strings.ToLower(strings.Join([]string{c.Name, c.Phone, c.Email, c.ExternalID}, " "))
			rows = append(rows, c)
			known = append(known, &Identity{Kind: ByEmail, Value: c.Email, ContactID: c.ID, CreatedAt: at})
		}
		err := s.sow(func(db *gorm.DB, tx *Tx) error {
			if err := db.CreateInBatches(rows, 1000).Error; err != nil {
				return err
			}
			if err := db.CreateInBatches(known, 1000).Error; err != nil {
				return err
			}
			return tx.step(Count{What: "contact"}, int64(len(rows)))
		})
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

func (s *Scope) sowConversations(w *sower, n, messages int, contacts []*Contact, channel *Channel, members []*Member) error {
	var rows []*Conversation
	var said []*Message
	var labelled []Labeling
	counts := map[Count]int64{}
	for i := range n {
		person := pick(w, contacts)
		at := w.ago(180 * 24 * time.Hour)
		c := &Conversation{ID: w.id(at), ContactID: person.ID, ChannelID: channel.ID, ChannelKind: channel.Kind, Labels: Words{}, CreatedAt: at,
			Status: pick(w, []ConversationState{StatusOpen, StatusClosed, StatusClosed, StatusClosed, StatusSnoozed})}
		if w.chance.IntN(3) > 0 {
			c.AssigneeID = pick(w, members).ID
		}
		if w.chance.IntN(4) == 0 {
			c.Labels = Words{pick(w, seedLabels)}
			labelled = append(labelled, Labeling{Kind: "conversation", Name: c.Labels[0], SubjectID: c.ID})
		}
		for range messages*(i+1)/n - messages*i/n {
			at = at.Add(time.Duration(1+w.chance.IntN(90)) * time.Minute)
			m := &Message{ID: w.id(at), ConversationID: c.ID, ChannelID: channel.ID, ChannelKind: channel.Kind, Kind: Reply, CreatedAt: at,
				Direction: Inbound, Status: Received, AuthorKind: ActorContact, AuthorID: person.ID, AuthorName: person.Name,
				Body: pick(w, openings) + " " + pick(w, things)}
			if w.chance.IntN(2) == 0 {
				who := pick(w, members)
				m.Direction, m.Status, m.AuthorKind, m.AuthorID, m.AuthorName, m.Body = Outbound, Sent, ActorMember, who.ID, who.Name, pick(w, answers)
			}
			c.LastBody, c.LastDirection, c.LastAt = preview(m.Body), m.Direction, &m.CreatedAt
			said = append(said, m)
		}
		c.LastActivityAt, c.UpdatedAt = at, at
		if c.Status == StatusOpen && c.LastDirection == Inbound {
			c.UnreadCount = 1
		}
		counts[c.counted()]++
		rows = append(rows, c)
		w.talks = append(w.talks, sownTalk{c.ID, person.ID, channel})
	}
	return s.sow(func(db *gorm.DB, tx *Tx) error {
		if err := db.CreateInBatches(rows, 1000).Error; err != nil {
			return err
		}
		if err := db.CreateInBatches(said, 1000).Error; err != nil {
			return err
		}
		if err := db.CreateInBatches(labelled, 1000).Error; err != nil {
			return err
		}
		for c, n := range counts {
			if err := tx.step(c, n); err != nil {
				return err
			}
		}
		return nil
	})
}
