package templates

import (
	"time"

	"github.com/a-h/templ"

	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/reason"
	"mauve/models/rights"
	"mauve/templates/ui"
)

const hostile = `<script>alert(1)</script>"><img src=x onerror="alert(1)">`

// deskExamples are the pages of contacts, and of people who are not signed in yet.
func deskExamples(f Frame, now time.Time) map[string]templ.Component {
	ada := &models.Contact{ID: "c1", Name: hostile, Phone: "+33612345678", Email: "ada@example.com", Labels: models.Words{"vip", hostile}, CreatedAt: now, UpdatedAt: now}
	bob := &models.Contact{ID: "c2", Blocked: true, CreatedAt: now, UpdatedAt: now}
	talk := &models.Conversation{ID: "t1", ChannelKind: models.ChannelAPI, Status: models.StatusSnoozed, LastBody: hostile, Assignee: "Lea", LastActivityAt: now}
	note := &models.Note{ID: "n1", Body: hostile, AuthorName: "Lea", CreatedAt: now}
	bad := f
	bad.Bad, bad.Errors = hostile, map[string]string{"name": "is missing", "body": "is missing", "password": "is short"}
	return map[string]templ.Component{
		"contacts":         Contacts(f, ContactsView{List: &models.List[*models.Contact]{Items: []*models.Contact{ada, bob}, Total: 9, Next: "n"}, Q: hostile, Labels: []string{"vip"}, IsLater: true}),
		"no contacts":      Contacts(f, ContactsView{List: &models.List[*models.Contact]{}}),
		"contacts missed":  Contacts(f, ContactsView{List: &models.List[*models.Contact]{}, Q: "x"}),
		"contact":          ShowContact(bad, ContactView{Contact: ada, Facts: []ui.Fact{{Name: "plan", Value: hostile}}, Conversations: &models.List[*models.Conversation]{Items: []*models.Conversation{talk}, Total: 3}, Notes: &models.List[*models.Note]{Items: []*models.Note{note}, Total: 2}}),
		"contact, nothing": ShowContact(f, ContactView{Contact: bob, Conversations: &models.List[*models.Conversation]{}, Notes: &models.List[*models.Note]{}}),
		"contact form":     EditContact(bad, ContactForm{ID: "c1", Name: hostile}),
		"sign-in":          SignIn(Frame{Title: "Sign in", Bad: "No.", CSRF: "token"}, SignInForm{Email: hostile, Next: hostile}),
		"setup":            Setup(Frame{Title: "Setup", Errors: bad.Errors}, SetupForm{Workspace: hostile}),
		"join":             Join(Frame{Title: "Welcome"}, JoinForm{Token: "t", Email: "max@example.com"}),
	}
}

