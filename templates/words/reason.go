package words

import (
	"context"

	"mauve/models/reason"
)

// Reason says why something is as it is. What fills the places of its sentences is shown as it is: a vendor's own words, a
// person's name.
func Reason(ctx context.Context, r reason.Reason) string {
	known := catalogs[Lang(ctx)]
	return r.In(func(english string) string {
		if translated := known[english].Other; translated != "" {
			return translated
		}
		return english
	})
}
