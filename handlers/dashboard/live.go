package dashboard

import (
	"context"
	"strings"

	"mauve/models"
)

// live streams what happens to the open page.
func live(c *call) error {
	store, workspace, actor := c.house.Store, c.scope.Workspace(), c.scope.Actor()
	token := strings.Clone(c.Cookies("mauve_session"))
	return c.house.Live.Serve(c.Ctx,
		func(ctx context.Context) *models.Scope { return store.As(ctx, workspace, actor) },
		func(ctx context.Context) bool {
			_, m, err := store.SessionByToken(ctx, token)
			return models.KindOf(err) != models.SignedOut && (err != nil || m.Role == actor.Role)
		})
}
