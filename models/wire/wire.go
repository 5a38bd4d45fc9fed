// Package wire spells what the outside reads: the JSON of the native API and
// of webhooks, which are the same by being the same types. It imports nothing
// of ours. Times are RFC 3339 in UTC with milliseconds, ids carry their prefix.
package wire

import "encoding/json"

// Contact is a person the team talks to.
type Contact struct {
	ID         string         `json:"id" example:"con_6740a1b2c3d4e5f60718293a"`
	Name       string         `json:"name"`
	Phone      *string        `json:"phone" doc:"E.164"`
	Email      *string        `json:"email"`
	ExternalID *string        `json:"externalId" doc:"Your own id of the person"`
	Labels     []string       `json:"labels" nullable:"false"`
	Attributes map[string]any `json:"attributes" doc:"Free fields: texts, numbers, booleans"`
	Blocked    bool           `json:"blocked"`
	CreatedAt  string         `json:"createdAt" format:"date-time"`
	UpdatedAt  string         `json:"updatedAt" format:"date-time"`
}

// ContactBrief is a contact inside a conversation.
type ContactBrief struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Phone *string `json:"phone"`
	Email *string `json:"email"`
}

// Person is a member of the team inside another object.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// LastMessage is the newest message of a conversation that is not a note.
type LastMessage struct {
	Body      string `json:"body" doc:"The first 140 characters"`
	Direction string `json:"direction" enum:"inbound,outbound"`
	CreatedAt string `json:"createdAt" format:"date-time"`
}

// Conversation is the thread with one contact on one channel.
type Conversation struct {
	ID           string       `json:"id" example:"conv_6740a1b2c3d4e5f60718293a"`
	Channel      string       `json:"channel" doc:"The kind of channel" example:"whatsapp"`
	ChannelID    string       `json:"channelId"`
	Status       string       `json:"status" enum:"open,snoozed,closed"`
	SnoozedUntil *string      `json:"snoozedUntil" format:"date-time"`
	Contact      ContactBrief `json:"contact"`
	Assignee     *Person      `json:"assignee"`
	Labels       []string     `json:"labels" nullable:"false"`
	UnreadCount  int          `json:"unreadCount"`
	LastMessage  *LastMessage `json:"lastMessage"`
	WindowEndsAt *string      `json:"windowEndsAt" format:"date-time" doc:"Until when free text may be sent; null: always"`
	CreatedAt    string       `json:"createdAt" format:"date-time"`
	UpdatedAt    string       `json:"updatedAt" format:"date-time"`
}

// Author is who wrote a message or a note.
type Author struct {
	Kind string  `json:"kind" enum:"member,api_key,contact,rule,system"`
	ID   *string `json:"id"`
	Name string  `json:"name"`
}

// MessageError says why a message failed.
type MessageError struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Message is one thing said in a conversation.
type Message struct {
	ID             string              `json:"id" example:"msg_6740a1b2c3d4e5f60718293a"`
	ConversationID string              `json:"conversationId"`
	Channel        string              `json:"channel" doc:"The kind of channel"`
	ChannelID      string              `json:"channelId"`
	Direction      string              `json:"direction" enum:"inbound,outbound"`
	Kind           string              `json:"kind" enum:"message,note"`
	Type           string              `json:"type" doc:"What it holds: text, image, video, audio, voice, document, sticker, location, contacts, reaction, template, choice, order, system or unsupported"`
	Body           string              `json:"body" doc:"The text, a caption, or what the content says in words"`
	Content        *Content            `json:"content" doc:"What it holds besides its text"`
	Attachments    []MessageAttachment `json:"attachments" nullable:"false"`
	ReplyTo        *string             `json:"replyToId" doc:"The message it answers"`
	Status         string              `json:"status" enum:"received,queued,sent,delivered,read,failed"`
	Error          *MessageError       `json:"error"`
	Author         Author              `json:"author"`
	ClientID       *string             `json:"clientId"`
	ExternalID     *string             `json:"externalId"`
	CreatedAt      string              `json:"createdAt" format:"date-time"`
	SentAt         *string             `json:"sentAt" format:"date-time"`
	DeliveredAt    *string             `json:"deliveredAt" format:"date-time"`
	ReadAt         *string             `json:"readAt" format:"date-time"`
	PlayedAt       *string             `json:"playedAt" format:"date-time" doc:"When a sound that was sent was first played; its status is read"`
	EditedAt       *string             `json:"editedAt" format:"date-time"`
	DeletedAt      *string             `json:"deletedAt" format:"date-time" doc:"When its writer took it back"`
	Change         *MessageChange      `json:"change" doc:"An edit or a deletion that the channel has not carried out: until then the contact sees the message as it is here"`
}

// MessageChange is an edit or a deletion of a message that the channel has already.
type MessageChange struct {
	Kind        string        `json:"kind" enum:"edit,delete"`
	Body        *string       `json:"body" doc:"The text that is to stand, of an edit"`
	Status      string        `json:"status" enum:"queued,failed"`
	Error       *MessageError `json:"error" doc:"Why it failed, or why it still waits"`
	RequestedAt string        `json:"requestedAt" format:"date-time"`
}

