package dashboard

// live streams what happens to the open page.
func live(c *call) error { return c.server.Live.Serve(c.Ctx) }
