package sandbox

import "mauve/models/reason"

// What is said of files.
var (
	sandboxHasNoFile = reason.Define("sandbox_has_no_file", "The sandbox has no such file.")
)
