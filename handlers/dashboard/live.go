package dashboard

// live streams what happens to the open page.
func live(c *call) error { return c.house.Live.Serve(c.Ctx) }
