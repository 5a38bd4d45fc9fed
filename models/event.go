package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
	"mauve/models/wire"
)

// EventKind names what happened. The public ones are the webhook events.
type EventKind string

// What can happen. Kinds that begin with a noun of the desk are told to
// webhooks; the rest are for the audit log and open pages alone.
const (
	MessageCreated       EventKind = "message.created"
	MessageStatusChanged EventKind = "message.status"
	MessageUpdated       EventKind = "message.updated" // edited or taken back by its writer, or its file came
	MessageRecalled      EventKind = "message.history" // said before the channel was connected, and taken in now; webhooks are not told
	ConversationCreated  EventKind = "conversation.created"
	ConversationStatus   EventKind = "conversation.status"
	ConversationAssigned EventKind = "conversation.assigned"
	ConversationUpdated  EventKind = "conversation.updated"
	ConversationRead     EventKind = "conversation.read"
	ContactCreated       EventKind = "contact.created"
	ContactUpdated       EventKind = "contact.updated"
	ContactDeleted       EventKind = "contact.deleted"
	ContactMerged        EventKind = "contact.merged"
	NoteCreated          EventKind = "note.created"
	TicketCreated        EventKind = "ticket.created"
	TicketUpdated        EventKind = "ticket.updated"
	TicketRulesUpdated   EventKind = "ticket_rules.updated"
	CategoryCreated      EventKind = "category.created"
	CategoryUpdated      EventKind = "category.updated"
	TagCreated           EventKind = "tag.created"
	TagUpdated           EventKind = "tag.updated"
	TagMerged            EventKind = "tag.merged"
	AttributeCreated     EventKind = "attribute.created"
	AttributeUpdated     EventKind = "attribute.updated"
	AttachmentCreated    EventKind = "attachment.created"
	ChannelCreated       EventKind = "channel.created"
	ChannelUpdated       EventKind = "channel.updated"
	ChannelDeleted       EventKind = "channel.deleted"
	ChannelStatusChanged EventKind = "channel.status"
	ChannelLinkChanged   EventKind = "channel.link" // a session's codes or state; for open pages
	KeyCreated           EventKind = "key.created"
	KeyUpdated           EventKind = "key.updated"
	KeyRevoked           EventKind = "key.revoked"
	WebhookCreated       EventKind = "webhook.created"
	WebhookUpdated       EventKind = "webhook.updated"
	WebhookDeleted       EventKind = "webhook.deleted"
	WebhookDisabled      EventKind = "webhook.disabled"
	WebhookTest          EventKind = "webhook.test"
	DeliveryReplayed     EventKind = "delivery.replayed"
	MemberAdded          EventKind = "member.added"
	MemberUpdated        EventKind = "member.updated"
	WorkspaceCreated     EventKind = "workspace.created"
	WorkspaceUpdated     EventKind = "workspace.updated"
)

// WebhookEvents are the kinds a webhook may choose, in the order people read them.
var WebhookEvents = []EventKind{
	MessageCreated, MessageStatusChanged, MessageUpdated, ConversationCreated, ConversationStatus, ConversationAssigned,
	ContactCreated, ContactUpdated, TicketCreated, TicketUpdated, NoteCreated,
	ChannelStatusChanged, KeyCreated, KeyRevoked,
}

// Event is one thing that happened: the source of the timeline, the audit log,
// webhooks and open pages.
type Event struct {
	ID             ID `gorm:"primaryKey"`
	WorkspaceID    WorkspaceID
	Seq            int64 `gorm:"->"`
	Txid           int64 `gorm:"->"`
	Kind           EventKind
	ActorKind      ActorKind
	ActorID        ID
	ActorName      string
	SubjectID      ID
	ConversationID ID
	ContactID      ID
	ChannelID      ID
	Data           string // what webhooks and the feed tell, JSON
	Changes        Changes
	CreatedAt      time.Time

	Payload any `gorm:"-"` // becomes Data when the change commits
}

