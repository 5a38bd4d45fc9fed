package whatsappweb

import (
	"context"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
)

// sealedStore is what the library keeps of one linked phone, the secrets sealed:
// sessions, keys of groups and of the phone's settings, and what opens votes and
// edits. What was said is as open as it is among the store's messages.
type sealedStore struct {
	store.AllSessionSpecificStores
	seal   seal
	device string
}

func (s sealedStore) close(kind string, plain []byte) []byte {
	return s.seal.close(plain, kind+" of "+s.device)
}

func (s sealedStore) open(kind string, sealed []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return s.seal.open(sealed, kind+" of "+s.device)
}

const (
	ofSession   = "session"
	ofGroup     = "sender key"
	ofSettings  = "app state key"
	ofMessage   = "message secret"
	ofPrivacy   = "privacy token"
	ofContactID = "NCT salt"
)

// GetSession opens the session with the address, nil if there is none.
func (s sealedStore) GetSession(ctx context.Context, address string) ([]byte, error) {
	sealed, err := s.AllSessionSpecificStores.GetSession(ctx, address)
	return s.open(ofSession, sealed, err)
}

// GetManySessions opens the sessions with the addresses, nil where there is none.
func (s sealedStore) GetManySessions(ctx context.Context, addresses []string) (map[string][]byte, error) {
	sessions, err := s.AllSessionSpecificStores.GetManySessions(ctx, addresses)
	for address, sealed := range sessions {
		if sessions[address], err = s.open(ofSession, sealed, err); err != nil {
			return nil, err
		}
	}
	return sessions, err
}

// PutSession seals the session with the address.
func (s sealedStore) PutSession(ctx context.Context, address string, session []byte) error {
	return s.AllSessionSpecificStores.PutSession(ctx, address, s.close(ofSession, session))
}

// PutManySessions seals the sessions by their addresses.
func (s sealedStore) PutManySessions(ctx context.Context, sessions map[string][]byte) error {
	sealed := make(map[string][]byte, len(sessions))
	for address, session := range sessions {
		sealed[address] = s.close(ofSession, session)
	}
	return s.AllSessionSpecificStores.PutManySessions(ctx, sealed)
}

// GetOrGenPreKeys returns so many keys that WhatsApp was not given yet.
func (s sealedStore) GetOrGenPreKeys(ctx context.Context, count uint32) ([]*keys.PreKey, error) {
	all, err := s.AllSessionSpecificStores.GetOrGenPreKeys(ctx, count)
	for i, seed := range all {
		all[i] = s.seal.preKey(seed)
	}
	return all, err
}

// GenOnePreKey makes a key for one contact.
func (s sealedStore) GenOnePreKey(ctx context.Context) (*keys.PreKey, error) {
	seed, err := s.AllSessionSpecificStores.GenOnePreKey(ctx)
	return s.seal.preKey(seed), err
}

// GetPreKey returns the key of that number, nil if it was used.
func (s sealedStore) GetPreKey(ctx context.Context, id uint32) (*keys.PreKey, error) {
	seed, err := s.AllSessionSpecificStores.GetPreKey(ctx, id)
	return s.seal.preKey(seed), err
}

// PutSenderKey seals a member's key of a group.
func (s sealedStore) PutSenderKey(ctx context.Context, group, user string, key []byte) error {
	return s.AllSessionSpecificStores.PutSenderKey(ctx, group, user, s.close(ofGroup, key))
}

// GetSenderKey opens a member's key of a group, nil if there is none.
func (s sealedStore) GetSenderKey(ctx context.Context, group, user string) ([]byte, error) {
	sealed, err := s.AllSessionSpecificStores.GetSenderKey(ctx, group, user)
	return s.open(ofGroup, sealed, err)
}

// PutAppStateSyncKey seals a key of the phone's settings.
func (s sealedStore) PutAppStateSyncKey(ctx context.Context, id []byte, key store.AppStateSyncKey) error {
	key.Data = s.close(ofSettings, key.Data)
	return s.AllSessionSpecificStores.PutAppStateSyncKey(ctx, id, key)
}

// GetAppStateSyncKey opens a key of the phone's settings, nil if there is none.
func (s sealedStore) GetAppStateSyncKey(ctx context.Context, id []byte) (*store.AppStateSyncKey, error) {
	key, err := s.AllSessionSpecificStores.GetAppStateSyncKey(ctx, id)
	if err != nil || key == nil {
		return nil, err
	}
	key.Data, err = s.open(ofSettings, key.Data, err)
	return key, err
}

// GetAllAppStateSyncKeys opens them all.
func (s sealedStore) GetAllAppStateSyncKeys(ctx context.Context) ([]*store.AppStateSyncKey, error) {
	all, err := s.AllSessionSpecificStores.GetAllAppStateSyncKeys(ctx)
	for _, key := range all {
		key.Data, err = s.open(ofSettings, key.Data, err)
	}
	return all, err
}

// PutMessageSecret seals what opens answers to the message.
func (s sealedStore) PutMessageSecret(ctx context.Context, chat, sender types.JID, id types.MessageID, secret []byte) error {
	return s.AllSessionSpecificStores.PutMessageSecret(ctx, chat, sender, id, s.close(ofMessage, secret))
}

// PutMessageSecrets seals what opens answers to the messages.
func (s sealedStore) PutMessageSecrets(ctx context.Context, inserts []store.MessageSecretInsert) error {
	sealed := make([]store.MessageSecretInsert, len(inserts))
	for i, one := range inserts {
		one.Secret = s.close(ofMessage, one.Secret)
		sealed[i] = one
	}
	return s.AllSessionSpecificStores.PutMessageSecrets(ctx, sealed)
}

// GetMessageSecret opens what opens answers to the message, nil if it is not kept.
func (s sealedStore) GetMessageSecret(ctx context.Context, chat, sender types.JID, id types.MessageID) ([]byte, types.JID, error) {
	sealed, writer, err := s.AllSessionSpecificStores.GetMessageSecret(ctx, chat, sender, id)
	secret, err := s.open(ofMessage, sealed, err)
	return secret, writer, err
}

// PutPrivacyTokens seals the tokens by which contacts let us write.
func (s sealedStore) PutPrivacyTokens(ctx context.Context, tokens ...store.PrivacyToken) error {
	sealed := make([]store.PrivacyToken, len(tokens))
	for i, one := range tokens {
		one.Token = s.close(ofPrivacy, one.Token)
		sealed[i] = one
	}
	return s.AllSessionSpecificStores.PutPrivacyTokens(ctx, sealed...)
}

// GetPrivacyToken opens the token by which the contact lets us write, nil if there is none.
func (s sealedStore) GetPrivacyToken(ctx context.Context, user types.JID) (*store.PrivacyToken, error) {
	token, err := s.AllSessionSpecificStores.GetPrivacyToken(ctx, user)
	if err != nil || token == nil {
		return nil, err
	}
	token.Token, err = s.open(ofPrivacy, token.Token, err)
	return token, err
}

// PutNCTSalt seals the salt of contacts' tokens.
func (s sealedStore) PutNCTSalt(ctx context.Context, salt []byte) error {
	return s.AllSessionSpecificStores.PutNCTSalt(ctx, s.close(ofContactID, salt))
}

// GetNCTSalt opens the salt of contacts' tokens, nil if there is none.
func (s sealedStore) GetNCTSalt(ctx context.Context) ([]byte, error) {
	sealed, err := s.AllSessionSpecificStores.GetNCTSalt(ctx)
	return s.open(ofContactID, sealed, err)
}
