package models

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ChannelType is what there is to know of a kind of channel before anybody talks
// on it: what it can carry, and what its channels are configured by. How it talks
// is its adapter's, below channels.
type ChannelType struct {
	Kind         ChannelKind // lower-case letters, digits and underscores: it stands in addresses
	Name         string      // for people
	Capabilities Capabilities
	Settings     []ChannelSetting // in the order in which forms ask for them
	Account      string           // the setting by which the vendor knows a channel; empty: there is none
}

// SettingType says what a setting's values look like, in forms and in the API.
type SettingType string

// The types of setting.
const (
	SettingText   SettingType = ""
	SettingNumber SettingType = "number" // a whole one
	SettingSwitch SettingType = "switch" // On or nothing
)

// ChannelSetting is one line of a kind's configuration.
type ChannelSetting struct {
	Name   string // in camel case; of one type in all kinds that have it
	Type   SettingType
	Secret bool           // goes in and never comes out; of a text
	Needed bool           // there is no channel without it
	Form   *regexp.Regexp // of a text
	Least  int            // of a number
	Most   int            // of a number
	Says   string         // what it must be, for people
	About  string         // what it is, for the API's reference; may be empty
}

// takes reports whether the setting may have the value; empty is no value.
func (s ChannelSetting) takes(v string) bool {
	switch {
	case v == "":
		return true
	case s.Type == SettingSwitch:
		return v == On
	case s.Type == SettingNumber:
		n, err := strconv.Atoi(v)
		return err == nil && strconv.Itoa(n) == v && n >= s.Least && n <= s.Most
	}
	return s.Form.MatchString(v)
}

var (
	anyText = regexp.MustCompile(`^[\x21-\x7e]{1,1000}$`)
	oneWord = regexp.MustCompile(`^[\x21-\x7e]{1,200}$`)
)

// Throughput is the setting that replaces Capabilities.Rate, for every kind whose channels may differ in it.
var Throughput = ChannelSetting{Name: settingRate, Type: SettingNumber, Least: 1, Most: 1000,
	Says: "is how many messages a second the number may send, 1 to 1000", About: "Messages a second"}

// largestMedia is the most bytes of each type that WhatsApp takes (Meta,
// "Supported media types", 2026-10).
var largestMedia = map[MessageType]int64{TypeImage: 5 << 20, TypeVideo: 16 << 20, TypeAudio: 16 << 20, TypeDocument: 100 << 20, TypeSticker: 500 << 10}

// whatsapp is what Meta's Cloud API carries: a window of 24 hours, 4096
// characters, 80 messages a second for each number unless Meta raised it (Meta,
// "Messages" and "Throughput", 2026-10).
var whatsapp = Capabilities{Queued: true, Webhook: true, Phones: true, Window: 24 * time.Hour, Templates: true, Receipts: true, LongestText: 4096,
	Largest: largestMedia, Rate: 80, Uploads: true, OneFile: true,
	Types: []MessageType{TypeImage, TypeVideo, TypeAudio, TypeDocument, TypeSticker, TypeLocation, TypeContacts, TypeReaction, TypeTemplate}}