// horizon is the condition under which an event's place in the order is final.
// On PostgreSQL a transaction that began earlier may still commit before one
// already seen, so readers stay behind those that run; SQLite has one writer.
// Transactions of other databases of the cluster do not count, where the role
// may see them (pg_read_all_stats, if they are other roles') and as long as they
// run: one that ends during the look counts, so the horizon may step back.
func (s *Store) horizon() string {
	if !s.db.Postgres() {
		return "1 = 1"
	}
	return `txid < coalesce((SELECT min(x::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) x WHERE NOT EXISTS (
		SELECT 1 FROM pg_stat_activity a WHERE a.backend_xid = x::xid AND a.datname <> current_database())),
		pg_snapshot_xmax(pg_current_snapshot())::text::bigint)`
}

// ErrEventsGone is returned when a reader asks for what followed an event that is no longer kept.
var ErrEventsGone = problem.Fail(problem.NotFound, "events_gone", "That event is no longer kept; read the lists again and start from the newest.")

// Place is where an event stands in the order of its workspace; the zero Place is before them all.
type Place struct{ txid, seq int64 }

// Place returns where the event stands.
func (e *Event) Place() Place { return Place{e.Txid, e.Seq} }

// Before reports whether what stands at p happened before what stands at q.
func (p Place) Before(q Place) bool {
	if p.seq == 0 || q.seq == 0 {
		return q.seq != 0 && p.seq == 0
	}
	return p.txid < q.txid || p.txid == q.txid && p.seq < q.seq
}

// narrow keeps what follows the place. The zero one narrows nothing: events of
// another cluster may have come before transaction 0.
func (p Place) narrow(db *gorm.DB) *gorm.DB {
	if p.seq == 0 {
		return db
	}
	return db.Where("(txid, seq) > (?, ?)", p.txid, p.seq)
}

// PlaceOf returns where the event named stands, ErrEventsGone if it is unknown.
func (s *Scope) PlaceOf(id ID) (Place, error) {
	if err := s.May(rights.ReadEvents); err != nil {
		return Place{}, err
	}
	var at Event
	err := s.rows.DB.Select("txid", "seq").First(&at, "id = ?", string(id)).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrEventsGone
	}
	return at.Place(), err
}

// adminEvents are the kinds that tell of what only those see who may ReadAudit.
var adminEvents = []EventKind{KeyCreated, KeyUpdated, KeyRevoked, WebhookCreated, WebhookUpdated, WebhookDeleted, WebhookDisabled, WebhookTest,
	DeliveryReplayed, ChannelCreated, ChannelUpdated, ChannelDeleted, ChannelLinkChanged, MemberAdded, MemberUpdated, WorkspaceCreated, WorkspaceUpdated}

// told is for reading the events that the actor may be told of.
func (s *Scope) told() *gorm.DB {
	if s.May(rights.ReadAudit) == nil {
		return s.rows.DB
	}
	return s.rows.DB.Where("kind NOT IN ?", adminEvents)
}

// readEvents reads events in their order. Of a channel an actor is told what they may read of it.
func (s *Scope) readEvents(rows *gorm.DB, limit int) ([]*Event, error) {
	var events []*Event
	err := rows.Order("txid, seq").Limit(limit).Find(&events).Error
	for _, e := range events {
		if err == nil && e.Kind == ChannelStatusChanged && s.May(rights.InspectChannels) != nil {
			err = e.forDesk()
		}
	}
	return events, err
}

func (e *Event) forDesk() error {
	var c wire.Channel
	if err := json.Unmarshal([]byte(e.Data), &c); err != nil {
		return err
	}
	data, err := json.Marshal(deskChannel(c))
	e.Data, e.Changes = string(data), Changes{}
	return err
}

// EventsFrom returns up to limit events that followed the place, oldest first.
func (s *Scope) EventsFrom(at Place, limit int) ([]*Event, error) {
	if err := s.May(rights.ReadEvents); err != nil {
		return nil, err
	}
	return s.readEvents(at.narrow(s.told()).Where(s.store.horizon()), limit)
}

// EventsBetween returns up to limit events that followed the place, oldest
// first, up to and with the one at the other, which a reader was told of. It
// does not ask for the horizon again: that may step back for a moment, when a
// transaction of another database ends between the two looks at it.
func (s *Scope) EventsBetween(at, to Place, limit int) ([]*Event, error) {
	if err := s.May(rights.ReadEvents); err != nil {
		return nil, err
	}
	return s.readEvents(at.narrow(s.told()).Where("(txid, seq) <= (?, ?)", to.txid, to.seq), limit)
}

