package whatsappcloud

import (
	"cmp"
	"encoding/json"
	"strings"

	"mauve/channels"
	"mauve/models"
	"mauve/models/reason"
)

// Read takes one call of Meta's apart. Every message, status and field in it
// becomes an item; one that cannot be read spoils no other.
func Read(body []byte) []channels.Item {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		if json.Valid(body) {
			return ignored("body", callNotAsDocumented.With(faultIn(err)))
		}
		return ignored("body", notJson.With(faultIn(err)))
	}
	if e.Object != "whatsapp_business_account" {
		return ignored("body", notAnAccount.With())
	}
	var items []channels.Item
	for _, raw := range e.Entry {
		items = append(items, readEntry(raw)...)
	}
	if len(items) == 0 {
		return ignored("body", nothingInIt.With())
	}
	return items
}

func ignored(what string, because reason.Reason) []channels.Item {
	return []channels.Item{{What: what, Ignored: because}}
}

// faultIn says what is wrong with JSON without quoting it.
func faultIn(err error) string {
	text := err.Error()
	return text[:min(len(text), 200)]
}

func readEntry(raw json.RawMessage) (items []channels.Item) {
	var e entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return ignored("entry", unreadable.With(faultIn(err)))
	}
	for _, raw := range e.Changes {
		var c change
		if err := json.Unmarshal(raw, &c); err != nil {
			items = append(items, ignored("change", unreadable.With(faultIn(err)))...)
			continue
		}
		items = append(items, readChange(c)...)
	}
	return items
}

// fieldsNotKept are Meta's fields of which nothing is kept here, and why.
var fieldsNotKept = map[string]reason.Form{
	"calls":                               reason.Define("field_calls", "calls are not taken here"),
	"user_preferences":                    reason.Define("field_user_preferences", "marketing preferences are kept by Meta, which refuses what they forbid"),
	"history":                             reason.Define("field_history", "the history of a number is not imported"),
	"smb_app_state_sync":                  reason.Define("field_smb_app_state_sync", "the address book of the phone is not imported"),
	"flows":                               reason.Define("field_flows", "forms are looked after at Meta"),
	"group_lifecycle_update":              reason.Define("field_group_lifecycle_update", "groups are not taken here"),
	"group_participants_update":           reason.Define("field_group_participants_update", "groups are not taken here"),
	"group_settings_update":               reason.Define("field_group_settings_update", "groups are not taken here"),
	"group_status_update":                 reason.Define("field_group_status_update", "groups are not taken here"),
	"message_template_components_update":  reason.Define("field_message_template_components_update", "the template's text is read again with the next check"),
	"standby":                             reason.Define("field_standby", "an agent of Meta's leads that conversation"),
	"messaging_handovers":                 reason.Define("field_messaging_handovers", "who leads a conversation at Meta is not followed here"),
	"user_id_update":                      reason.Define("field_user_id_update", "a new user id is followed by its system message"),
	"account_settings_update":             reason.Define("field_account_settings_update", "settings of the number are kept by Meta"),
	"business_username_updates":           reason.Define("field_business_username_updates", "the number's username is kept by Meta"),
	"payment_configuration_update":        reason.Define("field_payment_configuration_update", "payments are not followed here"),
	"partner_solutions":                   reason.Define("field_partner_solutions", "partners are looked after at Meta"),
	"automatic_events":                    reason.Define("field_automatic_events", "events for advertisements are not followed here"),
	"template_correct_category_detection": reason.Define("field_template_correct_category_detection", "the template's category is read again with the next check"),
}

func readChange(c change) []channels.Item {
	switch c.Field {
	case "messages", "smb_message_echoes", "message_echoes":
		return readValue(c.Value)
	case "message_template_status_update", "message_template_quality_update", "template_category_update", "message_template_category_update":
		return readTemplate(c)
	case "account_update", "account_alerts", "account_review_update", "phone_number_quality_update", "phone_number_name_update",
		"business_capability_update", "business_status_update", "security":
		return []channels.Item{{What: "field " + c.Field, Recheck: true}}
	}
	what := "field " + short(c.Field)
	if because, known := fieldsNotKept[c.Field]; known {
		return ignored(what, because.With())
	}
	return ignored(what, fieldUnknown.With())
}

func short(s string) string { return strings.ToValidUTF8(s[:min(len(s), 60)], "") }

func readTemplate(c change) []channels.Item {
	var t vendorTemplate
	if err := json.Unmarshal(c.Value, &t); err != nil || t.Name == "" {
		return ignored("field "+c.Field, noTemplateNamed.With())
	}
	return []channels.Item{{What: "field " + c.Field, Template: &models.TemplateNews{Name: string(t.Name), Language: string(t.Language),
		Status: t.Event, Category: t.Category, Quality: t.Quality}}}
}

