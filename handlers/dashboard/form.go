package dashboard

import (
	"mauve/models/problem"
	"mauve/templates"
	"mauve/templates/words"
)

// formFrame is the frame of a page with forms. Bad is what was wrong with the one just sent, nil when nothing was; bad
// news that is not about a form comes back.
func (c *call) formFrame(bad error, title, active, section string) (templates.Frame, error) {
	f, err := c.frame(title, active, section)
	if err == nil && bad != nil {
		err = c.refuseFields(bad, &f)
	}
	return f, err
}

// refuseFields is refuse for a form that shows what is wrong at each of its fields: above it, a pointer there is enough.
func (c *call) refuseFields(bad error, f *templates.Frame) error {
	err := c.refuse(bad, f)
	if err == nil && problem.KindOf(bad) == problem.Invalid && len(f.Errors) > 0 {
		f.Bad = words.T(c.words(), "Nothing is saved yet. Look at the marked fields.")
	}
	return err
}
