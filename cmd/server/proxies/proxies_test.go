// Package proxies runs the program behind the proxies of docs/proxies.md, with the configurations of that page.
package proxies

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/cmd/server"
	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// proxy is how one is started on a configuration of the page: what is said there of the outside is replaced by the test's own.
type proxy struct {
	name, block string
	replace     []string // in pairs; PORT, UPSTREAM, CERT, KEY and BOTH are filled in
	around      string   // where the block goes, at %s
	args        func(file, dir string) []string
}

var proxies = []proxy{
	{name: "nginx", block: "nginx",
		replace: []string{"listen 443 ssl", "listen 127.0.0.1:PORT ssl", "http://127.0.0.1:8080", "http://UPSTREAM", "/etc/ssl/desk.example.pem", "CERT", "/etc/ssl/desk.example.key", "KEY"},
		around: "daemon off; master_process off; pid nginx.pid; error_log stderr; events {} http { access_log off;\n" +
			"client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n%s}\n",
		args: func(file, dir string) []string { return []string{"-p", dir, "-e", "stderr", "-c", file} }},
	{name: "haproxy", block: "haproxy",
		replace: []string{"bind :443", "bind 127.0.0.1:PORT", "127.0.0.1:8080", "UPSTREAM", "/etc/ssl/desk.example.pem", "BOTH"},
		around:  "%s",
		args:    func(file, _ string) []string { return []string{"-db", "-f", file} }},
	{name: "caddy", block: "caddyfile",
		replace: []string{"desk.example {", "https://desk.example:PORT {\n\tbind 127.0.0.1\n\ttls CERT KEY", "127.0.0.1:8080", "UPSTREAM"},
		around:  "{\n\tadmin off\n\tauto_https off\n}\n%s",
		args:    func(file, _ string) []string { return []string{"run", "--adapter", "caddyfile", "--config", file} }},
}

func TestTheProgramBehindEveryProxyOfThePage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/proxies.md")
	assert.NilError(t, err)
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			d := behind(t, p, string(page))
			d.callerIsSeen(t)
			d.uploadPasses(t)
			d.streamIsLive(t)
		})
	}
}

// desk is the program behind a proxy, and a browser that reaches it by that.
type desk struct {
	program *server.Server
	scope   *models.Scope
	key     string
	browser *http.Client
}

// caller is where the browser calls from; the proxy calls the program from 127.0.0.1.
const caller, spoofed = "127.0.0.2", "198.51.100.1"

const outside = "https://desk.example"

func behind(t *testing.T, p proxy, page string) *desk {
	t.Helper()
	program := servertest.Run(t, server.Config{Addr: "127.0.0.1:0", DatabaseURL: modelstest.Address(t, "sqlite"), DataDir: t.TempDir(), MaxConns: 4,
		Passwords: modelstest.CheapPasswords, PublicURL: outside, Trusted: []string{"127.0.0.1"}, MaxUpload: 16 << 20})
	address := p.start(t, page, program.Listening())
	w, owner, err := program.Store().Found(t.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
	assert.NilError(t, err)
	d := &desk{program: program, scope: program.Store().As(t.Context(), w.ID, owner.Actor())}
	_, d.key, err = d.scope.CreateKey(models.KeyDraft{Name: "all", Read: true, Write: true})
	assert.NilError(t, err)
	jar, err := cookiejar.New(nil)
	assert.NilError(t, err)
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(caller)}}
	d.browser = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return from.DialContext(ctx, network, address)
			}}}
	return d
}

