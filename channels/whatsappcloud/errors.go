package whatsappcloud

import (
	"net/http"
	"strconv"
	"time"

	"mauve/models"
	"mauve/models/reason"
)

// graphError is how Meta says no (Meta, "Handle Errors" of the Graph API, 2026-10).
type graphError struct {
	Error *struct {
		Message   string `json:"message"`
		Type      string `json:"type"`
		Code      int    `json:"code"`
		Subcode   int    `json:"error_subcode"`
		Transient bool   `json:"is_transient"`
		Data      struct {
			Details string `json:"details"`
		} `json:"error_data"`
	} `json:"error"`
}

func (g graphError) code() int {
	if g.Error == nil {
		return 0
	}
	return g.Error.Code
}

func (g graphError) sentence() string {
	switch {
	case g.Error == nil:
		return ""
	case g.Error.Data.Details != "":
		return g.Error.Data.Details
	}
	return g.Error.Message
}

// What Meta's codes mean for sending (Meta, "Error codes" of the WhatsApp
// Business Platform, 2026-10). Codes that are in none of these are refusals.
var (
	credentialCodes = map[int]bool{3: true, 10: true, 102: true, 190: true, 368: true, 463: true, 467: true,
		131005: true, 131031: true, 131042: true, 131045: true, 133010: true}
	slowDownCodes = map[int]bool{2: true, 4: true, 17: true, 32: true, 341: true, 613: true, 80007: true, 130429: true, 131016: true, 131048: true, 131057: true}
	laterCodes    = map[int]bool{1: true, 131000: true, 131056: true, 133004: true}
)

// verdict sorts an answer of Meta's that is not a success.
func verdict(status int, g graphError) models.Verdict {
	code := g.code()
	switch {
	case g.Error == nil && status == http.StatusUnauthorized:
		return models.Unauthorized
	case g.Error != nil && (credentialCodes[code] || code >= 200 && code <= 299):
		return models.Unauthorized
	case g.Error != nil && code == 0 && (status == http.StatusUnauthorized || status == http.StatusForbidden):
		return models.Unauthorized
	case slowDownCodes[code] && g.Error != nil:
		return models.RetryChannel
	case laterCodes[code]:
		return models.RetryMessage
	case status == http.StatusUnauthorized:
		return models.Unauthorized
	case status == http.StatusTooManyRequests:
		return models.RetryChannel
	case status >= 500 && g.Error == nil:
		return models.RetryChannel
	case status >= 500, g.Error != nil && g.Error.Transient:
		return models.RetryMessage
	}
	return models.Refused
}

// refused turns an answer that is not a success into what the try came to.
func refused(status int, header http.Header, g graphError) models.Tried {
	t := models.Tried{Verdict: verdict(status, g), Code: strconv.Itoa(g.code()), Wait: retryAfter(header.Get("Retry-After"))}
	if g.Error == nil {
		t.Code, t.Detail = "http_"+strconv.Itoa(status), metaGaveNoReason.With(status)
		return t
	}
	t.Detail = Advice(t.Code, g.sentence())
	return t
}

