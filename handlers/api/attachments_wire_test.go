package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"mauve/handlers/api"
)

// dial serves the app on a real socket and returns a connection to it.
func (d *desk) dial() (net.Conn, *bufio.Reader) {
	d.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	d.app.Server().ReadTimeout = time.Hour // who waits for the rest of a body before the answer hangs
	ended := make(chan error, 1)
	go func() { ended <- d.app.Listener(l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err == nil {
		err = c.SetDeadline(time.Now().Add(2 * time.Minute))
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = c.Close()
		if err := d.app.ShutdownWithTimeout(time.Minute); err != nil {
			d.t.Error(err)
		}
		<-ended
	})
	return c, bufio.NewReader(c)
}

func heard(t *testing.T, r *bufio.Reader, status int) {
	t.Helper()
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	assert.NilError(t, err)
	assert.Equal(t, res.StatusCode, status, string(text))
}

func TestAConnectionOutlivesAnUpload(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		c, r := d.dial()
		body, kind := form(t, file{"file", "a.txt", "", strings.Repeat("x", 100_000)})
		head := "POST " + api.Prefix + "/attachments HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer " + d.acme + "\r\nContent-Type: " + kind + "\r\n"
		fmt.Fprintf(c, "%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
		heard(t, r, 201)
		fmt.Fprintf(c, "%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", head, len(body), body)
		heard(t, r, 201)
		two, _ := form(t, file{"file", "a.txt", "", "a"}, file{"file", "b.txt", "", strings.Repeat("b", 30_000)})
		boundary := two[2:strings.Index(two, "\r\n")]
		fmt.Fprintf(c, "%sContent-Length: %d\r\n\r\n%s", strings.Replace(head, kind, "multipart/form-data; boundary="+boundary, 1), len(two), two)
		heard(t, r, 422) // what was not read is not taken for a request
		fmt.Fprintf(c, "GET %s/me HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer %s\r\n\r\n", api.Prefix, d.acme)
		heard(t, r, 200)
	})
}

// A client that writes its whole body before it reads is answered, too.
func TestABodyThatIsTooLargeIsAnswered(t *testing.T) {
	for name, head := range map[string]string{"by length": "Content-Length: 8000000\r\n\r\n", "chunked": "Transfer-Encoding: chunked\r\n\r\n7a1200\r\n"} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, d *desk) {
				c, r := d.dial()
				// Little fits into the sender's buffer: the last bytes go out when the server has taken the ones before.
				assert.NilError(t, c.(*net.TCPConn).SetWriteBuffer(64<<10))
				_, err := fmt.Fprintf(c, "POST %s/contacts HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n%s", api.Prefix, d.acme, head)
				for range 8 {
					if err == nil {
						_, err = io.WriteString(c, strings.Repeat("x", 1_000_000))
					}
				}
				if err == nil && name == "chunked" {
					_, err = io.WriteString(c, "\r\n0\r\n\r\n")
				}
				if err != nil {
					t.Fatal("the connection ended while the body was written:", err)
				}
				heard(t, r, 413)
			})
		})
	}
}

func TestATooLargeUploadIsRefusedUnread(t *testing.T) {
	for path, kind := range map[string]string{"/attachments": "multipart/form-data; boundary=x", "/contacts": "application/json"} {
		t.Run(path, func(t *testing.T) {
			each(t, func(t *testing.T, d *desk) {
				c, r := d.dial()
				fmt.Fprintf(c, "POST %s%s HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: 5000000000\r\n\r\n%s",
					api.Prefix, path, d.acme, kind, strings.Repeat("x", 100_000))
				heard(t, r, 413)
				if _, err := r.ReadByte(); err == nil {
					t.Error("the connection goes on with the rest of the body")
				}
			})
		})
	}
}
