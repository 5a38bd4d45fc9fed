package dashboard

import (
	"net/url"

	"mauve/models/problem"
	"mauve/templates"
)

// savedViews are the person's views and the shared ones, the one that is looked at marked.
func savedViews(c *call, now templates.TicketFilters) (views []templates.SavedView, err error) {
	all, err := c.scope.SavedViews()
	for _, v := range all {
		views = append(views, templates.SavedView{ID: string(v.ID), Name: v.Name, URL: "/tickets?" + v.Query, Shared: v.Shared,
			Current: v.Query == now.Encode(), Own: c.scope.MayForget(v)})
	}
	return views, err
}

// saveView keeps the filters of the form's query under a name; what is no filter is left out.
func saveView(c *call) error {
	asked, err := url.ParseQuery(c.form("query"))
	if err != nil {
		return problem.InvalidField("query", "is not the query of an address")
	}
	filters := templates.FiltersFrom(asked)
	if _, err := c.scope.SaveView(c.form("name"), filters.Encode(), c.form("shared") == "yes"); err != nil {
		return err
	}
	return c.then(filters.Address("/tickets"), "saved")
}

func forgetView(c *call) error {
	if err := c.scope.ForgetView(c.id()); err != nil {
		return err
	}
	return c.then("/tickets", "deleted")
}
