package wire

import "encoding/json"

// Content is what a message holds besides its text; only the members that its type calls for are there.
type Content struct {
	Media       *Media       `json:"media,omitempty"`
	Location    *Location    `json:"location,omitempty"`
	Contacts    []VCard      `json:"contacts,omitempty"`
	Reaction    *Reaction    `json:"reaction,omitempty"`
	Template    *TemplateUse `json:"template,omitempty"`
	Choice      *Choice      `json:"choice,omitempty"`
	Order       *Order       `json:"order,omitempty"`
	Product     *Product     `json:"product,omitempty"`
	Referral    *Referral    `json:"referral,omitempty"`
	System      *SystemNews  `json:"system,omitempty"`
	QuotedID    string       `json:"quotedId,omitempty" doc:"The vendor's id of the message it answers"`
	Forwarded   bool         `json:"forwarded,omitempty"`
	Often       bool         `json:"forwardedOften,omitempty"`
	NoPreview   bool         `json:"noPreview,omitempty" doc:"Do not show a preview of links"`
	Participant *Participant `json:"participant,omitempty" doc:"Who of a group wrote it"`
	History     bool         `json:"history,omitempty" doc:"It was said before the phone was linked, and came when it was"`
	Problem     string       `json:"problem,omitempty" doc:"Why the vendor could not pass on more"`
	Raw         any          `json:"raw,omitempty" doc:"What came, where its kind is not known here"`
}

// Media is a picture, film, sound, file or sticker, by the vendor's id or by its address.
type Media struct {
	ID       string `json:"id,omitempty" doc:"The vendor's id of the file"`
	URL      string `json:"url,omitempty" doc:"Where the vendor is to fetch it"`
	MIMEType string `json:"mimeType,omitempty"`
	SHA256   string `json:"sha256,omitempty" doc:"Base64, as the vendor says it"`
	Size     int64  `json:"size,omitempty" doc:"Bytes, if known"`
	FileName string `json:"fileName,omitempty"`
	Animated bool   `json:"animated,omitempty"`
	State    string `json:"state,omitempty" enum:"fetching,failed" doc:"Of a file that came in and is not among the attachments: it is being fetched, or could not be"`
	Problem  string `json:"problem,omitempty" doc:"Why it could not be fetched"`
}

// Participant is one of the people of a group.
type Participant struct {
	Name       string `json:"name" doc:"As they call themselves, else their number or the vendor's id of them"`
	Phone      string `json:"phone,omitempty" doc:"E.164, where the vendor tells it"`
	ExternalID string `json:"externalId,omitempty" doc:"The vendor's id of the person"`
}

// Location is a place.
type Location struct {
	Latitude  float64 `json:"latitude" minimum:"-90" maximum:"90"`
	Longitude float64 `json:"longitude" minimum:"-180" maximum:"180"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
	URL       string  `json:"url,omitempty"`
}

// VCard is a person somebody sent the address of.
type VCard struct {
	Name         string   `json:"name"`
	Phones       []string `json:"phones,omitempty"`
	Emails       []string `json:"emails,omitempty"`
	Organization string   `json:"organization,omitempty"`
}

// Reaction is an emoji at another message; an empty one takes it back.
type Reaction struct {
	MessageID  string `json:"messageId,omitempty" doc:"The message it is about, if it is here"`
	ExternalID string `json:"externalId,omitempty" doc:"The vendor's id of that message"`
	Emoji      string `json:"emoji" doc:"Empty: the reaction was taken back"`
}

// TemplateUse is a template with what fills its gaps.
type TemplateUse struct {
	Name       string          `json:"name"`
	Language   string          `json:"language" example:"en_US"`
	Components json.RawMessage `json:"components,omitempty" doc:"As Meta's API takes them"`
}

// Choice is what somebody picked from buttons, a list or a form.
type Choice struct {
	Kind        string          `json:"kind" enum:"button,list,quick_reply,flow,call_permission"`
	ID          string          `json:"id,omitempty" doc:"The payload that was given to the button"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	Data        json.RawMessage `json:"data,omitempty" doc:"What was filled into the form"`
}

// Order is what somebody ordered from a catalogue.
type Order struct {
	CatalogID string      `json:"catalogId"`
	Items     []OrderItem `json:"items"`
}

// OrderItem is one line of an order.
type OrderItem struct {
	ProductID string  `json:"productId"`
	Quantity  float64 `json:"quantity"`
	Price     float64 `json:"price"`
	Currency  string  `json:"currency"`
}

// Referral is the advertisement somebody came from.
type Referral struct {
	SourceURL  string `json:"sourceUrl,omitempty"`
	SourceID   string `json:"sourceId,omitempty"`
	SourceType string `json:"sourceType,omitempty"`
	Headline   string `json:"headline,omitempty"`
	Body       string `json:"body,omitempty"`
	ClickID    string `json:"clickId,omitempty"`
	Ref        string `json:"ref,omitempty" doc:"What was written into the advertisement to tell it by"`
	Welcome    string `json:"welcome,omitempty" doc:"The greeting that it showed"`

	MediaType    string `json:"mediaType,omitempty" example:"image"`
	ImageURL     string `json:"imageUrl,omitempty"`
	VideoURL     string `json:"videoUrl,omitempty"`
	ThumbnailURL string `json:"thumbnailUrl,omitempty"`
}

