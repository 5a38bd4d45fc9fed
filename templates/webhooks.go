package templates

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"mauve/models"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// WebhooksView is the workspace's endpoints with the form for a new one.
type WebhooksView struct {
	Webhooks []*models.Webhook
	Form     WebhookForm
}

// WebhookForm is an endpoint's fields as they are or were filled in.
type WebhookForm struct {
	URL    string
	Chosen []string // event kinds
}

// WebhookView is one endpoint with a page of its deliveries.
type WebhookView struct {
	Webhook *models.Webhook
	Log     *models.List[*models.Delivery]
	State   models.DeliveryState // the deliveries shown; empty is all
	IsLater bool                 // not the first page
	Form    WebhookForm
}

func (v WebhookForm) has(kind models.EventKind) bool {
	return models.Words(v.Chosen).Has(string(kind))
}

func webhookAddress(w *models.Webhook) string { return "/settings/webhooks/" + string(w.ID) }

func deliveryAddress(d *models.Delivery) string { return "/settings/deliveries/" + string(d.ID) }

// at is the address of the log in a state, from a cursor on.
func (v WebhookView) at(state models.DeliveryState, cursor string) string {
	values := url.Values{}
	if state != "" {
		values.Set("state", string(state))
	}
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	return address(webhookAddress(v.Webhook), values)
}

func (v WebhookView) first() string {
	if !v.IsLater {
		return ""
	}
	return v.at(v.State, "")
}

func (v WebhookView) next() string {
	if v.Log.Next == "" {
		return ""
	}
	return v.at(v.State, v.Log.Next)
}

func (v WebhookView) tabs(ctx context.Context) []ui.Tab {
	tabs := []ui.Tab{{Label: words.T(ctx, "All"), URL: v.at("", ""), Current: v.State == ""}}
	for _, state := range []models.DeliveryState{models.DeliveryFailed, models.DeliveryWaiting, models.DeliveryDone} {
		tabs = append(tabs, ui.Tab{Label: deliveryState(ctx, state), URL: v.at(state, ""), Current: v.State == state})
	}
	return tabs
}

func deliveryState(ctx context.Context, state models.DeliveryState) string {
	switch state {
	case models.DeliveryDone:
		return words.T(ctx, "Delivered")
	case models.DeliveryFailed:
		return words.T(ctx, "Failed")
	case models.DeliveryRunning:
		return words.T(ctx, "Being sent")
	}
	return words.T(ctx, "Waiting")
}

// answered is what the newest try brought: the status, or why there is none.
func answered(ctx context.Context, d *models.Delivery) string {
	switch {
	case !d.LastError.None():
		return words.Reason(ctx, d.LastError)
	case d.LastStatus != 0:
		return fmt.Sprint(d.LastStatus)
	}
	return ""
}

func triesSaid(ctx context.Context, d *models.Delivery) string {
	return words.N(ctx, d.Tries, "{{.N}} try", "{{.N}} tries")
}

// indented makes JSON readable; other text stays as it is.
func indented(text string) string {
	var out bytes.Buffer
	if json.Indent(&out, []byte(text), "", "  ") != nil {
		return text
	}
	return out.String()
}

// verifying shows how a program checks a call's signature by hand.
func verifying(secret string) string {
	return "# X-Mauve-Signature: sha256=…\nprintf '%s' \"$BODY\" | openssl dgst -sha256 -hmac '" + secret + "'"
}

// eventMeaning says when an event is told; empty for one that speaks for itself.
func eventMeaning(ctx context.Context, kind models.EventKind) string {
	switch kind {
	case models.MessageCreated:
		return words.T(ctx, "A message came in or went out")
	case models.MessageStatusChanged:
		return words.T(ctx, "A message was delivered or read, or could not be sent")
	case models.ConversationCreated:
		return words.T(ctx, "A conversation began")
	case models.ConversationStatus:
		return words.T(ctx, "A conversation was closed, snoozed or opened again")
	case models.ConversationAssigned:
		return words.T(ctx, "A conversation was given to somebody")
	case models.ContactCreated:
		return words.T(ctx, "A contact was added")
	case models.ContactUpdated:
		return words.T(ctx, "A contact changed")
	}
	return rarerEventMeaning(ctx, kind)
}

func rarerEventMeaning(ctx context.Context, kind models.EventKind) string {
	switch kind {
	case "ticket.created":
		return words.T(ctx, "A ticket was made")
	case "ticket.updated":
		return words.T(ctx, "A ticket changed")
	case models.NoteCreated:
		return words.T(ctx, "A note about a contact was written")
	case models.ChannelStatusChanged:
		return words.T(ctx, "A channel was connected, or needs attention")
	case models.KeyCreated:
		return words.T(ctx, "An API key was made")
	case models.KeyRevoked:
		return words.T(ctx, "An API key was revoked")
	}
	return ""
}
