package dashboard

import (
	"mauve/templates"
	"mauve/templates/words"
	"mauve/web"
)

func showReference(c *call) error { return c.drawReference("") }

// drawReference draws the API reference; a key just made is filled in, and shown nowhere again.
func (c *call) drawReference(key string) error {
	f, err := c.frame(words.T(c.words(), "API reference"), "docs", "")
	if err != nil {
		return err
	}
	if key != "" {
		f.Flash = words.T(c.words(), "The key is filled in. It has your own role and lives for an hour.")
	}
	return c.draw(templates.Docs(f, "/api/v2/public/openapi.json", key))
}

func makeOwnKey(c *call) error {
	_, secret, err := c.scope.CreateOwnKey(web.SessionOf(c.Ctx).ID)
	if err != nil {
		return err
	}
	c.Set("Cache-Control", "no-store")
	return c.drawReference(secret)
}
