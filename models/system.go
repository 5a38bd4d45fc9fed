package models

import (
	"context"

	"mauve/models/rights"
)

// System is the program itself at work in a workspace. Besides what a Scope with
// all rights may, it writes down what vendors tell and what became of what was
// sent; nobody who calls from outside has those verbs.
type System struct{ *Scope }

// systemActor is who acts when the program does something by itself.
var systemActor = Actor{Kind: ActorSystem, Name: "Mauve", Grants: rights.All}

// System returns the program at work in the workspace.
func (s *Store) System(ctx context.Context, workspace ID) System {
	return System{s.As(ctx, workspace, systemActor)}
}
