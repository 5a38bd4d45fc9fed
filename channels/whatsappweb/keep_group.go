package whatsappweb

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/types"
)

const subjectWithin = 5 * time.Second

// groups is what the groups are called in which something was said on this line.
// A nil one takes nothing in.
type groups struct {
	mu    sync.Mutex
	names map[types.JID]string
}

// about begins the record of something said in a group; nil if nobody is named who said it.
func (g *groups) about(ctx context.Context, d Device, source types.MessageSource) *record {
	r := &record{Group: source.Chat.String(), Off: g == nil}
	if r.Off {
		return r
	}
	if !source.IsFromMe && !isPerson(source.Sender) {
		return nil
	}
	r.Subject = g.subject(ctx, d, source.Chat)
	if r.Mine = source.IsFromMe; !r.Mine {
		r.By = source.Sender.ToNonAD().String()
		r.name(ctx, d, source.Sender, source.SenderAlt)
	}
	return r
}

// subject is what the group is called, asked for once; empty if WhatsApp does not say.
func (g *groups) subject(ctx context.Context, d Device, group types.JID) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	name, known := g.names[group]
	if known {
		return name
	}
	bounded, cancel := context.WithTimeout(ctx, subjectWithin)
	defer cancel()
	name, err := d.GroupName(bounded, group)
	if err != nil {
		slog.Warn("WhatsApp does not say what a group is called", "error", err)
	}
	g.names[group] = name
	return name
}

// call notes what a group is called.
func (g *groups) call(group types.JID, name string) {
	if g == nil || name == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.names[group] = name
}

// renamed is the record of a group's new name; nil if it has none.
func (g *groups) renamed(group types.JID, name *types.GroupName) *record {
	if g == nil || name == nil || name.Name == "" {
		return nil
	}
	g.call(group, name.Name)
	return &record{Kind: keptGroup, Group: group.String(), Subject: name.Name}
}