// Product is something of a catalogue that a message asks about.
type Product struct {
	CatalogID string `json:"catalogId"`
	ProductID string `json:"productId"`
}

// SystemNews is what the vendor says about a person: a new number or identity.
type SystemNews struct {
	Kind      string `json:"kind"`
	NewNumber string `json:"newNumber,omitempty"`
	NewUserID string `json:"newUserId,omitempty" doc:"Their new business-scoped user id"`
}

// Template is a message that Meta approved, for when the window is shut.
type Template struct {
	ID         string          `json:"id"`
	ChannelID  string          `json:"channelId"`
	Name       string          `json:"name"`
	Language   string          `json:"language"`
	Status     string          `json:"status" doc:"As Meta says it: APPROVED, PENDING, REJECTED, PAUSED, …"`
	Category   string          `json:"category"`
	Quality    *string         `json:"quality"`
	Components json.RawMessage `json:"components" doc:"As Meta's API gives them"`
	UpdatedAt  string          `json:"updatedAt" format:"date-time"`
}

// Envelope is one call of a vendor's, and what became of each thing in it.
type Envelope struct {
	ID         string            `json:"id"`
	State      string            `json:"state" enum:"waiting,read,failed"`
	ReceivedAt string            `json:"receivedAt" format:"date-time"`
	ReadAt     *string           `json:"readAt" format:"date-time"`
	Things     int               `json:"things" doc:"How many things are in it"`
	Outcomes   []EnvelopeOutcome `json:"outcomes" nullable:"false" doc:"What became of those that were read, of the first 1000"`
}

// EnvelopeOutcome is what became of one thing in an envelope.
type EnvelopeOutcome struct {
	What      string  `json:"what" doc:"What it was: message text, status read, field calls"`
	Became    string  `json:"became" enum:"message,status,update,repeat,ignored,failed"`
	Because   string  `json:"because,omitempty" doc:"Why it was ignored or failed"`
	MessageID *string `json:"messageId"`
}

// ChannelFacts are what the vendor says of a connected number.
type ChannelFacts struct {
	Number     string `json:"number,omitempty"`
	Name       string `json:"name,omitempty" doc:"The verified name"`
	Quality    string `json:"quality,omitempty" doc:"GREEN, YELLOW or RED"`
	Limit      string `json:"limit,omitempty" doc:"The messaging limit, as Meta names it"`
	CheckedAt  string `json:"checkedAt,omitempty"`
	Session    string `json:"session,omitempty" enum:"pairing,reconnecting,connected,logged_out" doc:"whatsapp_web: how the session with the phone is"`
	LastSeenAt string `json:"lastSeenAt,omitempty" doc:"whatsapp_web: when the session was last made or lost"`
	Note       string `json:"note,omitempty" doc:"What the last check could not find out, and why"`
}

// TemplatePart is the part of a template's component, or of what fills it, that is read here.
type TemplatePart struct {
	Type       string           `json:"type"`
	Format     string           `json:"format"`
	Text       string           `json:"text"`
	Parameters []TemplateValue  `json:"parameters"`
	Buttons    []TemplateButton `json:"buttons"`
}

// TemplateButton is a button of a template.
type TemplateButton struct {
	Type string `json:"type"`
	Text string `json:"text"`
	URL  string `json:"url"`
}

// TemplateValue is what fills one gap of a template.
type TemplateValue struct {
	Type string `json:"type"`
	Text string `json:"text"`
	Name string `json:"parameter_name"`
}

// Capabilities are what a channel can carry.
type Capabilities struct {
	Types        []string         `json:"types" nullable:"false" doc:"What can be sent"`
	WindowHours  int              `json:"windowHours" doc:"Free text passes so long after the contact wrote; 0: always"`
	Templates    bool             `json:"templates"`
	Receipts     bool             `json:"receipts" doc:"Can be told that the team read, and that it types"`
	LongestText  int              `json:"longestText" doc:"Characters"`
	Attachments  int              `json:"attachments" doc:"Uploaded files on one message, at most; a note holds ten on every channel"`
	LargestMedia map[string]int64 `json:"largestMedia" doc:"Bytes of a file, by type"`
	EditMins     *int             `json:"editMinutes" doc:"A text can be edited so long after it was sent; 0: never, null: as long as it stands"`
	DeleteMins   *int             `json:"deleteMinutes" doc:"A message can be deleted for everyone so long after it was sent; 0: never, null: as long as it stands"`
}

// TemplateFill fills the gaps of one component, as Meta's API takes it.
type TemplateFill struct {
	Type       string         `json:"type"`
	SubType    string         `json:"sub_type,omitempty"`
	Index      string         `json:"index,omitempty"`
	Parameters []TemplateFact `json:"parameters"`
}

// TemplateFact is what one gap is filled with; its type says which member is there.
type TemplateFact struct {
	Type     string        `json:"type"`
	Text     string        `json:"text,omitempty"`
	Name     string        `json:"parameter_name,omitempty"`
	Code     string        `json:"coupon_code,omitempty"`
	Image    *TemplateFile `json:"image,omitempty"`
	Video    *TemplateFile `json:"video,omitempty"`
	Document *TemplateFile `json:"document,omitempty"`
}

// TemplateFile is a file that the vendor fetches.
type TemplateFile struct {
	Link string `json:"link"`
}