func readValue(raw json.RawMessage) (items []channels.Item) {
	var v value
	if err := json.Unmarshal(raw, &v); err != nil {
		return ignored("value", unreadable.With(faultIn(err)))
	}
	for _, m := range v.Messages {
		items = append(items, v.message(m, false))
	}
	for _, m := range v.Echoes {
		items = append(items, v.message(m, true))
	}
	for _, s := range v.Statuses {
		items = append(items, v.status(s))
	}
	if len(items) == 0 && len(v.Errors) > 0 {
		return ignored("errors", metaSays.With(v.Errors[0].sentence()))
	}
	if len(items) == 0 {
		return ignored("value", valueEmpty.With())
	}
	for i := range items {
		items[i].Account = string(v.Metadata.PhoneNumberID)
	}
	return items
}

// message reads one message; where its body is not as documented it is kept as unsupported.
func (v *value) message(raw json.RawMessage, echo bool) channels.Item {
	var h heading
	if err := json.Unmarshal(raw, &h); err != nil {
		return channels.Item{What: "message", Ignored: unreadable.With(faultIn(err))}
	}
	item := channels.Item{What: "message " + short(string(h.Type))}
	if h.GroupID != "" {
		item.Ignored = saidInGroup.With()
		return item
	}
	in := &models.Incoming{From: v.sender(h, echo), ExternalID: string(h.ID), At: h.Timestamp.at(), Echo: echo}
	var bad reason.Reason
	m := vendorMessage{}
	if err := json.Unmarshal(raw, &m); err != nil {
		m = vendorMessage{heading: h}
		m.Type = ""
		bad = notAsDocumented.With(faultIn(err))
	}
	m.fill(in, raw, v.Errors)
	if !bad.None() {
		in.Content.Problem = bad.Kept()
	}
	if m.System != nil && m.System.PreviousUserID != "" {
		in.From.ScopedID = string(m.System.PreviousUserID) // who they were: what they are now is the news
	}
	item.Message, item.Person = in, cmp.Or(in.From.ScopedID, in.From.WhatsApp) // with the number or without, one person
	return item
}

// sender is the person on the other side: who wrote, or whom an echo went to.
func (v *value) sender(h heading, echo bool) models.Sender {
	from := models.Sender{WhatsApp: string(h.From), ScopedID: string(h.FromUserID)}
	if echo {
		from = models.Sender{WhatsApp: string(h.To), ScopedID: string(h.ToUserID)}
	}
	if len(v.Contacts) == 1 && len(v.Messages)+len(v.Echoes) == 1 { // a wa_id may be spelled otherwise than the number
		from.Name, from.Username = string(v.Contacts[0].Profile.Name), string(v.Contacts[0].Profile.Username)
	}
	for _, c := range v.Contacts {
		same := c.WaID != "" && string(c.WaID) == from.WhatsApp || c.UserID != "" && string(c.UserID) == from.ScopedID
		nameless := from.WhatsApp == "" && from.ScopedID == "" && len(v.Contacts) == 1
		if !same && !nameless {
			continue
		}
		from.Name, from.Username = string(c.Profile.Name), string(c.Profile.Username)
		if from.ScopedID == "" {
			from.ScopedID = string(c.UserID)
		}
		if from.WhatsApp == "" {
			from.WhatsApp = string(c.WaID)
		}
		break
	}
	return from
}

var states = map[string]models.MessageState{"sent": models.Sent, "delivered": models.Delivered, "read": models.ReadState,
	"played": models.Played, "failed": models.Failed}

func (v *value) status(raw json.RawMessage) channels.Item {
	var s vendorStatus
	if err := json.Unmarshal(raw, &s); err != nil {
		return channels.Item{What: "status", Ignored: unreadable.With(faultIn(err))}
	}
	item := channels.Item{What: "status " + short(s.Status), Person: string(s.ID)}
	state, known := states[s.Status]
	switch {
	case s.ID == "":
		item.Ignored = noMessageNamed.With()
	case s.Type == "payment": // its failed is not the message's
		item.Ignored = aboutPayment.With()
	case !known:
		item.Ignored = statusUnknown.With()
	default:
		r := &models.Report{ExternalID: cut(string(s.ID)), Status: state, At: s.Timestamp.at(), ScopedID: string(s.UserID)}
		r.MessageID, _ = models.ParseID(models.PrefixMessage, string(s.Callback))
		if state == models.Failed {
			r.Code, r.Detail = verdictOf(s.Errors)
		}
		item.Status = r
	}
	return item
}

func cut(id string) string { return strings.ToValidUTF8(id[:min(len(id), 200)], "") }

func verdictOf(errors []vendorError) (code string, detail reason.Reason) {
	if len(errors) == 0 {
		return "failed", metaDidNotSayWhy.With()
	}
	code = short(string(errors[0].Code))
	return code, Advice(code, errors[0].sentence())
}

func (e vendorError) sentence() string {
	for _, t := range []text{e.Data.Details, e.Message, e.Title} {
		if t != "" {
			return strings.ToValidUTF8(string(t)[:min(len(t), 500)], "")
		}
	}
	return "no reason given"
}
