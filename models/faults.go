package models

import "mauve/models/input"

// faults is what is wrong with a change: the readers of fields, and those that know a row.
type faults struct{ input.Reader }
