package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"mauve/models"
	"mauve/models/blob"
)

// settings are every command's; each is a flag and an environment variable.
type settings struct {
	Addr          string   `default:"127.0.0.1:8080" env:"ADDR" help:"Where to listen."`
	DatabaseURL   string   `default:"sqlite:data/mauve.db" env:"DATABASE_URL" help:"The store: sqlite:PATH, or postgres://… for more than one machine."`
	DataDir       string   `default:"data" env:"DATA_DIR" help:"Where files and the secret key are kept."`
	BlobURL       string   `env:"BLOB_URL" help:"Where attachments are kept: s3://ACCESS_KEY:SECRET_KEY@HOST/BUCKET; DATA_DIR/blobs if empty."`
	MaxUpload     int      `default:"16777216" env:"MAX_UPLOAD" help:"The most bytes an attachment has."`
	MaxMedia      int      `default:"104857600" env:"MAX_MEDIA" help:"The most bytes of a file that a contact sent; larger ones are not fetched."`
	PublicURL     string   `env:"PUBLIC_URL" help:"How people reach the server; http:// and ADDR if empty."`
	SecretKey     string   `env:"SECRET_KEY" help:"At least 32 characters; encrypts stored secrets and signs links. Made on first run and kept in DATA_DIR if empty."`
	RedisURL      string   `env:"REDIS_URL" help:"Shares the keys' rate windows between replicas."`
	Trusted       []string `name:"trusted-proxies" env:"TRUSTED_PROXIES" help:"Addresses or networks whose X-Forwarded-* count."`
	AllowPrivate  bool     `name:"allow-private-webhooks" env:"ALLOW_PRIVATE_WEBHOOKS" help:"Let webhooks reach private networks."`
	GraphURL      string   `name:"whatsapp-graph-url" env:"WHATSAPP_GRAPH_URL" help:"Where WhatsApp messages are sent; Meta's Graph API if empty."`
	LogLevel      string   `default:"info" enum:"debug,info,warn,error" env:"LOG_LEVEL" help:"debug, info, warn or error."`
	MetricsAddr   string   `env:"METRICS_ADDR" help:"Where to serve Prometheus metrics; nowhere if empty."`
	MaxConns      int      `default:"16" env:"DATABASE_CONNS" help:"Connections to the store."`
	trusted       []netip.Prefix
	secretKeyFile string
}

// settle checks the settings, fills in what follows from others and sets up the log.
func (s *settings) settle() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	if s.PublicURL == "" {
		s.PublicURL = "http://" + s.Addr
	}
	s.PublicURL = strings.TrimSuffix(s.PublicURL, "/")
	for _, text := range s.Trusted {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return fmt.Errorf("TRUSTED_PROXIES: %q is not an address or a network", text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		s.trusted = append(s.trusted, p)
	}
	if s.MaxUpload < 0 || s.MaxUpload > 1<<30 {
		return errors.New("MAX_UPLOAD is a number of bytes, at most 1073741824")
	}
	if s.MaxMedia < 0 || s.MaxMedia > 1<<30 {
		return errors.New("MAX_MEDIA is a number of bytes, at most 1073741824")
	}
	s.secretKeyFile = filepath.Join(s.DataDir, "secret.key")
	return nil
}

// secret returns the key, made and kept on the first run.
func (s *settings) secret() ([]byte, error) {
	if s.SecretKey != "" {
		return []byte(s.SecretKey), nil
	}
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return nil, err
	}
	key, err := os.ReadFile(s.secretKeyFile)
	if err == nil {
		return []byte(strings.TrimSpace(string(key))), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	b := make([]byte, 32)
	rand.Read(b)
	fresh := hex.EncodeToString(b)
	// Written aside and linked into place: of two processes that start at once one wins, and the other reads its key.
	aside := fmt.Sprintf("%s.%d", s.secretKeyFile, os.Getpid())
	if err = os.WriteFile(aside, []byte(fresh+"\n"), 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(aside)
	if err = os.Link(aside, s.secretKeyFile); errors.Is(err, fs.ErrExist) {
		return s.secret()
	}
	return []byte(fresh), err
}

// open opens the store.
func (s *settings) open(ctx context.Context) (*models.Store, error) { return s.openAt(ctx, 0) }

// openAt opens the store and migrates it no further than the schema given; 0 is this program's.
func (s *settings) openAt(ctx context.Context, schema int64) (*models.Store, error) {
	key, err := s.secret()
	if err != nil {
		return nil, err
	}
	blobs, err := blob.Open(s.BlobURL, s.DataDir)
	if err != nil {
		return nil, err
	}
	return models.Open(ctx, models.Options{URL: s.DatabaseURL, SecretKey: key, MaxConns: s.MaxConns, Schema: schema,
		Blobs: blobs, PublicURL: s.PublicURL})
}