// whatsappWeb is what a phone's own WhatsApp carries: no window and no templates. It sends gently, because WhatsApp
// bans numbers that send as no person would. What was sent can be edited for 15 minutes and deleted for everyone for two
// days (WhatsApp, "How to edit messages" and "How to delete messages", 2026-10).
var whatsappWeb = Capabilities{Queued: true, Linked: true, Phones: true, History: true, Groups: true, Receipts: true,
	Edits: 15 * time.Minute, Deletes: 48 * time.Hour, Largest: largestMedia, Rate: 1, Uploads: true, OneFile: true,
	Types: []MessageType{TypeImage, TypeVideo, TypeAudio, TypeDocument, TypeSticker, TypeLocation, TypeContacts, TypeReaction}}

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
// of another program comes by RegisterChannelType. (Meta, "Get started with Cloud
// API", 2026-10.)
var served = []ChannelType{
	{Kind: ChannelWhatsApp, Name: "WhatsApp", Capabilities: whatsapp, Account: "phoneNumberId", Settings: []ChannelSetting{
		// Meta's ids are digits today; whether they are right its live check says. Here they are kept from bending its addresses.
		{Name: "phoneNumberId", Needed: true, Form: plainIDs, Says: "has 1 to 64 letters, digits, dots, dashes or underscores", About: "The number's id at Meta"},
		{Name: "wabaId", Form: plainIDs, Says: "has 1 to 64 letters, digits, dots, dashes or underscores",
			About: "The WhatsApp Business Account's id at Meta; templates need it"},
		{Name: "accessToken", Secret: true, Needed: true, Form: anyText, Says: "is a token of Meta's, without spaces"},
		{Name: "appSecret", Secret: true, Needed: true, Form: oneWord, Says: "is the app's secret at Meta, without spaces"},
		{Name: "verifyToken", Secret: true, Needed: true, Form: oneWord, Says: "is a word of your own without spaces, which you give to Meta too",
			About: "A word of your own, given to Meta with the callback address"},
		Throughput,
	}},
	{Kind: ChannelWhatsAppWeb, Name: "WhatsApp Web", Capabilities: whatsappWeb, Settings: []ChannelSetting{
		Throughput,
		{Name: switchHistory, Type: SettingSwitch, Says: "is true or false",
			About: "Take in what was said before; WhatsApp sends it once, when a phone is linked. If left out false"},
		{Name: switchGroups, Type: SettingSwitch, Says: "is true or false",
			About: "Take part in the phone's groups: each is a contact with one conversation. If left out false"},
	}},
	{Kind: ChannelSandbox, Name: "Sandbox", Capabilities: rehearsal(whatsapp), Settings: []ChannelSetting{Throughput}},
	{Kind: ChannelAPI, Name: "API", Capabilities: Capabilities{Inbound: true, Uploads: true, Edits: always, Deletes: always,
		Types: []MessageType{TypeImage, TypeVideo, TypeAudio, TypeDocument, TypeSticker}}},
}

// registry holds all kinds that there are. They are read at every message, so what is read is never changed but replaced.
var registry struct {
	sync.Mutex // of who registers
	known      atomic.Pointer[[]ChannelType]
}

func init() { registry.known.Store(&served) }

// RegisterChannelType adds a kind of channel. Like sql.Register it is called when
// the program starts, before a store is opened; the kind's adapter is given to the
// server with its other channels. It panics if the type is malformed, or its kind
// or its name for people is taken.
func RegisterChannelType(t ChannelType) {
	registry.Lock()
	defer registry.Unlock()
	known := ChannelTypes()
	if why := t.malformed(known); why != "" {
		panic(fmt.Sprintf("models: the channel type %q %s", t.Kind, why))
	}
	t.Settings = slices.Clone(t.Settings)
	all := append(slices.Clone(known), t)
	registry.known.Store(&all)
}

// ChannelTypes are all that is known of the kinds that can be added, in the order people read them. Nobody changes what it returns.
func ChannelTypes() []ChannelType { return *registry.known.Load() }

// ChannelKinds are the kinds that can be added, in the order people read them.
func ChannelKinds() []ChannelKind { return kindsThat(func(Capabilities) bool { return true }) }

// PhoneKinds are the kinds of channel on which people are known by a WhatsApp number.
func PhoneKinds() []ChannelKind { return kindsThat(func(can Capabilities) bool { return can.Phones }) }

func kindsThat(can func(Capabilities) bool) (those []ChannelKind) {
	for _, t := range ChannelTypes() {
		if can(t.Capabilities) {
			those = append(those, t.Kind)
		}
	}
	return those
}