// Unsettled reports whether events after the place are committed but wait for
// an earlier transaction to end; a reader asks again in a moment.
func (s System) Unsettled(at Place) (bool, error) {
	if !s.rows.Postgres() {
		return false, nil
	}
	n, err := s.rows.QueryInt("SELECT count(*) FROM (SELECT 1 FROM events WHERE workspace_id = ? AND (txid, seq) > (?, ?) LIMIT 1) t", at.txid, at.seq)
	return n > 0, err
}

// LastPlace returns where the newest event stands.
func (s *Scope) LastPlace() (Place, error) {
	id, err := s.LastEvent()
	if err != nil || id == "" {
		return Place{}, err
	}
	return s.PlaceOf(id)
}

// LastEvent returns the id of the newest event, empty if there is none.
func (s *Scope) LastEvent() (ID, error) {
	if err := s.May(rights.ReadEvents); err != nil {
		return "", err
	}
	var e Event
	err := s.rows.DB.Select("id").Where(s.store.horizon()).Order("txid DESC, seq DESC").Limit(1).Find(&e).Error
	return e.ID, err
}

// marked is the question for a moment: what followed it can be told by changedSince.
func marked(s *store.Scope, into *string) store.Query {
	query, of := "SELECT pg_current_snapshot()::text FROM workspaces WHERE workspace_id = ? AND id = ?", []any{string(s.Workspace)}
	if !s.Postgres() {
		query, of = "SELECT coalesce((SELECT seq FROM events WHERE workspace_id = ? ORDER BY txid DESC, seq DESC LIMIT 1), 0)", nil
	}
	return store.Query{SQL: query, Args: of, Take: func(row store.Scan) error { return row(into) }}
}

// changedSince is the question whether anything of the workspace that is told
// was committed after the marked moment.
func changedSince(s *store.Scope, marker string, into *bool) store.Query {
	query, of := "SELECT EXISTS (SELECT 1 FROM events WHERE workspace_id = ? AND txid >= pg_snapshot_xmin(?::pg_snapshot)::text::bigint "+
		"AND NOT pg_visible_in_snapshot(txid::text::xid8, ?::pg_snapshot))", []any{marker, marker}
	if !s.Postgres() {
		query, of = "SELECT EXISTS (SELECT 1 FROM events WHERE workspace_id = ? AND (txid, seq) > (0, ?))", []any{marker}
	}
	return store.Query{SQL: query, Args: of, Take: func(row store.Scan) error { return row(into) }}
}

// News is what a commit left for those who wait: whose it was, whether somebody's
// rights changed (a key's, a member's, a session's), and whether something is to be sent. With Word it is no commit but a
// passing word of somebody, kept nowhere.
type News struct {
	Workspace ID
	Rights    bool
	Outbound  bool
	Word      string
}

// AnyWorkspace is whose news it is when it may be anybody's.
const AnyWorkspace ID = "*"

type wakes struct{ hooks []func(News) }

// OnCommit adds a function called after each commit that left events; on
// PostgreSQL, for commits of every replica while Listen runs. It must not
// block. Add it before serving.
func (s *Store) OnCommit(hook func(News)) { s.wakes.hooks = append(s.wakes.hooks, hook) }

func (w wakes) call(n News) {
	for _, hook := range w.hooks {
		hook(n)
	}
}

// PassOn tells the open pages of the workspace, on every replica, a word that is
// kept nowhere and may be lost; at most a few hundred bytes.
func (s *Scope) PassOn(word string) { s.store.wake(News{Workspace: ID(s.rows.Workspace), Word: word}) }

func (s *Store) wake(n News) {
	s.wakes.call(n)
	s.db.Tell(fmt.Sprintf("%s %t %t %s", n.Workspace, n.Rights, n.Outbound, n.Word))
}

// Listen passes on the commits of other replicas until ctx ends. It returns at
// once on SQLite, which has none.
func (s *Store) Listen(ctx context.Context) {
	missed := func() { s.wakes.call(News{Workspace: AnyWorkspace, Rights: true}) } // what was said while nobody listened is lost
	s.db.Listen(ctx, missed, func(news string) {
		if said := strings.SplitN(news, " ", 4); len(said) == 4 {
			s.wakes.call(News{ID(said[0]), said[1] == "true", said[2] == "true", said[3]})
		}
	})
}
