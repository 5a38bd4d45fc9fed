// Package password hashes and compares passwords, a few at once, and refuses
// those that are easy to guess. It knows no member and no store. Start with New
// and Check; turns.go says who may hash next, token.go is what stands for a password.
package password

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/trustelem/zxcvbn"

	"mauve/models/problem"
)

// Cost is what hashing one password takes. The zero value is the second
// of the OWASP Password Storage Cheat Sheet's lines for argon2id: 19 MiB, two
// passes, one lane. Tests hash cheaply.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
}

// Origin is where a person who gives a password is: their address, as limits
// take it, and whether they use a browser that the account knows. The zero Origin is the
// program's own operator.
type Origin struct {
	Address string
	Known   bool
}

// Hasher hashes and compares passwords. It is safe for concurrent use.
type Hasher struct {
	params *argon2id.Params
	turns  *turns
	nobody func() (string, error)
}

// New returns who hashes at the cost given.
func New(cost Cost) *Hasher {
	if cost == (Cost{}) {
		cost = Cost{MemoryKiB: 19 * 1024, Passes: 2}
	}
	params := &argon2id.Params{Memory: cost.MemoryKiB, Iterations: cost.Passes, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	return &Hasher{params: params, turns: newTurns(), nobody: sync.OnceValues(func() (string, error) {
		return argon2id.CreateHash("nobody has this password", params)
	})}
}

// Hash returns the hash of a password by argon2id, in its usual spelling, once it is its turn. It fails with Unavailable
// if too many wait.
func (p *Hasher) Hash(ctx context.Context, from Origin, password string) (string, error) {
	if err := p.turns.enter(ctx, from); err != nil {
		return "", err
	}
	defer p.turns.leave()
	return argon2id.CreateHash(password, p.params)
}

// Match reports whether the password is the hash's. An empty hash is nobody's:
// it never matches, and the answer takes as long. It fails as Hash does.
func (p *Hasher) Match(ctx context.Context, from Origin, password, hash string) (bool, error) {
	if err := p.turns.enter(ctx, from); err != nil {
		return false, err
	}
	defer p.turns.leave()
	against := hash
	if hash == "" {
		var err error
		if against, err = p.nobody(); err != nil {
			return false, err
		}
	}
	match, err := argon2id.ComparePasswordAndHash(password, against)
	return match && hash != "", err
}

const (
	// leastScore is zxcvbn's "somewhat guessable": a million guesses or more (Wheeler, USENIX Security 2016).
	leastScore = 2
	// mostScored is how many characters are looked at: what that takes grows with their square.
	mostScored = 64
)

// Check refuses a password that is short, or that somebody guesses who
// knows common words and patterns, and what the password is about: the member's
// name and address, the workspace. It returns nil or an Invalid of the field.
func Check(field, password string, about ...string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < 10:
		return problem.InvalidField(field, "must have at least 10 characters")
	case n > 200 || !utf8.ValidString(password) || strings.ContainsRune(password, 0): // no store keeps it
		return problem.InvalidField(field, "must be a text of at most 200 characters")
	}
	runes := []rune(password)
	if zxcvbn.PasswordStrength(string(runes[:min(len(runes), mostScored)]), wordsOf(about)).Score < leastScore {
		return problem.InvalidField(field, "is easy to guess; use several words that do not belong together")
	}
	return nil
}

// wordsOf are the texts and each of their words.
func wordsOf(texts []string) []string {
	all := slices.Clone(texts)
	for _, text := range texts {
		all = append(all, strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	return all
}