// start runs the proxy on its block of the page until the test ends, and returns its address when it takes calls.
func (p proxy) start(t *testing.T, page, upstream string) string {
	t.Helper()
	program, err := exec.LookPath(p.name)
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/" + p.name); err != nil {
			t.Fatalf("%s is not here; make test-all installs it on Debian", p.name)
		}
	}
	_, config, found := strings.Cut(page, "```"+p.block+"\n")
	assert.Assert(t, found, "the page has no block of %s", p.block)
	config, _, _ = strings.Cut(config, "```")
	for i := 0; i < len(p.replace); i += 2 {
		assert.Assert(t, is.Contains(config, p.replace[i]))
		config = strings.ReplaceAll(config, p.replace[i], p.replace[i+1])
	}
	dir, err := os.MkdirTemp("", "mauve-proxy-")
	assert.NilError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	cert, key := certificate(t)
	files := map[string]string{"CERT": cert, "KEY": key, "BOTH": cert + key}
	for name, text := range files {
		path := filepath.Join(dir, name+".pem")
		assert.NilError(t, os.WriteFile(path, []byte(text), 0o600))
		files[name] = path
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	address := free.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	config = strings.NewReplacer("PORT", port, "UPSTREAM", upstream, "CERT", files["CERT"], "KEY", files["KEY"], "BOTH", files["BOTH"]).Replace(config)
	file := filepath.Join(dir, "config")
	assert.NilError(t, os.WriteFile(file, fmt.Appendf(nil, p.around, config), 0o600))
	assert.NilError(t, free.Close())

	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, p.args(file, dir)...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	assert.NilError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { stop(); <-ended })
	for {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			return address
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", p.name, err, said.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// certificate makes one for the test, as PEM.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	assert.NilError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"desk.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	assert.NilError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	assert.NilError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// ask calls as a browser, or with the key if there is no session yet, and says untrue things of where it comes from.
func (d *desk) ask(t *testing.T, method, path, kind string, body io.Reader) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, outside+path, body)
	assert.NilError(t, err)
	r.Header["X-Forwarded-For"] = []string{spoofed, spoofed + ", " + spoofed}
	r.Header["X-Forwarded-Proto"] = []string{"http"}
	r.Header.Set("Content-Type", kind)
	if strings.HasPrefix(path, "/api/") {
		r.Header.Set("Authorization", "Bearer "+d.key)
	} else if method == http.MethodPost {
		r.Header.Set("Origin", outside)
	}
	res, err := d.browser.Do(r)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// callerIsSeen signs in: the list of sessions shows from where. The answer says that the line is encrypted.
func (d *desk) callerIsSeen(t *testing.T) {
	t.Helper()
	in := d.ask(t, "POST", "/sign-in", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}}.Encode()))
	assert.Equal(t, in.StatusCode, 303)
	assert.Check(t, is.Contains(in.Header, "Strict-Transport-Security"))
	list, err := io.ReadAll(d.ask(t, "GET", "/settings/sessions", "", nil).Body)
	assert.NilError(t, err)
	assert.Check(t, strings.Contains(string(list), caller), "the caller's address is not in the list of sessions")
	assert.Check(t, !strings.Contains(string(list), spoofed), "an address that the caller made up is in the list of sessions")
}

// uploadPasses sends a file that is as large as may be.
func (d *desk) uploadPasses(t *testing.T) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "large.bin")
	assert.NilError(t, err)
	_, _ = file.Write(make([]byte, 16<<20))
	assert.NilError(t, form.Close())
	res := d.ask(t, "POST", "/api/v2/public/attachments", form.FormDataContentType(), &body)
	text, _ := io.ReadAll(res.Body)
	assert.Check(t, is.Equal(res.StatusCode, 201), "%s", text)
}

// streamIsLive waits for an event of a stream that stays open: one that is buffered would not tell it.
func (d *desk) streamIsLive(t *testing.T) {
	t.Helper()
	res := d.ask(t, "GET", "/live", "", nil)
	assert.Equal(t, res.StatusCode, 200)
	bound := time.AfterFunc(modelstest.Patience, func() { _ = res.Body.Close() }) // against a hang
	defer bound.Stop()
	lines := bufio.NewScanner(res.Body)
	assert.Assert(t, lines.Scan(), "the stream's beginning does not come")
	made := d.ask(t, "POST", "/api/v2/public/contacts", "application/json", strings.NewReader(`{"name":"Ada"}`))
	assert.Equal(t, made.StatusCode, 201)
	for lines.Scan() {
		if lines.Text() == "event: "+string(models.ContactCreated) {
			return
		}
	}
	t.Errorf("the stream does not tell of a new contact: %v", lines.Err())
}
