package graphtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// File is what Meta holds of somebody's, and how it serves it.
type File struct {
	Bytes   []byte
	Says    string        // the MIME type it claims
	Sum     string        // the SHA-256 it claims, base64; empty: the true one
	Size    int64         // serve so many zeroes instead of Bytes
	Claims  any           // the size it claims; nil: the true one
	Slow    time.Duration // before the first byte
	Hangs   bool          // stop in the middle and say no more
	Refuses []Refusal     // the next answers, of which one is used up by each call
	Where   string        // the address it names instead of its own
}

// Hold lets the stand-in hold a file under the id.
func (g *Graph) Hold(id string, f *File) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.files[id] = f
}

// Media is a call with a media message of somebody, of the kind (image, audio, …) with the id; more follows the members of its part.
func (g *Graph) Media(wamid, from, kind, id, more string, at time.Time) []byte {
	f := g.file(id)
	part := fmt.Sprintf(`{"id":%q,"mime_type":%q,"sha256":%q%s}`, id, f.Says, f.sum(), more)
	return Envelope(`"contacts":[{"profile":{"name":"Ada"},"wa_id":"` + from + `"}],"messages":[{"from":"` + from + `","id":"` + wamid +
		`","timestamp":"` + fmt.Sprint(at.Unix()) + `","type":"` + kind + `","` + kind + `":` + part + `}]`)
}

func (f *File) sum() string {
	if f.Sum != "" || f.Size > 0 {
		return f.Sum
	}
	sum := sha256.Sum256(f.Bytes)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (g *Graph) file(id string) *File {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.files[id]
}

// Asked returns how many times the place of a file was asked for.
func (g *Graph) Asked(id string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked[id]
}

// Served returns how many times a file's bytes were asked for.
func (g *Graph) Served(id string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.served[id]
}

// Serving returns how many files are being served now.
func (g *Graph) Serving() int { return int(g.serving.Load()) }

// place answers where a file is.
func (g *Graph) place(w http.ResponseWriter, r *http.Request, id string, f *File) {
	g.mu.Lock()
	g.asked[id]++
	var no *Refusal
	if len(f.Refuses) > 0 {
		no, f.Refuses = &f.Refuses[0], f.Refuses[1:]
	}
	g.mu.Unlock()
	if no != nil {
		refuse(w, *no)
		return
	}
	where := f.Where
	if where == "" {
		where = g.URL + "/files/" + id
	}
	size := f.Claims
	if size == nil {
		size = max(f.Size, int64(len(f.Bytes)))
	}
	sum := sha256.Sum256(f.Bytes)
	_ = json.NewEncoder(w).Encode(map[string]any{"messaging_product": "whatsapp", "url": where, "mime_type": f.Says, "sha256": hex.EncodeToString(sum[:]), "file_size": size, "id": id})
}

// serve sends a file's bytes.
func (g *Graph) serve(w http.ResponseWriter, r *http.Request) {
	f := g.file(r.PathValue("id"))
	if f == nil || !g.known(w, r) {
		return
	}
	g.mu.Lock()
	g.served[r.PathValue("id")]++
	g.mu.Unlock()
	g.serving.Add(1)
	defer g.serving.Add(-1)
	select {
	case <-time.After(f.Slow):
	case <-g.closed:
		return
	case <-r.Context().Done():
		return
	}
	w.Header().Set("Content-Type", f.Says)
	if f.Size > 0 {
		_, _ = io.CopyN(w, zeroes{}, f.Size)
		return
	}
	if !f.Hangs {
		_, _ = w.Write(f.Bytes)
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(f.Bytes)))
	_, _ = w.Write(f.Bytes[:len(f.Bytes)/2])
	_ = http.NewResponseController(w).Flush()
	select {
	case <-g.closed:
	case <-r.Context().Done():
	}
}

type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// Uploaded is a file that it was given.
type Uploaded struct {
	ID, Type, Name string
	Bytes          []byte
}

// Uploads returns the files it was given, in order.
func (g *Graph) Uploads() []Uploaded {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]Uploaded(nil), g.uploads...)
}

func (g *Graph) upload(w http.ResponseWriter, r *http.Request) {
	if !g.known(w, r) {
		return
	}
	if err := r.ParseMultipartForm(32 << 20); err != nil || r.FormValue("messaging_product") != "whatsapp" {
		refuse(w, Refusal{Status: 400, Code: 100, Detail: "the form is not whole"})
		return
	}
	part, header, err := r.FormFile("file")
	if err != nil {
		refuse(w, Refusal{Status: 400, Code: 100, Detail: "the file is missing"})
		return
	}
	defer part.Close()
	content, err := io.ReadAll(part)
	if err != nil {
		return
	}
	g.mu.Lock()
	u := Uploaded{ID: fmt.Sprintf("up%d", len(g.uploads)+1), Type: r.FormValue("type"), Name: header.Filename, Bytes: content}
	g.uploads = append(g.uploads, u)
	g.mu.Unlock()
	if g.Upload != nil {
		if no := g.Upload(len(g.Uploads())); no != nil {
			refuse(w, *no)
			return
		}
	}
	_, _ = io.WriteString(w, `{"id":"`+u.ID+`"}`)
}
