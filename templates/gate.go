package templates

import (
	"context"
	"time"

	"mauve/templates/ui"
	"mauve/templates/words"
)

// Gate is what a conversation's channel lets through now.
type Gate struct {
	Trouble    string    // the channel needs attention, and why; messages wait
	ChannelURL string    // where an admin mends it; empty for others
	RetryURL   string    // where Retry posts; empty when nothing waits
	CheckedAt  time.Time // when the channel in trouble was last looked at; zero: not known
	Ends       time.Time // until when anything may be written; zero: always
	Now        time.Time
	Shut       bool        // only templates pass
	Templates  []ui.Option // those that can be sent; loaded when it is shut
	Chosen     *TemplateForm
}

// TemplateForm is a template to be filled and sent.
type TemplateForm struct {
	ID, ClientID string
	Fields       []ui.FieldView
	Lines        [][]PreviewPiece
	Buttons      []string
	Error        string // why it was refused, if not because of a field
}

// PreviewPiece is a stretch of a template's text; with Gap set it is what fills the field of that name.
type PreviewPiece struct{ Text, Gap string }

// gateURL is the address of the gate alone.
func (v InboxView) gateURL() string {
	if chosen := v.Thread.Gate.Chosen; chosen != nil {
		return v.at("", "fragment", "gate", "template", chosen.ID)
	}
	return v.at("", "fragment", "gate")
}

func (g Gate) chosen() string {
	if g.Chosen == nil {
		return ""
	}
	return g.Chosen.ID
}

// left is how long the window is open still, in hours and minutes.
func (g Gate) left(ctx context.Context) string {
	left := g.Ends.Sub(g.Now)
	minutes := words.T(ctx, "{{.N}}m", "N", int(left.Minutes())%60)
	if left < time.Hour {
		return minutes
	}
	return words.T(ctx, "{{.N}}h", "N", int(left.Hours())) + " " + minutes
}