// kindNames lists the kinds for sentences.
func kindNames() string {
	names := make([]string, len(ChannelKinds()))
	for i, k := range ChannelKinds() {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

var noType ChannelType

func (k ChannelKind) find() *ChannelType {
	all := ChannelTypes()
	for i := range all {
		if all[i].Kind == k {
			return &all[i]
		}
	}
	return &noType
}

// Type returns what is known of the kind; false: there is none such.
func (k ChannelKind) Type() (ChannelType, bool) {
	t := k.find()
	return *t, t != &noType
}

// Capabilities returns what channels of the kind can carry; of an unknown kind, nothing.
func (k ChannelKind) Capabilities() Capabilities {
	return k.find().Capabilities
}

// Settings are what channels of the kind are configured by.
func (k ChannelKind) Settings() []ChannelSetting {
	return k.find().Settings
}

// ownApp is what the author of a message is called that the business wrote past us, in its vendor's own program.
func (k ChannelKind) ownApp() string {
	t := k.find()
	if t.Capabilities.Phones {
		return "WhatsApp on the phone"
	}
	return t.Name
}

var (
	kindForm    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	settingForm = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,39}$`)
	nameForm    = regexp.MustCompile(`^\S(.{0,78}\S)?$`)
	sendable    = []MessageType{TypeImage, TypeVideo, TypeAudio, TypeDocument, TypeSticker, TypeLocation, TypeContacts, TypeReaction, TypeTemplate}
)

// malformed says what of the type cannot be, beside those known; empty: nothing.
func (t ChannelType) malformed(known []ChannelType) string {
	switch {
	case !kindForm.MatchString(string(t.Kind)):
		return "needs a kind of lower-case letters, digits and underscores"
	case !nameForm.MatchString(t.Name):
		return "needs a name of 1 to 80 characters for people"
	case slices.ContainsFunc(known, func(o ChannelType) bool { return o.Kind == t.Kind }):
		return "is registered twice"
	case slices.ContainsFunc(known, func(o ChannelType) bool { return strings.EqualFold(o.Name, t.Name) }):
		return "has the name of another: " + t.Name
	}
	if why := t.Capabilities.malformed(); why != "" {
		return why
	}
	for i, s := range t.Settings {
		if slices.ContainsFunc(t.Settings[:i], func(o ChannelSetting) bool { return o.Name == s.Name }) {
			return "has the setting " + s.Name + " twice"
		}
		if why := s.malformed(known); why != "" {
			return "has a setting " + strconv.Quote(s.Name) + " that " + why
		}
	}
	i := slices.IndexFunc(t.Settings, func(s ChannelSetting) bool { return s.Name == t.Account })
	if t.Account != "" && (i < 0 || t.Settings[i].Secret || t.Settings[i].Type != SettingText) {
		return "has no setting " + strconv.Quote(t.Account) + " that is a text and may be shown, to be the account"
	}
	return ""
}

func (c Capabilities) malformed() string {
	switch {
	case !c.Queued && (c.Linked || c.Webhook || c.Receipts || c.Templates || c.Window != 0):
		return "is not queued, and only what is queued has a vendor"
	case c.Queued && c.Rate < 1:
		return "needs a rate: a queue sends at least one message a second"
	case c.OneFile && !c.Uploads:
		return "carries one file a message and no files"
	case c.Templates != slices.Contains(c.Types, TypeTemplate):
		return "has templates or can send them, but not both"
	}
	for _, m := range c.Types {
		if !slices.Contains(sendable, m) {
			return "cannot send messages of the type " + strconv.Quote(string(m)) + ": nobody can write one"
		}
	}
	return ""
}

func (s ChannelSetting) malformed(known []ChannelType) string {
	switch {
	case !settingForm.MatchString(s.Name):
		return "needs a name in camel case"
	case s.Says == "":
		return "does not say what it must be"
	case s.Type == SettingText && s.Form == nil:
		return "is a text without a form"
	case s.Type == SettingNumber && s.Least > s.Most:
		return "is a number that nothing can be"
	case s.Type != SettingText && s.Secret:
		return "is secret and no text"
	case s.Type == SettingSwitch && s.Needed:
		return "is a switch that cannot be off"
	case s.Type != SettingText && s.Type != SettingNumber && s.Type != SettingSwitch:
		return "is of no known type"
	}
	for _, t := range known {
		for _, o := range t.Settings {
			if o.Name == s.Name && o.Type != s.Type {
				return "is of another type in the kind " + string(t.Kind)
			}
		}
	}
	return ""
}
