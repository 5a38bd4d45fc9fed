package wire

// Named is a category or a tag inside another object.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Ticket is a case that the team works on until it is resolved.
type Ticket struct {
	ID              string         `json:"id" example:"tick_6740a1b2c3d4e5f60718293a"`
	Number          int64          `json:"number" doc:"From 1 in each workspace"`
	Subject         string         `json:"subject"`
	Status          string         `json:"status" enum:"open,pending,waiting,resolved" doc:"open needs us, waiting is on the customer, pending is on a third party or for later, resolved is done"`
	Priority        int            `json:"priority" minimum:"1" maximum:"3" doc:"1 low, 2 normal, 3 high"`
	Category        *Named         `json:"category"`
	Tags            []Named        `json:"tags" nullable:"false"`
	Assignee        *Person        `json:"assignee"`
	Contact         *ContactBrief  `json:"contact"`
	ConversationID  *string        `json:"conversationId" doc:"Where replies go; null: nowhere until one is linked"`
	Channel         *string        `json:"channel" doc:"The kind of the conversation's channel"`
	Attributes      map[string]any `json:"attributes" doc:"By name, as defined under /attributes"`
	FirstResponseAt *string        `json:"firstResponseAt" format:"date-time" doc:"When the team first answered"`
	ResolvedAt      *string        `json:"resolvedAt" format:"date-time"`
	ReopenedCount   int            `json:"reopenedCount"`
	CreatedAt       string         `json:"createdAt" format:"date-time"`
	UpdatedAt       string         `json:"updatedAt" format:"date-time"`
}

// TicketNews is what ticket.created and ticket.updated tell: the ticket, and what changed.
type TicketNews struct {
	Ticket
	Changes []FieldChange `json:"changes" nullable:"false"`
}

// FieldChange is one field before and after, as people read it; empty text is no value.
type FieldChange struct {
	Field  string `json:"field" example:"status"`
	From   string `json:"from"`
	To     string `json:"to"`
	FromID string `json:"fromId,omitempty" doc:"Where the field names another object"`
	ToID   string `json:"toId,omitempty"`
}

// Audit says what was done to a ticket.
type Audit struct {
	ID        string        `json:"id"`
	Event     string        `json:"event" enum:"ticket.created,ticket.updated"`
	Author    Author        `json:"author"`
	Changes   []FieldChange `json:"changes" nullable:"false" doc:"One field, and what follows from it"`
	CreatedAt string        `json:"createdAt" format:"date-time"`
}

// TicketRules are what happens to tickets by itself, as the workspace decided.
type TicketRules struct {
	WaitingOnReply    bool `json:"waitingOnReply" doc:"An agent's reply on an open ticket makes it waiting"`
	ReopenDays        int  `json:"reopenDays" minimum:"0" maximum:"365" doc:"Within so many days of its resolution a customer's message reopens a ticket"`
	FollowUp          bool `json:"followUp" doc:"A message later than that opens a new ticket"`
	ManyOpen          bool `json:"manyOpen" doc:"A conversation may have several tickets that are not resolved"`
	ResolveAfterHours int  `json:"resolveAfterHours" minimum:"0" maximum:"8760" doc:"A ticket that waits for so long is resolved; 0: never"`
}

// TimelineEntry is one thing said, noted or done on a ticket: the member named by kind is there, the others are null.
type TimelineEntry struct {
	Kind    string   `json:"kind" enum:"message,note,audit"`
	Message *Message `json:"message"`
	Note    *Note    `json:"note"`
	Audit   *Audit   `json:"audit"`
}

// Category is what tickets are about, one of a short list.
type Category struct {
	ID         string  `json:"id" example:"cat_6740a1b2c3d4e5f60718293a"`
	Name       string  `json:"name"`
	Position   int     `json:"position"`
	ArchivedAt *string `json:"archivedAt" format:"date-time" doc:"Archived: stays on old tickets, cannot be newly set"`
	CreatedAt  string  `json:"createdAt" format:"date-time"`
	UpdatedAt  string  `json:"updatedAt" format:"date-time"`
}

// Tag is a word that tickets carry.
type Tag struct {
	ID         string  `json:"id" example:"tag_6740a1b2c3d4e5f60718293a"`
	Name       string  `json:"name"`
	ArchivedAt *string `json:"archivedAt" format:"date-time" doc:"Archived: stays on old tickets, cannot be newly set"`
	CreatedAt  string  `json:"createdAt" format:"date-time"`
	UpdatedAt  string  `json:"updatedAt" format:"date-time"`
}

// Attribute is a field that the team defined for its contacts or tickets.
type Attribute struct {
	ID         string   `json:"id" example:"attr_6740a1b2c3d4e5f60718293a"`
	Subject    string   `json:"subject" enum:"contact,ticket" doc:"What has it"`
	Name       string   `json:"name"`
	Type       string   `json:"type" enum:"text,number,date,choice,yes_no,url"`
	Choices    []string `json:"choices" nullable:"false" doc:"Of a choice"`
	Position   int      `json:"position"`
	ArchivedAt *string  `json:"archivedAt" format:"date-time" doc:"Archived: stays where it is set, cannot be newly set"`
	CreatedAt  string   `json:"createdAt" format:"date-time"`
	UpdatedAt  string   `json:"updatedAt" format:"date-time"`
}
