package api

import (
	"mauve/models"
)

// operations is the table: what the native API can do, in the order people read it.
var operations = []operation{
	op("GET", "/me", models.Known, "The key and its workspace", showMe),
	op("GET", "/agents", models.ReadMembers, "The members whom work can be assigned to", listAgents),

	op("GET", "/contacts", models.ReadContacts, "List contacts, newest first", listContacts),
	op("POST", "/contacts", models.WriteContacts, "Create a contact", createContact, created),
	op("POST", "/contacts/identify", models.WriteContacts, "Find or create a contact and merge fields in", identifyContact, madeToo),
	op("GET", "/contacts/{id}", models.ReadContacts, "Read a contact", showContact),
	op("PATCH", "/contacts/{id}", models.WriteContacts, "Change a contact", updateContact, versioned),
	op("DELETE", "/contacts/{id}", models.DeleteContacts, "Delete a contact with all that was said", deleteContact),
	op("POST", "/contacts/{id}/merge", models.WriteContacts, "Move everything of another contact here", mergeContacts),
	op("GET", "/contacts/{id}/notes", models.ReadContacts, "List a contact's notes, newest first", listNotes),
	op("POST", "/contacts/{id}/notes", models.WriteContacts, "Write a note about a contact", createNote, created),
	op("GET", "/contacts/{id}/conversations", models.ReadConversations, "List a contact's conversations", listContactConversations),
	op("GET", "/contacts/{id}/tickets", models.ReadTickets, "List a contact's tickets, newest first", listContactTickets),

	op("GET", "/channels", models.ReadChannels, "List channels", listChannels),
	op("POST", "/channels", models.WriteChannels, "Add a channel", createChannel, created),
	op("GET", "/channels/{id}", models.ReadChannels, "Read a channel", showChannel),
	op("PATCH", "/channels/{id}", models.WriteChannels, "Change a channel", updateChannel, versioned),
	op("DELETE", "/channels/{id}", models.WriteChannels, "Remove a channel; its conversations stay", deleteChannel),
	op("POST", "/channels/{id}/check", models.WriteChannels, "Ask the vendor whether the channel is in order, and for its templates", checkChannel, accepted),
	op("GET", "/channels/{id}/templates", models.ReadChannels, "List a channel's templates, as the last check saw them", listTemplates),
	op("GET", "/channels/{id}/envelopes", models.InspectChannels, "List what came in for a channel and what became of it, newest first", listEnvelopes),

	op("GET", "/conversations", models.ReadConversations, "List conversations, newest activity first", listConversations),
	op("POST", "/conversations", models.WriteConversations, "Open a conversation", createConversation, created),
	op("GET", "/conversations/{id}", models.ReadConversations, "Read a conversation", showConversation),
	op("PATCH", "/conversations/{id}", models.WriteConversations, "Change status, assignee or labels", updateConversation, versioned),
	op("POST", "/conversations/{id}/read", models.WriteConversations, "Mark what the contact wrote as read", readConversation),
	op("POST", "/conversations/{id}/typing", models.WriteConversations, "Let the contact see that somebody types", showTyping),
	op("GET", "/conversations/{id}/messages", models.ReadMessages, "List messages in the order they were said", listMessages),
	op("POST", "/conversations/{id}/messages", models.WriteMessages, "Send a message, keep a note, or record what the contact wrote", createMessage, accepted, madeToo),

	op("POST", "/messages", models.WriteMessages, "Send a message to an address", sendMessage, accepted, madeToo),
	op("GET", "/messages/{id}", models.ReadMessages, "Read a message and how far it came", showMessage),
	op("PATCH", "/messages/{id}", models.WriteMessages, "Edit a text of the team's, or a note of your own", editMessage, acceptedToo, versioned),
	op("DELETE", "/messages/{id}", models.WriteMessages, "Delete a message of the team's for everyone, or a note of your own", deleteMessage, acceptedToo),
	op("POST", "/messages/{id}/retry", models.WriteMessages, "Send a failed message again, or check the channel in trouble for which it waits", retryMessage, accepted),

	op("GET", "/tickets", models.ReadTickets, "List tickets, newest first unless sorted otherwise", listTickets),
	op("POST", "/tickets", models.WriteTickets, "Create a ticket", createTicket, created),
	op("GET", "/tickets/{id}", models.ReadTickets, "Read a ticket", showTicket),
	op("PATCH", "/tickets/{id}", models.WriteTickets, "Change a ticket, all of it or nothing; each real change is one audit entry", updateTicket, versioned),
	op("GET", "/tickets/{id}/notes", models.ReadMessages, "List a ticket's notes, newest first", listTicketNotes),
	op("POST", "/tickets/{id}/notes", models.WriteMessages, "Write a note on a ticket; it is never sent", createTicketNote, created),
	op("GET", "/tickets/{id}/messages", models.ReadMessages, "List what was said in the ticket's conversation", listTicketMessages),
	op("POST", "/tickets/{id}/messages", models.WriteMessages, "Answer in the ticket's conversation", createTicketMessage, accepted, madeToo),
	op("GET", "/tickets/{id}/timeline", models.ReadMessages, "Messages, notes and audit entries in order", showTimeline),

	op("GET", "/ticket-rules", models.ReadTicketRules, "Read what happens to tickets by itself", showTicketRules),
	op("PATCH", "/ticket-rules", models.WriteTicketRules, "Decide what happens to tickets by itself; the key's maker is an admin", updateTicketRules),
	op("GET", "/categories", models.ReadCatalogue, "List categories in their order", listCategories),
	op("POST", "/categories", models.WriteCatalogue, "Add a category", createCategory, created),
	op("GET", "/categories/{id}", models.ReadCatalogue, "Read a category", showCategory),
	op("PATCH", "/categories/{id}", models.WriteCatalogue, "Rename, move, archive or bring back a category", updateCategory, versioned),
	op("DELETE", "/categories/{id}", models.WriteCatalogue, "Archive a category; tickets keep it", archiveCategory),
	op("GET", "/tags", models.ReadCatalogue, "List tags by name", listTags),
	op("POST", "/tags", models.WriteCatalogue, "Add a tag", createTag, created),
	op("GET", "/tags/{id}", models.ReadCatalogue, "Read a tag", showTag),
	op("PATCH", "/tags/{id}", models.WriteCatalogue, "Rename, archive or bring back a tag", updateTag, versioned),
	op("DELETE", "/tags/{id}", models.WriteCatalogue, "Archive a tag; tickets keep it", archiveTag),
	op("POST", "/tags/{id}/merge", models.WriteCatalogue, "Put this tag wherever another one is, which goes away", mergeTags),
	op("GET", "/attributes", models.ReadCatalogue, "List the attributes defined for contacts and tickets", listAttributes),
	op("POST", "/attributes", models.WriteCatalogue, "Define an attribute", createAttribute, created),
	op("GET", "/attributes/{id}", models.ReadCatalogue, "Read an attribute's definition", showAttribute),
	op("PATCH", "/attributes/{id}", models.WriteCatalogue, "Rename, move, archive or bring back an attribute", updateAttribute, versioned),
	op("DELETE", "/attributes/{id}", models.WriteCatalogue, "Archive an attribute; values stay", archiveAttribute),

	op("POST", "/attachments", models.WriteMessages, "Upload a file, to be put on a message", createAttachment, created, uploaded),
	op("GET", "/attachments/{id}", models.ReadMessages, "Read an attachment, with a fresh link to its bytes", showAttachment),

	op("GET", "/webhooks", models.ReadWebhooks, "List webhooks", listWebhooks),
	op("POST", "/webhooks", models.WriteWebhooks, "Add a webhook; its secret is shown once", createWebhook, created),
	op("GET", "/webhooks/{id}", models.ReadWebhooks, "Read a webhook", showWebhook),
	op("PATCH", "/webhooks/{id}", models.WriteWebhooks, "Change, enable or disable a webhook", updateWebhook, versioned),
	op("DELETE", "/webhooks/{id}", models.WriteWebhooks, "Remove a webhook and its deliveries", deleteWebhook),
	op("GET", "/webhooks/{id}/deliveries", models.ReadWebhooks, "List deliveries, newest first", listDeliveries),
	op("POST", "/webhooks/{id}/test", models.WriteWebhooks, "Send a test event", testWebhook, accepted),
	op("POST", "/webhooks/{id}/rotate-secret", models.WriteWebhooks, "Make a new secret; the old one signs for a day more", rotateSecret),
	op("POST", "/deliveries/{id}/replay", models.WriteWebhooks, "Send a delivery again under the same id", replayDelivery, accepted),

	op("GET", "/events", models.ReadEvents, "The event feed after a cursor, oldest first", listEvents, missing),
}
