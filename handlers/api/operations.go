package api

import (
	"mauve/models"
)

// operations is the door's table: what the native API can do, in the order people read it.
var operations = []operation{
	op("GET", "/me", models.Anyone, "The key and its workspace", showMe),
	op("GET", "/agents", models.ReadDesk, "The members whom work can be assigned to", listAgents),

	op("GET", "/contacts", models.ReadDesk, "List contacts, newest first", listContacts),
	op("POST", "/contacts", models.WriteDesk, "Create a contact", createContact, created),
	op("POST", "/contacts/identify", models.WriteDesk, "Find or create a contact and merge fields in", identifyContact, madeToo),
	op("GET", "/contacts/{id}", models.ReadDesk, "Read a contact", showContact),
	op("PATCH", "/contacts/{id}", models.WriteDesk, "Change a contact", updateContact, versioned),
	op("DELETE", "/contacts/{id}", models.WriteDesk, "Delete a contact with all that was said", deleteContact),
	op("POST", "/contacts/{id}/merge", models.WriteDesk, "Move everything of another contact here", mergeContacts),
	op("GET", "/contacts/{id}/notes", models.ReadDesk, "List a contact's notes, newest first", listNotes),
	op("POST", "/contacts/{id}/notes", models.WriteDesk, "Write a note about a contact", createNote, created),
	op("GET", "/contacts/{id}/conversations", models.ReadDesk, "List a contact's conversations", listContactConversations),

	op("GET", "/channels", models.ReadIntegrations, "List channels", listChannels),
	op("POST", "/channels", models.ManageIntegrations, "Add a channel", createChannel, created),
	op("GET", "/channels/{id}", models.ReadIntegrations, "Read a channel", showChannel),
	op("PATCH", "/channels/{id}", models.ManageIntegrations, "Change a channel", updateChannel, versioned),
	op("DELETE", "/channels/{id}", models.ManageIntegrations, "Remove a channel; its conversations stay", deleteChannel),

	op("GET", "/conversations", models.ReadDesk, "List conversations, newest activity first", listConversations),
	op("POST", "/conversations", models.WriteDesk, "Open a conversation", createConversation, created),
	op("GET", "/conversations/{id}", models.ReadDesk, "Read a conversation", showConversation),
	op("PATCH", "/conversations/{id}", models.WriteDesk, "Change status, assignee or labels", updateConversation, versioned),
	op("POST", "/conversations/{id}/read", models.WriteDesk, "Mark what the contact wrote as read", readConversation),
	op("GET", "/conversations/{id}/messages", models.ReadDesk, "List messages in the order they were said", listMessages),
	op("POST", "/conversations/{id}/messages", models.WriteDesk, "Send a message, keep a note, or record what the contact wrote", createMessage, accepted, madeToo),

	op("POST", "/messages", models.WriteDesk, "Send a message to an address", sendMessage, accepted, madeToo),
	op("GET", "/messages/{id}", models.ReadDesk, "Read a message and how far it came", showMessage),

	op("POST", "/attachments", models.WriteDesk, "Upload a file, to be put on a message", createAttachment, created, uploaded),
	op("GET", "/attachments/{id}", models.ReadDesk, "Read an attachment, with a fresh link to its bytes", showAttachment),

	op("GET", "/webhooks", models.ReadIntegrations, "List webhooks", listWebhooks),
	op("POST", "/webhooks", models.ManageIntegrations, "Add a webhook; its secret is shown once", createWebhook, created),
	op("GET", "/webhooks/{id}", models.ReadIntegrations, "Read a webhook", showWebhook),
	op("PATCH", "/webhooks/{id}", models.ManageIntegrations, "Change, enable or disable a webhook", updateWebhook, versioned),
	op("DELETE", "/webhooks/{id}", models.ManageIntegrations, "Remove a webhook and its deliveries", deleteWebhook),
	op("GET", "/webhooks/{id}/deliveries", models.ReadIntegrations, "List deliveries, newest first", listDeliveries),
	op("POST", "/webhooks/{id}/test", models.ManageIntegrations, "Send a test event", testWebhook, accepted),
	op("POST", "/webhooks/{id}/rotate-secret", models.ManageIntegrations, "Make a new secret; the old one signs for a day more", rotateSecret),
	op("POST", "/deliveries/{id}/replay", models.ManageIntegrations, "Send a delivery again under the same id", replayDelivery, accepted),

	op("GET", "/events", models.ReadDesk, "The event feed after a cursor, oldest first", listEvents, missing),
}
