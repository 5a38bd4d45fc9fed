package templates

import (
	"context"

	"mauve/models/reason"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// Held is what a message holds besides its text. What is nil or empty is not there.
type Held struct {
	Quote     *Quote
	Media     *Media
	Place     *Place
	Cards     []BusinessCard
	Picked    *Picked
	Order     []OrderLine
	Ad        *Ad
	Product   string // what of a catalogue it asks about
	Template  string // the name of the template that it was sent by
	Reactions []Reaction
	Forwarded bool
	Often     bool // forwarded many times
	Edited    bool
	Deleted   bool   // its writer took it back
	Unknown   string // a kind that cannot be shown, and why
	OffPage   bool   // drawn for a page that may show it: it replaces its row there and is not added
}

// Quote is the message that another one answers.
type Quote struct{ ID, From, Text string } // ID empty: it is not here

// Media is a file whose bytes are not here, and what is drawn in its place. One that is here is among the row's files.
type Media struct {
	Kind       string // "image", "video", "audio", "voice", "document", "sticker"
	Name, Type string // the file's name and MIME type, if known
	Size       string
	Link       string        // where the vendor gets it, of a file sent by its address
	Coming     bool          // it is being fetched
	Problem    reason.Reason // why it could not be fetched
}

// Place is a location.
type Place struct{ Name, Address, At, URL string }

// BusinessCard is a person whose address was sent.
type BusinessCard struct {
	Name, Organization string
	Phones, Emails     []string
}

// Picked is what somebody chose from buttons, a list or a form.
type Picked struct {
	Kind, Title, Description string
	Answers                  []ui.Fact // of a form
}

// OrderLine is one line of an order.
type OrderLine struct{ Count, Product, Price string }

// Ad is the advertisement somebody came from.
type Ad struct{ Headline, Text, URL string }

// Reaction is an emoji at a message and who put it there.
type Reaction struct{ Emoji, Who string }

func mediaName(ctx context.Context, kind string) string {
	switch kind {
	case "image":
		return words.T(ctx, "Picture")
	case "video":
		return words.T(ctx, "Video")
	case "audio":
		return words.T(ctx, "Audio")
	case "voice":
		return words.T(ctx, "Voice message")
	case "sticker":
		return words.T(ctx, "Sticker")
	}
	return words.T(ctx, "Document")
}

// gists are what stands in a list for a message without text.
func gists(ctx context.Context, kind string) string {
	switch kind {
	case "image", "video", "audio", "voice", "sticker", "document":
		return mediaName(ctx, kind)
	case "location":
		return words.T(ctx, "Location")
	case "contacts":
		return words.T(ctx, "Contacts")
	case "order":
		return words.T(ctx, "Order")
	case "deleted":
		return words.T(ctx, "Message deleted")
	case "unsupported":
		return words.T(ctx, "A message that cannot be shown")
	}
	return ""
}

// Gist is the line of a list for a message: its text, or what it is in words where the store says only its kind: "[image]".
func Gist(ctx context.Context, text string) string {
	if n := len(text); n > 2 && text[0] == '[' && text[n-1] == ']' {
		if said := gists(ctx, text[1:n-1]); said != "" {
			return said
		}
	}
	return text
}

func pickedFrom(ctx context.Context, kind string) string {
	switch kind {
	case "list":
		return words.T(ctx, "Chosen from a list")
	case "flow":
		return words.T(ctx, "Filled in a form")
	}
	return words.T(ctx, "Pressed a button")
}
