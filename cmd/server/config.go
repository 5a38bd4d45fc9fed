package server

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"

	"mauve/channels"
	"mauve/channels/whatsappweb"
	"mauve/models"
	"mauve/models/password"
)

// Config is what the program is told. Each field that an operator sets is a
// flag and an environment variable of the command line, as its tags say.
type Config struct {
	Addr           string   `default:"127.0.0.1:8080" env:"ADDR" help:"Where to listen."`
	DatabaseURL    string   `default:"sqlite:data/mauve.db" env:"DATABASE_URL" help:"The store: sqlite:PATH, or postgres://… for more than one machine."`
	DataDir        string   `default:"data" env:"DATA_DIR" help:"Where files and the secret key are kept."`
	BlobURL        string   `env:"BLOB_URL" help:"Where attachments are kept: s3://ACCESS_KEY:SECRET_KEY@HOST/BUCKET; DATA_DIR/blobs if empty."`
	MaxUpload      int      `default:"16777216" env:"MAX_UPLOAD" help:"The most bytes an attachment has."`
	MaxMedia       int      `default:"104857600" env:"MAX_MEDIA" help:"The most bytes of a file that a contact sent; larger ones are not fetched."`
	PublicURL      string   `env:"PUBLIC_URL" help:"How people reach the server; http:// and ADDR if empty."`
	SecretKey      string   `env:"SECRET_KEY" help:"At least 32 characters; encrypts stored secrets and signs links. Made on first run and kept in DATA_DIR if empty."`
	RedisURL       string   `env:"REDIS_URL" help:"Shares the keys' rate windows between replicas."`
	Trusted        []string `name:"trusted-proxies" env:"TRUSTED_PROXIES" help:"Addresses or networks whose X-Forwarded-* count."`
	AllowPrivate   bool     `name:"allow-private-webhooks" env:"ALLOW_PRIVATE_WEBHOOKS" help:"Let webhooks reach private networks."`
	GraphURL       string   `name:"whatsapp-graph-url" env:"WHATSAPP_GRAPH_URL" help:"Where WhatsApp messages are sent; Meta's Graph API if empty."`
	MetricsAddr    string   `env:"METRICS_ADDR" help:"Where to serve Prometheus metrics; nowhere if empty."`
	MaxConnections int      `default:"1000" env:"MAX_CONNECTIONS" help:"The most connections of one address that is no trusted proxy; 0 is any number."`
	MaxStreams     int      `default:"32" env:"MAX_STREAMS" help:"The most open pages of one session that are told what happens."`
	MaxConns       int      `default:"16" env:"DATABASE_CONNS" help:"Connections to the store."`

	Version   string           `kong:"-"` // what the API's reference says it is
	Store     *models.Store    `kong:"-"` // an open store in place of DatabaseURL; Close leaves it open
	Passwords password.Cost    `kong:"-"` // of a store that is opened; the zero value is what a program should take
	Dial      whatsappweb.Dial `kong:"-"` // how linked phones are reached; nil is WhatsApp's own network
	Channels  channels.Set     `kong:"-"` // adapters beside those of this version, of kinds that channeltype.Register was told of
}

// maxFile is the most that MAX_UPLOAD and MAX_MEDIA can be, in bytes.
const maxFile = 1 << 30

// Complete fills in what follows from other settings and refuses what cannot
// be, naming the setting. Completing twice changes nothing.
func (c *Config) Complete() error {
	if c.PublicURL == "" && c.Addr != "" && !strings.HasSuffix(c.Addr, ":0") { // a port that the system chooses is known when New has it
		c.PublicURL = "http://" + c.Addr
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	if c.MaxUpload < 0 || c.MaxUpload > maxFile {
		return fmt.Errorf("MAX_UPLOAD is a number of bytes, at most %d", maxFile)
	}
	if c.MaxMedia < 0 || c.MaxMedia > maxFile {
		return fmt.Errorf("MAX_MEDIA is a number of bytes, at most %d", maxFile)
	}
	if c.MaxConnections < 0 || c.MaxStreams < 0 {
		return errors.New("MAX_CONNECTIONS and MAX_STREAMS are not negative")
	}
	for _, a := range c.addresses() {
		if err := a.readable(); err != nil {
			return err
		}
	}
	_, err := c.trustedProxies()
	return err
}

// trustedProxies reads the addresses and networks of TRUSTED_PROXIES.
func (c *Config) trustedProxies() (all []netip.Prefix, err error) {
	if strings.TrimSpace(strings.Join(c.Trusted, ",")) == "" {
		return nil, nil // set, and to nothing
	}
	for _, text := range c.Trusted {
		network, err := readNetwork(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("TRUSTED_PROXIES: %q is not an address or a network", text)
		}
		all = append(all, network)
	}
	return all, nil
}

// readNetwork reads an address or a network. One of IPv4 in IPv6's spelling is that of IPv4, as callers' addresses are.
func readNetwork(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), err
	}
	network, err := netip.ParsePrefix(text)
	if address := network.Addr(); address.Is4In6() && network.Bits() >= 96 {
		network = netip.PrefixFrom(address.Unmap(), network.Bits()-96)
	}
	return network, err
}

// SecretKeyFile is where the secret key is kept that the program made itself.
func (c *Config) SecretKeyFile() string { return filepath.Join(c.DataDir, "secret.key") }

// errPortTaken is added to why an address cannot be listened on.
var errPortTaken = errors.New("is another mauve running? Set ADDR to another port")
