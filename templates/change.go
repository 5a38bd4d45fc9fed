package templates

import (
	"context"

	"mauve/templates/words"
)

// Change is the message that is edited or deleted in the place of the composer.
type Change struct {
	ID, Version  string // Version is what is changed: another one by then is told
	Text         string // what stands in the box
	Note         bool
	Waits        bool // nobody but the team has it yet
	Edit, Delete bool // what can be done with it now
	Shown        string
	Error        string
}

// Changing is what the channel is still to change of a message, or refused to.
type Changing struct {
	Edit   bool // a deletion otherwise
	Text   string
	Failed bool
	Why    string // why it failed, or why it waits; empty: no reason
}

func changeTitle(ctx context.Context, c Change) string {
	switch {
	case c.Note:
		return words.T(ctx, "Edit or delete the note")
	case c.Edit:
		return words.T(ctx, "Edit or delete the message")
	}
	return words.T(ctx, "Delete the message")
}

func changingText(ctx context.Context, c Changing) string {
	switch {
	case c.Edit && c.Failed:
		return words.T(ctx, "Not edited to “{{.Text}}”.", "Text", c.Text)
	case c.Edit:
		return words.T(ctx, "Waiting to be edited to “{{.Text}}”.", "Text", c.Text)
	case c.Failed:
		return words.T(ctx, "Not deleted.")
	}
	return words.T(ctx, "Waiting to be deleted.")
}
