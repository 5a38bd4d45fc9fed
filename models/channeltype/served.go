package channeltype

import (
	"regexp"
	"time"

	"mauve/models/content"
	"mauve/models/input"
)

var (
	anyText = regexp.MustCompile(`^[\x21-\x7e]{1,1000}$`)
	oneWord = regexp.MustCompile(`^[\x21-\x7e]{1,200}$`)
)

// largestMedia is the most bytes of each type that WhatsApp takes (Meta,
// "Supported media types", 2026-10).
var largestMedia = map[content.Type]int64{
	content.Image: 5 << 20, content.Video: 16 << 20, content.Audio: 16 << 20, content.Document: 100 << 20, content.Sticker: 500 << 10,
}

// whatsapp is what Meta's Cloud API carries: a window of 24 hours, 4096
// characters, 80 messages a second for each number unless Meta raised it (Meta,
// "Messages" and "Throughput", 2026-10).
var whatsapp = Capabilities{Queued: true, Webhook: true, Phones: true, Window: 24 * time.Hour, Templates: true, Receipts: true, LongestText: 4096,
	Largest: largestMedia, Rate: 80, Uploads: true, OneFile: true,
	Types: []content.Type{content.Image, content.Video, content.Audio, content.Document, content.Sticker, content.Location, content.Contacts,
		content.Reaction, content.Template}}

// whatsappWeb is what a phone's own WhatsApp carries: no window and no templates. It sends gently, because WhatsApp
// bans numbers that send as no person would. What was sent can be edited for 15 minutes and deleted for everyone for two
// days (WhatsApp, "How to edit messages" and "How to delete messages", 2026-10).
var whatsappWeb = Capabilities{Queued: true, Linked: true, Phones: true, History: true, Groups: true, Receipts: true,
	Edits: 15 * time.Minute, Deletes: 48 * time.Hour, Largest: largestMedia, Rate: 1, Uploads: true, OneFile: true,
	Types: []content.Type{content.Image, content.Video, content.Audio, content.Document, content.Sticker, content.Location, content.Contacts,
		content.Reaction}}

// rehearsal is what a kind carries that behaves as the other does and reaches nobody: no vendor calls us.
func rehearsal(of Capabilities) Capabilities {
	of.Rehearses, of.Webhook = true, false
	return of
}

// always is longer than any message stands.
const always = 100 * 365 * 24 * time.Hour

// served are the kinds that this version serves, in the order people read them.
// They are here and not in their adapters' folders because rules ask for them:
// so a test of a rule, and a small program on a store, needs no adapter. A kind
// of another program comes by Register. (Meta, "Get started with Cloud
// API", 2026-10.)
var served = []Type{
	{Kind: WhatsApp, Name: "WhatsApp", Capabilities: whatsapp, Account: "phoneNumberId", Settings: []Setting{
		// Meta's ids are digits today; whether they are right its live check says. Here they are kept from bending its addresses.
		{Name: "phoneNumberId", Needed: true, Form: input.PlainID, Says: "has 1 to 64 letters, digits, dots, dashes or underscores", About: "The number's id at Meta"},
		{Name: "wabaId", Form: input.PlainID, Says: "has 1 to 64 letters, digits, dots, dashes or underscores",
			About: "The WhatsApp Business Account's id at Meta; templates need it"},
		{Name: "accessToken", Secret: true, Needed: true, Form: anyText, Says: "is a token of Meta's, without spaces"},
		{Name: "appSecret", Secret: true, Needed: true, Form: oneWord, Says: "is the app's secret at Meta, without spaces"},
		{Name: "verifyToken", Secret: true, Needed: true, Form: oneWord, Says: "is a word of your own without spaces, which you give to Meta too",
			About: "A word of your own, given to Meta with the callback address"},
		Throughput,
	}},
	{Kind: WhatsAppWeb, Name: "WhatsApp Web", Capabilities: whatsappWeb, Settings: []Setting{
		Throughput,
		{Name: HistorySetting, Type: SwitchSetting, Says: "is true or false",
			About: "Take in what was said before; WhatsApp sends it once, when a phone is linked. If left out false"},
		{Name: GroupsSetting, Type: SwitchSetting, Says: "is true or false",
			About: "Take part in the phone's groups: each is a contact with one conversation. If left out false"},
	}},
	{Kind: Sandbox, Name: "Sandbox", Capabilities: rehearsal(whatsapp), Settings: []Setting{Throughput}},
	{Kind: API, Name: "API", Capabilities: Capabilities{Inbound: true, Uploads: true, Edits: always, Deletes: always,
		Types: []content.Type{content.Image, content.Video, content.Audio, content.Document, content.Sticker}}},
}
