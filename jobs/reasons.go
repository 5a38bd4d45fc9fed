package jobs

import "mauve/models/reason"

// What is said of tries and of what came in.
var (
	changeNotSupported     = reason.Define("change_not_supported", "This channel cannot change a message that was sent.")
	changeTooLate          = reason.Define("change_too_late", "The time in which this channel allows it ran out.")
	checkNotSupported      = reason.Define("check_not_supported", "This channel's vendor cannot be asked how it is.")
	fetchNotSupported      = reason.Define("fetch_not_supported", "This channel passes on no files.")
	uploadNotSupported     = reason.Define("upload_not_supported", "This channel takes no files.")
	notSigned              = reason.Define("not_signed", "It could not be signed.")
	endpointAnswered       = reason.Define("endpoint_answered", "It answered %d.")
	kindNotServed          = reason.Define("kind_not_served", "This version does not serve its kind of channel.")
	fileEmpty              = reason.Define("file_empty", "There is nothing in it.")
	fileIncomplete         = reason.Define("file_incomplete", "It did not come in whole.")
	envelopeChannelRemoved = reason.Define("envelope_channel_removed", "its channel was removed")
	envelopeUnreadable     = reason.Define("envelope_unreadable", "it could not be read; the log says why")
	envelopeTooSlow        = reason.Define("envelope_too_slow", "it could not be kept in time")
	envelopeNotKept        = reason.Define("envelope_not_kept", "it could not be kept; the log says why")
	foreignNumber          = reason.Define("foreign_number", "no channel here has that phone number id")
	templateNotKnown       = reason.Define("template_not_known", "the template is not known here yet; the next check reads it")
	accountLookedAt        = reason.Define("account_looked_at", "the account is looked at again")
)