// settingsExamples are the pages of the settings.
func settingsExamples(f Frame, now time.Time) map[string]templ.Component {
	before, after := now.Add(-time.Hour), now.Add(time.Hour)
	keys := []*models.APIKey{
		{ID: "k1", Name: hostile, Prefix: "mauve_live_aaaa", Last4: "zzzz", CanRead: true, CanWrite: true, CapCalls: 90, CapSeconds: 30, LastUsedAt: &before},
		{ID: "k2", Name: "Ends", RevokedAt: &after}, {ID: "k3", Name: "Over", RevokedAt: &before}, {ID: "k4", Name: "Until", ExpireAt: &after}, {ID: "k5", Name: "Expired", ExpireAt: &before},
	}
	hook := &models.Webhook{ID: "w1", URL: "https://example.com/hook", Events: models.Words{"message.created", "a", "b", "c"}, Enabled: true, FailingSince: &before}
	off := &models.Webhook{ID: "w2", URL: hostile, DisabledReason: reason.Said(hostile)}
	sent := &models.Delivery{ID: "d1", EventKind: models.MessageCreated, State: models.DeliveryFailed, Tries: 2, LastError: reason.Said(hostile)}
	owed := &models.Delivery{ID: "d2", EventKind: models.MessageCreated, State: models.DeliveryWaiting}
	form := WebhookForm{URL: hook.URL, Chosen: hook.Events}
	tries := []*models.Attempt{{ID: "a1", Status: 500, Request: `{"a":1}`, Response: hostile}, {ID: "a2", Error: reason.Said(hostile)}}
	invited := "hash"
	number := ChannelView{Channel: &models.Channel{ID: "h2", Kind: models.ChannelWhatsApp, Name: hostile, Status: models.NeedsAttention, StatusDetail: reason.Said(hostile)}, Callback: "https://x/hooks", Heard: now,
		Number: "+1", Verified: hostile, Quality: "RED", Limit: "TIER_1K", Note: reason.Said(hostile), CheckedAt: now, Checking: true, Account: []ui.Fact{{Name: "Id", Value: hostile}}, Usable: true,
		Templates: []*models.Template{{ID: "p1", Name: "hello", Status: "APPROVED", Components: `[{"type":"BODY","text":"<script>alert(1)</script>"}]`}, {ID: "p2", Status: "PAUSED"}, {ID: "p3", Status: "REJECTED"}},
		Form:      ChannelForm{ID: "h2", Kind: models.ChannelWhatsApp, Name: hostile, SessionID: hostile, Config: channeltype.Settings{"phoneNumberId": hostile}}}
	sandbox := ChannelView{Channel: &models.Channel{ID: "h3", Kind: models.ChannelSandbox, Status: models.Connected}, Quality: "GREEN", Limit: "TIER_UNLIMITED", Form: ChannelForm{ID: "h3", Kind: models.ChannelSandbox}}
	phone := ChannelView{Channel: &models.Channel{ID: "h4", Kind: models.ChannelWhatsAppWeb, Name: hostile, Status: models.NeedsAttention, StatusDetail: reason.Said(hostile)}, Now: now, Phone: hostile, Usable: true, Form: ChannelForm{ID: "h4", Kind: models.ChannelWhatsAppWeb},
		Link: &models.ChannelLink{State: models.LinkPairing, Detail: reason.Said(hostile), Wish: "pair", Code: hostile, PairingCode: hostile, CodeUntil: &after, SeenAt: &before}}
	linked := ChannelView{Channel: &models.Channel{ID: "h5", Kind: models.ChannelWhatsAppWeb}, Link: &models.ChannelLink{State: models.LinkReconnecting, Device: hostile}}
	unlinked := ChannelView{Channel: &models.Channel{ID: "h6", Kind: models.ChannelWhatsAppWeb}, Link: &models.ChannelLink{State: models.LinkLoggedOut, Detail: reason.Said(hostile)}}
	return map[string]templ.Component{
		"phone":         Channel(f, phone),
		"phone linked":  Channel(f, linked),
		"phone gone":    Channel(f, unlinked),
		"account":       Account(f, AccountView{Language: "fr"}),
		"sessions":      Sessions(f, SessionsView{Here: "s1", Sessions: []*models.Session{{ID: "s1", Browser: hostile}, {ID: "s2", Browser: "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"}}}),
		"workspace":     Workspace(f, WorkspaceView{Name: hostile, Country: "FR"}),
		"members":       Members(f, MembersView{Members: []*models.Member{{ID: "m1", Name: hostile, Role: rights.Owner}, {ID: "m2", Name: "Max", Role: rights.Agent, InviteHash: &invited, InviteExpireAt: &before}}, Link: "https://x", LinkFor: hostile, Now: now}),
		"channels":      Channels(f, ChannelsView{Channels: []*models.Channel{{ID: "h1", Kind: models.ChannelAPI, Name: hostile, Status: models.NeedsAttention, StatusDetail: reason.Said(hostile)}}, Base: "https://x"}),
		"channel":       Channel(f, number),
		"sandbox":       Channel(f, sandbox),
		"new channel":   NewChannel(f, ChannelForm{Kind: models.ChannelWhatsApp, VerifyToken: hostile}),
		"channel paste": ChannelPaste(f, number),
		"api keys":      APIKeys(f, KeysView{Keys: keys, Calls: map[models.ID][24]int64{"k1": {23: 5}}, Now: now}),
		"no api keys":   APIKeys(f, KeysView{Now: now}),
		"new key":       NewKey(f, keys[0], "mauve_live_x", "https://x"),
		"api key":       APIKey(f, KeyView{Key: keys[0], Calls: []*models.KeyCall{{ID: "l1", Path: hostile, Status: 429}}, Now: now}),
		"ended key":     APIKey(f, KeyView{Key: keys[2], Now: now}),
		"webhooks":      Webhooks(f, WebhooksView{Webhooks: []*models.Webhook{hook, off}, Form: form}),
		"no webhooks":   Webhooks(f, WebhooksView{}),
		"secret":        WebhookSecret(f, hook, "whsec_x"),
		"webhook":       Webhook(f, WebhookView{Webhook: hook, Log: &models.List[*models.Delivery]{Items: []*models.Delivery{sent, owed}, Total: 9, Next: "n"}, Form: form, IsLater: true}),
		"webhook, off":  Webhook(f, WebhookView{Webhook: off, Log: &models.List[*models.Delivery]{}, Form: form}),
		"delivery":      Delivery(f, sent, tries),
		"delivery, new": Delivery(f, owed, nil),
	}
}
