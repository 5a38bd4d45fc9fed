package models

import "mauve/models/reason"

// What the rules themselves have to say. What begins with a small letter is told to programs alone.
var (
	deletedUnsent   = reason.Define("deleted_unsent", "It was deleted before it was sent.")
	handOverUnknown = reason.Define("hand_over_unknown", "It was being handed over when the line or the program broke off. It was most likely sent: ask before you send it again.")
	removedUnsent   = reason.Define("channel_removed_unsent", "Its channel was removed before it was sent.")
	notOnEarth      = reason.Define("not_on_earth", "It names a place that is not on earth.")
	endpointGone    = reason.Define("endpoint_gone", "The endpoint answered 410 Gone.")
	endpointFailing = reason.Define("endpoint_failing", "Nothing but failures for five days.")
	switchedOffBy   = reason.Define("switched_off_by", "Switched off by %s.")
	holderLeft      = reason.Define("holder_left", "Switched off when %s, who answered for it, could not any more.")
	changeOfAnother = reason.Define("change_of_another", "somebody else wrote the message that it changes")
	deletedNotHere  = reason.Define("deleted_not_here", "the message it deletes is not here")
	deletedBefore   = reason.Define("deleted_before", "that message is deleted")
	groupUnknown    = reason.Define("group_unknown", "nobody wrote in that group yet")
	groupCalledSo   = reason.Define("group_called_so", "it is called so")
	noVendorID      = reason.Define("no_id", "it has no id")
	noRecipient     = reason.Define("no_recipient", "it does not say whom it went to")
	noSender        = reason.Define("no_sender", "it does not say who wrote it")
	historyIsAfter  = reason.Define("history_is_after", "a history holds messages as they are after such a change")
	messageHere     = reason.Define("message_here", "that message is here")
	contactBlocked  = reason.Define("contact_blocked", "the contact is blocked")
	reportedEarly   = reason.Define("reported_early", "its message is not known here; it is kept for seven days should the message come")
	lastTry         = reason.Define("last_try", "It was tried for the last time.")
	nobodyLinked    = reason.Define("nobody_linked", "No phone is linked. Open the channel's page and scan the code.")
	statusReached   = reason.Define("status_reached", "the message is already %s")
	fileTooLarge    = reason.Define("file_too_large", "The file is larger than %s.")
)
