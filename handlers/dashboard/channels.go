package dashboard

import (
	"mauve/templates"
	"mauve/templates/words"
)

func listChannels(c *call) error {
	all, err := c.scope.Channels()
	if err != nil {
		return err
	}
	f, err := c.frame(words.T(c.words(), "Channels"), "settings", "channels")
	if err != nil {
		return err
	}
	return c.draw(templates.Channels(f, templates.ChannelsView{Channels: all, Base: c.house.PublicURL}))
}
