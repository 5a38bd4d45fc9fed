package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mauve/models"
)

type setupCmd struct {
	Workspace string `required:"" help:"The workspace's name."`
	Email     string `required:"" help:"The owner's e-mail address."`
	Password  string `required:"" env:"MAUVE_PASSWORD" help:"The owner's password, at least 10 characters."`
	Name      string `help:"The owner's name; from the address if empty."`
}

// Run makes the first workspace; it refuses when there is one.
func (c setupCmd) Run(ctx context.Context, s *settings) error {
	store, err := s.OpenStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, owner, err := store.SetUp(ctx, models.Founder{Workspace: c.Workspace, Name: c.Name, Email: c.Email, Password: c.Password})
	if err != nil {
		return err
	}
	fmt.Printf("The workspace %s is ready. Sign in at %s/sign-in as %s.\n", w.Name, s.PublicURL, owner.Email)
	return nil
}

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make an API key and print it, once."`
}

type keyCreateCmd struct {
	Name      string        `required:"" help:"What the key is for."`
	Scopes    []string      `required:"" enum:"read,write" help:"read, write or both, with a comma."`
	Rate      string        `default:"90/30s" help:"Calls per time: 90/30s."`
	Expires   time.Duration `help:"How long it lives, for example 720h; for ever if left out."`
	Workspace string        `help:"The workspace's name or id, when there are several."`
}

// Run prints the key alone on standard output.
func (c keyCreateCmd) Run(ctx context.Context, s *settings) error {
	d := models.KeyDraft{Name: c.Name}
	for _, scope := range c.Scopes {
		d.Read, d.Write = d.Read || scope == "read", d.Write || scope == "write"
	}
	calls, per, ok := strings.Cut(c.Rate, "/")
	n, err := strconv.Atoi(calls)
	window, err2 := time.ParseDuration(per)
	if err != nil || err2 != nil || !ok || window%time.Second != 0 || n < 1 || window < time.Second {
		return errors.New("--rate: write it as 90/30s")
	}
	d.CapCalls, d.CapSeconds = n, int(window/time.Second)
	if c.Expires < 0 {
		return errors.New("--expires: must lie in the future")
	}
	store, err := s.OpenStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if c.Expires > 0 {
		end := store.Now().Add(c.Expires)
		d.ExpireAt = &end
	}
	w, err := store.WorkspaceNamed(ctx, c.Workspace)
	if err != nil {
		return err
	}
	_, secret, err := store.System(ctx, w.ID).CreateKey(d)
	if err != nil {
		return err
	}
	fmt.Println(secret)
	return nil
}

type migrateCmd struct{}

// Run migrates, which opening does.
func (migrateCmd) Run(ctx context.Context, s *settings) error {
	store, err := s.OpenStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	v, err := store.Migrated(ctx)
	if err == nil {
		fmt.Println("The store is at schema", v)
	}
	return err
}

type doctorCmd struct{}

// Run says what it finds, a line each, and fails if something is wrong.
func (doctorCmd) Run(ctx context.Context, s *settings) error {
	bad, mask := 0, s.Mask()
	say := func(what string, err error, advice string) {
		if err != nil {
			bad++
			fmt.Print(mask.Replace(fmt.Sprintf("✗ %s: %v. %s\n", what, err, advice)))
			return
		}
		fmt.Print(mask.Replace("✓ " + what + "\n"))
	}
	_, err := s.Secret()
	say("secret key", err, "Let DATA_DIR be writable, or set SECRET_KEY.")
	for _, o := range s.ExposedToOthers() {
		say(o.Path, fmt.Errorf("others may reach it: its mode is %04o", o.Mode), fmt.Sprintf("Set it to %04o; mauve serve does where the file is its own.", o.Want))
	}
	store, err := s.OpenStore(ctx)
	say("store", err, "Look at DATABASE_URL.")
	if err == nil {
		defer store.Close()
		checking, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		say("attachments", store.CheckFiles(checking), "Let DATA_DIR be writable, or look at BLOB_URL.")
		empty, err := store.Empty(ctx)
		if err == nil && empty {
			err = errors.New("there is none")
		}
		say("workspace", err, "Run mauve setup, or open the link that mauve serve prints.")
	}
	if strings.HasPrefix(s.PublicURL, "https://") && len(s.Trusted) == 0 {
		say("PUBLIC_URL", errors.New("it is https, but no proxy is trusted"), "Set TRUSTED_PROXIES to the proxy that ends TLS, or API calls are refused.")
	} else {
		say("PUBLIC_URL "+s.PublicURL, nil, "")
	}
	if bad > 0 {
		return fmt.Errorf("%d things need attention", bad)
	}
	return nil
}
