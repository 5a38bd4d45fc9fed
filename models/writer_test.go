package models_test

import (
	"context"
	"runtime"
	"testing"

	"mauve/models"
	"mauve/models/modelstest"
)

// A change whose caller leaves at any moment leaves nothing open: the next one goes through.
func TestACallerWhoLeavesLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		name := "Ada"
		for i := range 60 {
			ctx, leave := context.WithCancel(t.Context())
			left := make(chan struct{})
			go func() {
				defer close(left)
				for range 4 * i {
					runtime.Gosched()
				}
				leave()
			}()
			_, _ = w.Store.As(ctx, w.Acme.ID, w.Acme.Owner.Actor()).CreateContact(models.ContactChange{Name: &name}) // made or not, as it comes
			<-left
			if _, err := w.Acme.Scope.CreateContact(models.ContactChange{Name: &name}); err != nil {
				t.Fatalf("after %d callers who left: %v", i+1, err)
			}
		}
	})
}
