package web_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/modelstest"
	"mauve/models/rights"
	"mauve/web"
	"mauve/web/webtest"
)

// Only what a trusted proxy wrote says who calls and how; whoever calls may have written all that stands before it.
func TestWhoCallsIsWhatTrustedProxiesSay(t *testing.T) {
	t.Parallel()
	server := webtest.ServerWith(t, modelstest.New(t, "sqlite"), web.Config{TrustedProxies: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}})
	handler := webtest.Open(t, server, web.Group{Routes: []web.Route{
		web.Get("/", rights.Public, func(r *web.Request) error { return r.SendString(server.Address(r.Ctx)) }),
	}}).Handler()
	const far, spoofed, near = "203.0.113.7", "198.51.100.1", "10.0.0.2"
	for _, row := range []struct {
		name, peer string
		lines      []string // X-Forwarded-For
		protos     []string // X-Forwarded-Proto
		want       string
		https      bool
	}{
		{"nobody between", far, nil, nil, far, false},
		{"a caller who says more", far, []string{spoofed}, []string{"https"}, far, false},
		{"a proxy that says nothing", near, nil, nil, near, false},
		{"a proxy", near, []string{far}, []string{"https"}, far, true},
		{"in capitals", near, []string{far}, []string{"HTTPS "}, far, true},
		{"a proxy that appends", near, []string{spoofed + ", " + far}, []string{"https, http"}, far, false},
		{"a proxy that appends without a blank", near, []string{spoofed + "," + far}, []string{"http,https"}, far, true},
		{"a proxy that adds a line", near, []string{spoofed, far}, []string{"https", "http"}, far, false},
		{"the other way about", near, []string{spoofed, far}, []string{"http", "https"}, far, true},
		{"two proxies, in two lines", near, []string{spoofed + ", " + far, "10.9.9.9"}, nil, far, false},
		{"two proxies, the list in the second line", near, []string{spoofed, far + ", 10.9.9.9"}, nil, far, false},
		{"three lines", near, []string{far, "10.9.9.9", "10.9.9.8"}, nil, far, false},
		{"proxies alone", near, []string{"10.9.9.9", "10.9.9.8"}, nil, "10.9.9.9", false},
		{"a word ends the walk", near, []string{spoofed + ", who, 10.9.9.9"}, nil, "10.9.9.9", false},
		{"a word in a line of its own does", near, []string{spoofed, "who", "10.9.9.9"}, nil, "10.9.9.9", false},
		{"nothing between commas does", near, []string{spoofed + ",, 10.9.9.9"}, nil, "10.9.9.9", false},
		{"an empty line does", near, []string{spoofed, ""}, []string{"https", ""}, near, false},
		{"a port does", near, []string{spoofed + ":80"}, nil, near, false},
		{"a proxy by IPv6", "2001:db8:1::2", []string{"2001:db8:2::7"}, []string{"https"}, "2001:db8:2::7", true},
		{"IPv4 in IPv6's spelling", "::ffff:10.0.0.2", []string{spoofed + ", ::ffff:" + far + ", ::ffff:10.1.1.1"}, []string{"https"}, far, true},
		{"and not a proxy", "::ffff:" + far, []string{spoofed}, []string{"https"}, far, false},
	} {
		var r fasthttp.Request
		r.SetRequestURI("http://desk.example/")
		for _, line := range row.lines {
			r.Header.Add("X-Forwarded-For", line)
		}
		for _, line := range row.protos {
			r.Header.Add("X-Forwarded-Proto", line)
		}
		var c fasthttp.RequestCtx
		c.Init(&r, &net.TCPAddr{IP: net.ParseIP(row.peer)}, nil)
		handler(&c)
		assert.Check(t, is.Equal(string(c.Response.Body()), row.want), row.name)
		// What is told of the connection is what an answer by https alone has.
		assert.Check(t, is.Equal(len(c.Response.Header.Peek("Strict-Transport-Security")) > 0, row.https), "%s: %s", row.name, strings.Join(row.protos, "; "))
	}
}
