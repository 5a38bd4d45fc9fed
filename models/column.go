package models

import "mauve/models/column"

// How rows keep what is more than one value, or may be none.
type (
	// Words is a list of short texts: labels, event kinds, ids.
	Words = column.Words
	// Attributes are the free fields of a row.
	Attributes = column.Attributes
	// Changes are the fields an update changed.
	Changes = column.Changes
	// Change is one field of a row before and after, as people read it.
	Change = column.Change
	// Ref is another row's id where there may be none.
	Ref = column.Ref
)
