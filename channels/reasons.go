package channels

import "mauve/models/reason"

// What adapters have in common to say.
var (
	FileUnread      = reason.Define("file_unread", "The file could not be read from where files are kept.")
	NotSent         = reason.Define("not_sent", "It did not leave.")
	NoNumber        = reason.Define("no_number", "The contact has no number.")
	FileMissing     = reason.Define("file_missing", "The file is missing.")
	FileNotUploaded = reason.Define("file_not_uploaded", "The file was not uploaded.")
	ChannelRemoved  = reason.Define("channel_removed", "Its channel was removed.")
)
