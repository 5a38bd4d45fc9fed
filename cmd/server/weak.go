package server

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"

	"mauve/models"
)

// leastKey is how many bytes a good SECRET_KEY has at least.
const leastKey = 32

var (
	commonWords = regexp.MustCompile(`change-?me|replace-?me|password|passwort|secret|mauve|default|example|qwerty|letmein|admin|0?123456789?0?|abcdefgh`)
	noLetters   = regexp.MustCompile(`[^\pL\pN]+`)
)

// weakness says why a key can be guessed; empty if nothing speaks for it.
func weakness(key string) string {
	kinds := map[byte]bool{}
	for i := range len(key) {
		kinds[key[i]] = true
	}
	switch {
	case len(key) < leastKey:
		return "has fewer than 32 bytes"
	case repeats(key):
		return "is one short text again and again"
	case len(kinds) < 8:
		return "has fewer than 8 different characters"
	case len(noLetters.ReplaceAllString(commonWords.ReplaceAllString(strings.ToLower(key), ""), "")) < leastKey/2:
		return "is made of common words"
	}
	return ""
}

// repeats reports whether the key is less than half a good key's length, written again and again.
func repeats(key string) bool {
	for period := 1; period < leastKey/2; period++ {
		if key[period:] == key[:len(key)-period] {
			return true
		}
	}
	return false
}

// judgeKey refuses a SECRET_KEY that can be guessed while nothing is sealed with it, and warns of one later:
// a store that has data cannot be opened by another.
func judgeKey(ctx context.Context, key []byte, store *models.Store) error {
	why := weakness(string(key))
	if why == "" {
		return nil
	}
	empty, err := store.Empty(ctx)
	if err != nil {
		return err
	}
	if empty {
		return errors.New("SECRET_KEY " + why + ". Make a good one with: openssl rand -hex 32")
	}
	slog.Warn("SECRET_KEY can be guessed: who has a copy of the store may open its secrets", "because", "it "+why)
	return nil
}
