package dashboard

import "mauve/templates"

// formFrame is the frame of a page with forms. Bad is what was wrong with the one just sent, nil when nothing was; bad
// news that is not about a form comes back.
func (c *call) formFrame(bad error, title, active, section string) (templates.Frame, error) {
	f, err := c.frame(title, active, section)
	if err == nil && bad != nil {
		err = c.refuse(bad, &f)
	}
	return f, err
}
