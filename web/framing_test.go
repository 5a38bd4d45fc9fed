package web_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"mauve/models/modelstest"
	"mauve/models/rights"
	"mauve/web"
	"mauve/web/webtest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// A proxy and the server that read the end of one request differently let one caller put words into another's. What can
// be read in two ways is refused, or is the last that its connection says.
func TestARequestEndsInOnePlace(t *testing.T) {
	t.Parallel()
	server := webtest.Server(t, modelstest.New(t, "sqlite"))
	echo := func(r *web.Request) error { return r.SendString("[" + string(r.Body()) + "]") }
	app := webtest.Open(t, server, web.Group{Routes: []web.Route{
		web.Get("/echo", rights.Public, echo, server.Body), web.Post("/echo", rights.Public, echo, server.Body),
	}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = app.Listener(web.Framed(listener)) }()
	t.Cleanup(func() { _ = app.Shutdown() })

	const chunked, chunk, next = "Transfer-Encoding: chunked\r\n", "\r\n3\r\nabc\r\n0\r\n\r\n", "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, row := range []struct{ name, head, body, want string }{
		{"a length", "Content-Length: 3\r\n", "\r\nabc", "200 200"},
		{"chunks", chunked, chunk, "200 200"},
		{"two lengths", "Content-Length: 3\r\nContent-Length: 4\r\n", "\r\nabc", "400"},
		{"the same length twice", "Content-Length: 3\r\nContent-Length: 3\r\n", "\r\nabc", "400"},
		{"a list of lengths", "Content-Length: 3, 3\r\n", "\r\nabc", "400"},
		{"a signed length", "Content-Length: +3\r\n", "\r\nabc", "400"},
		{"a length and chunks", "Content-Length: 3\r\n" + chunked, chunk, "400"},
		{"chunks and a length", chunked + "Content-Length: 3\r\n", chunk, "400"},
		{"chunks in capitals", "TRANSFER-ENCODING:\tChunked \r\n", chunk, "200 200"},
		{"identity", "Transfer-Encoding: identity\r\n", "\r\n", "400"},
		{"nothing as encoding", "Transfer-Encoding:\r\n", "\r\n", "400"},
		{"chunked and more", "Transfer-Encoding: chunkedx\r\n", chunk, "400"},
		{"chunked, twice in a line", "Transfer-Encoding: chunked, chunked\r\n", chunk, "400"},
		{"chunks with an extension and a trailer", chunked, "\r\n3;a=b;c=\"d\"\r\nabc\r\n0;e\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", "200 200"},
		{"a chunk longer than its size", chunked, "\r\n3\r\nabcd\r\n0\r\n\r\n", "400"},
		{"a chunk of no size", chunked, "\r\n;a\r\nabc\r\n0\r\n\r\n", "400"},
		{"a size that is too long", chunked, "\r\n0000000000000003\r\nabc\r\n0\r\n\r\n", "400"},
		{"a trailer that ends in a bare line feed", chunked, "\r\n3\r\nabc\r\n0\r\nX-Sum: 1\n\r\n", "400"},
		{"a length of nothing", "Content-Length:\r\n", "\r\n", "400"},
		{"two numbers as length", "Content-Length: 3 3\r\n", "\r\nabc", "400"},
		{"a blank inside a name", "Content Length: 3\r\n", "\r\n", "400"},
		{"a blank inside another name", "X Y: 3\r\n", "\r\n", "400"},
		{"a folded line", "X-Y: 3\r\n 4\r\n", "\r\n", "400"},
		{"a folded length", "Content-Length:\r\n 3\r\n", "\r\nabc", "400"},
		{"a tab that folds", "X-Y: 3\r\n\tContent-Length: 3\r\n", "\r\nabc", "400"},
		{"a bare line feed", "X-Y: 3\nContent-Length: 3\r\n", "\r\nabc", "400"},
		{"a bare line feed at the end", "X-Y: 3\r\n", "\n", "400"},
		{"a bare carriage return", "X-Y: 3\rContent-Length: 3\r\n", "\r\nabc", "400"},
		{"two carriage returns", "X-Y: 3\r\r\n", "\r\n", "400"},
		{"a line without a colon", "X-Y\r\n", "\r\n", "400"},
		{"no name", ": 3\r\n", "\r\n", "400"},
		{"no number and chunks", "Content-Length: x\r\n" + chunked, chunk, "400"},
		{"chunks twice", chunked + chunked, chunk, "400"},
		{"identity and chunks", "Transfer-Encoding: identity\r\n" + chunked, chunk, "400"},
		{"an encoding unknown", "Transfer-Encoding: gzip, chunked\r\n", chunk, "400"},
		{"a blank before the colon", "Content-Length : 3\r\n", "\r\nabc", "400"},
		{"a tab before the colon", "Content-Length\t: 3\r\n", "\r\nabc", "400"},
		{"a chunk's size with a blank and a word", chunked, "\r\n3 ;a\r\nabc\r\n0\r\n\r\n", "400"},
		{"chunks of bare line feeds", chunked, "\r\n3\nabc\n0\n\n", "400"},
		{"a length after the chunks", chunked, "\r\n3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n", "400"},
		{"close among others", "Connection: close, x\r\nContent-Length: 3\r\n", "\r\nabc", "200"},
	} {
		got, answer := say(t, listener, "POST /echo HTTP/1.1\r\nHost: a\r\n"+row.head+row.body+next)
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: answered %v, want %s:\n%s", row.name, got, row.want, answer)
		}
		if strings.HasSuffix(row.want, "400") && !strings.Contains(answer, "Connection: close\r\n") {
			t.Errorf("%s: the answer does not say that the connection ends:\n%s", row.name, answer)
		}
	}
	for _, row := range []struct{ name, said, want string }{
		{"blank lines before a request", "\r\n\r\n" + next, "200"},
		{"chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: a\r\n" + chunked + chunk + next, "400"},
		{"a request line that ends in a bare line feed", "GET /echo HTTP/1.1\nHost: a\r\n\r\n" + next, "400"},
		{"the second request does", next + "GET /echo HTTP/1.1\nHost: a\r\n\r\n" + next, "200 400"},
		{"a carriage return inside a request line", "GET /echo\rx HTTP/1.1\r\nHost: a\r\n\r\n" + next, "400"},
		{"a header's first line is folded", "GET /echo HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n" + next, "400"},
		{"many requests", strings.Repeat(next, 5), "200 200 200 200 200"},
		{"the last of many is refused", strings.Repeat(next, 3) + "GET /echo HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n" + next, "200 200 200 400"},
	} {
		if got, answer := say(t, listener, row.said); strings.Join(got, " ") != row.want {
			t.Errorf("%s: answered %v, want %s:\n%s", row.name, got, row.want, answer)
		}
	}
}

// say sends the bytes and returns the statuses of all answers, and the answers.
func say(t *testing.T, l net.Listener, bytes string) (statuses []string, answer string) {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // against a hang
	_, _ = io.WriteString(c, bytes)
	_ = c.(*net.TCPConn).CloseWrite()
	read, _ := io.ReadAll(c) // what was refused may end in a reset
	for _, part := range strings.Split(string(read), "HTTP/1.1 ")[1:] {
		statuses = append(statuses, part[:3])
	}
	return statuses, string(read)
}