func retryAfter(text string) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 24*60*60 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// advice is what people can do about Meta's codes, in the order of the codes
// (Meta, "Error codes" of the WhatsApp Business Platform, 2026-10).
var advice = map[string]reason.Form{
	"0":      reason.Define("meta_0", "Meta does not take the access token. Make a new one and put it into the channel's settings."),
	"3":      reason.Define("meta_3", "The app may not do that. Give it the permission whatsapp_business_messaging."),
	"4":      reason.Define("meta_4", "The app makes too many calls. It goes on by itself."),
	"10":     reason.Define("meta_10", "The token lacks a permission. Give it whatsapp_business_messaging and whatsapp_business_management."),
	"100":    reason.Define("meta_100", "Meta does not understand the message. Look at the number and at what the message holds."),
	"190":    reason.Define("meta_190", "The access token has expired or was revoked. Make a new one, best of a system user, and put it into the channel's settings."),
	"200":    reason.Define("meta_200", "The token may not send for this number. Give the system user access to the WhatsApp account."),
	"368":    reason.Define("meta_368", "Meta has blocked the account for a while because of its policies. See Account quality in the WhatsApp Manager."),
	"80007":  reason.Define("meta_80007", "The WhatsApp account has reached its limit of calls. It goes on by itself."),
	"130429": reason.Define("meta_130429", "The number sends faster than it may. It goes on by itself."),
	"130472": reason.Define("meta_130472", "Meta holds marketing messages back from this person for an experiment. Nothing can be done; do not try again."),
	"130497": reason.Define("meta_130497", "The account may not write to people in this country."),
	"131000": reason.Define("meta_131000", "Something failed at Meta. It is tried again."),
	"131005": reason.Define("meta_131005", "The token lacks a permission for this number."),
	"131008": reason.Define("meta_131008", "A part of the message is missing. Look at the template's parameters."),
	"131009": reason.Define("meta_131009", "A part of the message has a wrong value. Look at the template's parameters."),
	"131016": reason.Define("meta_131016", "WhatsApp is away for the moment. It is tried again."),
	"131021": reason.Define("meta_131021", "The number is the sender's own."),
	"131026": reason.Define("meta_131026", "The message cannot be delivered: the number is not on WhatsApp, its app is too old, or its owner has not taken the new terms. Ask them by another way."),
	"131030": reason.Define("meta_131030", "A test number writes to listed people only. Add this number to the list at Meta."),
	"131031": reason.Define("meta_131031", "Meta has locked the account. See Account quality in the WhatsApp Manager."),
	"131042": reason.Define("meta_131042", "There is a problem with the payment method of the WhatsApp account. Put it right in the WhatsApp Manager."),
	"131045": reason.Define("meta_131045", "The number is not registered. Register it at Meta."),
	"131047": reason.Define("meta_131047", "More than 24 hours have passed since the person last wrote. Send a template."),
	"131048": reason.Define("meta_131048", "Too many messages of this number were blocked or reported. Meta slows it down; send less and only to people who asked."),
	"131049": reason.Define("meta_131049", "Meta holds marketing messages back from this person, who got many. Do not try again before a day has passed."),
	"131050": reason.Define("meta_131050", "The person has stopped marketing messages of this number."),
	"131051": reason.Define("meta_131051", "WhatsApp cannot carry a message of this type."),
	"131052": reason.Define("meta_131052", "The file that the person sent could not be fetched. Ask them to send it again."),
	"131053": reason.Define("meta_131053", "The file could not be taken: its type, size or address is not what WhatsApp takes."),
	"131056": reason.Define("meta_131056", "Too many messages went to this person in a short time. It is tried again."),
	"131057": reason.Define("meta_131057", "The account is being maintained at Meta. It goes on by itself."),
	"132000": reason.Define("meta_132000", "The template has another number of gaps than were filled."),
	"132001": reason.Define("meta_132001", "There is no such template in this language, or it is not approved yet."),
	"132005": reason.Define("meta_132005", "The filled template is too long."),
	"132007": reason.Define("meta_132007", "The template's text breaks a rule of WhatsApp's."),
	"132012": reason.Define("meta_132012", "A gap of the template was filled with a value of another form than it asks for."),
	"132015": reason.Define("meta_132015", "The template is paused because people disliked it. Change it, or use another."),
	"132016": reason.Define("meta_132016", "The template is disabled for good because people disliked it."),
	"132068": reason.Define("meta_132068", "The flow is blocked."),
	"132069": reason.Define("meta_132069", "The flow is slowed down after many failures."),
	"133004": reason.Define("meta_133004", "WhatsApp is away for the moment. It is tried again."),
	"133010": reason.Define("meta_133010", "The number is not registered for the Cloud API. Register it at Meta."),
	"135000": reason.Define("meta_135000", "The message could not be sent; Meta does not say why. Look at the template's parameters."),
}

// Advice is what a code of Meta's means for people, and what Meta said with it.
func Advice(code, said string) reason.Reason {
	known, ok := advice[code]
	if !ok {
		return reason.Said(said)
	}
	return told(known.With(), said)
}

// told is a sentence of ours with what Meta said, if it said anything.
func told(ours reason.Reason, said string) reason.Reason {
	if said == "" {
		return ours
	}
	return ours.Then(metaSaid.With(said))
}
