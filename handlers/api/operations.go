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
	op("DELETE", "/contacts/{id}", models.DeleteContacts, "Delete a contact with all that was said", deleteContact),
	op("POST", "/contacts/{id}/merge", models.WriteDesk, "Move everything of another contact here", mergeContacts),
	op("GET", "/contacts/{id}/notes", models.ReadDesk, "List a contact's notes, newest first", listNotes),
	op("POST", "/contacts/{id}/notes", models.WriteDesk, "Write a note about a contact", createNote, created),
	op("GET", "/contacts/{id}/conversations", models.ReadDesk, "List a contact's conversations", listContactConversations),
	op("GET", "/contacts/{id}/tickets", models.ReadDesk, "List a contact's tickets, newest first", listContactTickets),

	op("GET", "/channels", models.ReadDesk, "List channels", listChannels),
	op("POST", "/channels", models.ManageIntegrations, "Add a channel", createChannel, created),
	op("GET", "/channels/{id}", models.ReadDesk, "Read a channel", showChannel),
	op("PATCH", "/channels/{id}", models.ManageIntegrations, "Change a channel", updateChannel, versioned),
	op("DELETE", "/channels/{id}", models.ManageIntegrations, "Remove a channel; its conversations stay", deleteChannel),
	op("POST", "/channels/{id}/check", models.ManageIntegrations, "Ask the vendor whether the channel is in order, and for its templates", checkChannel, accepted),
	op("GET", "/channels/{id}/templates", models.ReadDesk, "List a channel's templates, as the last check saw them", listTemplates),
	op("GET", "/channels/{id}/envelopes", models.ReadIntegrations, "List what came in for a channel and what became of it, newest first", listEnvelopes),

	op("GET", "/conversations", models.ReadDesk, "List conversations, newest activity first", listConversations),
	op("POST", "/conversations", models.WriteDesk, "Open a conversation", createConversation, created),
	op("GET", "/conversations/{id}", models.ReadDesk, "Read a conversation", showConversation),
	op("PATCH", "/conversations/{id}", models.WriteDesk, "Change status, assignee or labels", updateConversation, versioned),
	op("POST", "/conversations/{id}/read", models.WriteDesk, "Mark what the contact wrote as read", readConversation),
	op("POST", "/conversations/{id}/typing", models.WriteDesk, "Let the contact see that somebody types", showTyping),
	op("GET", "/conversations/{id}/messages", models.ReadDesk, "List messages in the order they were said", listMessages),
	op("POST", "/conversations/{id}/messages", models.WriteDesk, "Send a message, keep a note, or record what the contact wrote", createMessage, accepted, madeToo),

	op("POST", "/messages", models.WriteDesk, "Send a message to an address", sendMessage, accepted, madeToo),
	op("GET", "/messages/{id}", models.ReadDesk, "Read a message and how far it came", showMessage),
	op("PATCH", "/messages/{id}", models.WriteDesk, "Edit a text of the team's, or a note of your own", editMessage, acceptedToo, versioned),
	op("DELETE", "/messages/{id}", models.WriteDesk, "Delete a message of the team's for everyone, or a note of your own", deleteMessage, acceptedToo),
	op("POST", "/messages/{id}/retry", models.WriteDesk, "Send a failed message again, or check the channel in trouble for which it waits", retryMessage, accepted),

	op("GET", "/tickets", models.ReadDesk, "List tickets, newest first unless sorted otherwise", listTickets),
	op("POST", "/tickets", models.WriteDesk, "Create a ticket", createTicket, created),
	op("GET", "/tickets/{id}", models.ReadDesk, "Read a ticket", showTicket),
	op("PATCH", "/tickets/{id}", models.WriteDesk, "Change a ticket, all of it or nothing; each real change is one audit entry", updateTicket, versioned),
	op("GET", "/tickets/{id}/notes", models.ReadDesk, "List a ticket's notes, newest first", listTicketNotes),
	op("POST", "/tickets/{id}/notes", models.WriteDesk, "Write a note on a ticket; it is never sent", createTicketNote, created),
	op("GET", "/tickets/{id}/messages", models.ReadDesk, "List what was said in the ticket's conversation", listTicketMessages),
	op("POST", "/tickets/{id}/messages", models.WriteDesk, "Answer in the ticket's conversation", createTicketMessage, accepted, madeToo),
	op("GET", "/tickets/{id}/timeline", models.ReadDesk, "Messages, notes and audit entries in order", showTimeline),

	op("GET", "/ticket-rules", models.ReadDesk, "Read what happens to tickets by itself", showTicketRules),
	op("PATCH", "/ticket-rules", models.ManageTickets, "Decide what happens to tickets by itself; the key's maker is an admin", updateTicketRules),
	op("GET", "/categories", models.ReadDesk, "List categories in their order", listCategories),
	op("POST", "/categories", models.ManageCatalogue, "Add a category", createCategory, created),
	op("GET", "/categories/{id}", models.ReadDesk, "Read a category", showCategory),
	op("PATCH", "/categories/{id}", models.ManageCatalogue, "Rename, move, archive or bring back a category", updateCategory, versioned),
	op("DELETE", "/categories/{id}", models.ManageCatalogue, "Archive a category; tickets keep it", archiveCategory),
	op("GET", "/tags", models.ReadDesk, "List tags by name", listTags),
	op("POST", "/tags", models.ManageCatalogue, "Add a tag", createTag, created),
	op("GET", "/tags/{id}", models.ReadDesk, "Read a tag", showTag),
	op("PATCH", "/tags/{id}", models.ManageCatalogue, "Rename, archive or bring back a tag", updateTag, versioned),
	op("DELETE", "/tags/{id}", models.ManageCatalogue, "Archive a tag; tickets keep it", archiveTag),
	op("POST", "/tags/{id}/merge", models.ManageCatalogue, "Put this tag wherever another one is, which goes away", mergeTags),
	op("GET", "/attributes", models.ReadDesk, "List the attributes defined for contacts and tickets", listAttributes),
	op("POST", "/attributes", models.ManageCatalogue, "Define an attribute", createAttribute, created),
	op("GET", "/attributes/{id}", models.ReadDesk, "Read an attribute's definition", showAttribute),
	op("PATCH", "/attributes/{id}", models.ManageCatalogue, "Rename, move, archive or bring back an attribute", updateAttribute, versioned),
	op("DELETE", "/attributes/{id}", models.ManageCatalogue, "Archive an attribute; values stay", archiveAttribute),

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