// MessageAttachment is a file on a message.
type MessageAttachment struct {
	ID          string `json:"id"`
	FileName    string `json:"fileName" example:"photo.jpg"`
	ContentType string `json:"contentType" doc:"What the bytes are, whatever the uploader said"`
	Size        int64  `json:"size" doc:"Bytes"`
	Width       *int   `json:"width" doc:"Pixels, of a GIF, JPEG or PNG"`
	Height      *int   `json:"height"`
	URL         string `json:"url" format:"uri" doc:"Opens the file without a key for 15 minutes from when this was told; later, read the attachment for a fresh one"`
}

// Attachment is a file that was uploaded.
type Attachment struct {
	ID           string  `json:"id" example:"att_6740a1b2c3d4e5f60718293a"`
	FileName     string  `json:"fileName" example:"photo.jpg"`
	ContentType  string  `json:"contentType" doc:"What the bytes are"`
	ClaimedType  *string `json:"claimedType" doc:"What the uploader said they are"`
	Size         int64   `json:"size" doc:"Bytes"`
	SHA256       string  `json:"sha256" doc:"Of the bytes, in hex"`
	Width        *int    `json:"width" doc:"Pixels, of a GIF, JPEG or PNG"`
	Height       *int    `json:"height"`
	Uploader     Author  `json:"uploader"`
	MessageID    *string `json:"messageId" doc:"null until it is sent; removed after 24 hours if it never is"`
	URL          string  `json:"url" format:"uri" doc:"Opens the file without a key until urlExpiresAt"`
	URLExpiresAt string  `json:"urlExpiresAt" format:"date-time"`
	CreatedAt    string  `json:"createdAt" format:"date-time"`
}

// Note is what the team remembers about a contact or says on a ticket; it is never sent.
type Note struct {
	ID        string  `json:"id"`
	ContactID *string `json:"contactId" doc:"Of a note about a contact"`
	TicketID  *string `json:"ticketId" doc:"Of a note on a ticket"`
	Body      string  `json:"body"`
	Author    Author  `json:"author"`
	CreatedAt string  `json:"createdAt" format:"date-time"`
}

// Channel is one way to talk with contacts.
type Channel struct {
	ID           string         `json:"id"`
	Kind         string         `json:"kind"`
	Name         string         `json:"name"`
	Status       string         `json:"status" enum:"connected,needs_attention"`
	StatusDetail *string        `json:"statusDetail"`
	SessionID    *string        `json:"sessionId"`
	Config       map[string]any `json:"config" doc:"Secrets go in and never come out"`
	CallbackPath *string        `json:"callbackPath" doc:"What the vendor's webhook is to call, after the server's address"`
	Capabilities Capabilities   `json:"capabilities"`
	Facts        *ChannelFacts  `json:"facts" doc:"What the vendor says of the number"`
	CreatedAt    string         `json:"createdAt" format:"date-time"`
	UpdatedAt    string         `json:"updatedAt" format:"date-time"`
}

// Agent is a member of the team whom work can be assigned to.
type Agent struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role" enum:"owner,admin,agent"`
}

// Key is an API key without its secret.
type Key struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Prefix    string   `json:"prefix"`
	Last4     string   `json:"last4"`
	Scopes    []string `json:"scopes" nullable:"false"`
	Cap       Cap      `json:"cap"`
	ExpiresAt *string  `json:"expiresAt" format:"date-time"`
	RevokedAt *string  `json:"revokedAt" format:"date-time"`
	CreatedAt string   `json:"createdAt" format:"date-time"`
}

// Cap is how many calls a key may make in any window of so many seconds.
type Cap struct {
	Calls   int `json:"calls"`
	Seconds int `json:"seconds"`
}

// Workspace is one team's house.
type Workspace struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Webhook is an address that is told of events.
type Webhook struct {
	ID             string   `json:"id"`
	URL            string   `json:"url"`
	Events         []string `json:"events" nullable:"false"`
	ChannelIDs     []string `json:"channelIds" nullable:"false" doc:"Empty: all channels"`
	Enabled        bool     `json:"enabled"`
	DisabledReason *string  `json:"disabledReason"`
	FailingSince   *string  `json:"failingSince" format:"date-time"`
	CreatedAt      string   `json:"createdAt" format:"date-time"`
	UpdatedAt      string   `json:"updatedAt" format:"date-time"`
	Secret         string   `json:"secret,omitempty" doc:"Shown once, when made or rotated"`
}

// Delivery is one event owed to one webhook.
type Delivery struct {
	ID         string  `json:"id"`
	WebhookID  string  `json:"webhookId"`
	EventID    string  `json:"eventId"`
	Event      string  `json:"event"`
	State      string  `json:"state" enum:"pending,running,delivered,failed"`
	Tries      int     `json:"tries"`
	NextTryAt  *string `json:"nextTryAt" format:"date-time"`
	LastStatus *int    `json:"lastStatus" doc:"HTTP status of the newest try; null: no answer"`
	LastError  *string `json:"lastError"`
	CreatedAt  string  `json:"createdAt" format:"date-time"`
	FinishedAt *string `json:"finishedAt" format:"date-time"`
}

// Event is one thing that happened, as webhooks and the feed tell it.
type Event struct {
	ID          string          `json:"id"`
	Event       string          `json:"event" example:"message.created"`
	Type        string          `json:"type" doc:"Equal to event"`
	Timestamp   string          `json:"timestamp" format:"date-time"`
	WorkspaceID string          `json:"workspaceId"`
	Data        json.RawMessage `json:"data"`
}
