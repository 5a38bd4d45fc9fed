package web_test

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models/modelstest"
	"mauve/web"
	"mauve/web/webtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	modelstest.Stop()
	os.Exit(code)
}

// A proxy and the server that read the end of one request differently let one caller put words into another's. What can
// be read in two ways is refused, or is the last that its connection says.
func TestARequestEndsInOnePlace(t *testing.T) {
	t.Parallel()
	house := webtest.House(t, modelstest.New(t, "sqlite"))
	app := house.Open(web.Door{Mount: func(r fiber.Router) {
		r.All("/echo", house.Body, func(c *fiber.Ctx) error { return c.SendString("[" + string(c.Body()) + "]") })
	}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = app.Listener(listener) }()
	t.Cleanup(func() { _ = app.Shutdown() })

	const chunked, chunk, next = "Transfer-Encoding: chunked\r\n", "\r\n3\r\nabc\r\n0\r\n\r\n", "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, row := range []struct{ name, head, body, want string }{
		{"a length", "Content-Length: 3\r\n", "\r\nabc", "200 200"},
		{"chunks", chunked, chunk, "200 200"},
		{"two lengths", "Content-Length: 3\r\nContent-Length: 4\r\n", "\r\nabc", "400"},
		{"the same length twice", "Content-Length: 3\r\nContent-Length: 3\r\n", "\r\nabc", "400"},
		{"a list of lengths", "Content-Length: 3, 3\r\n", "\r\nabc", "400"},
		{"a signed length", "Content-Length: +3\r\n", "\r\nabc", "400"},
		{"a length and chunks", "Content-Length: 3\r\n" + chunked, chunk, "200"},
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
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(time.Minute)) // against a hang
		_, _ = io.WriteString(c, "POST /echo HTTP/1.1\r\nHost: a\r\n"+row.head+row.body+next)
		_ = c.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(c) // what was refused may end in a reset
		_ = c.Close()
		var got []string
		for _, part := range strings.Split(string(answer), "HTTP/1.1 ")[1:] {
			got = append(got, part[:3])
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: answered %v, want %s:\n%s", row.name, got, row.want, answer)
		}
	}
}
