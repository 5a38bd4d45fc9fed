// Package static holds what browsers load: the style, the script, the font and
// the icons, inside the binary, each under a name that changes with its content.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"
)

//go:embed src
var src embed.FS

// File is one file as it is served.
type File struct {
	Body, Gzip []byte // Gzip is nil where it would not be smaller
	Type       string
	Fixed      bool // the name says the content: it may be kept for ever
}

var (
	files = map[string]File{}
	urls  = map[string]string{}
)

func init() {
	err := fs.WalkDir(src, "src", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := src.ReadFile(name)
		if err != nil {
			return err
		}
		short := strings.TrimPrefix(name, "src/")
		sum := sha256.Sum256(body)
		hashed := strings.TrimSuffix(short, path.Ext(short)) + "." + hex.EncodeToString(sum[:5]) + path.Ext(short)
		f := File{Body: body, Gzip: squeeze(body), Type: mime.TypeByExtension(path.Ext(short))}
		files[short] = f // the style names its fonts plainly
		f.Fixed = true
		files[hashed] = f
		urls[short] = "/static/" + hashed
		return nil
	})
	if err != nil {
		panic("static: the embedded files cannot be read: " + err.Error())
	}
}

func squeeze(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if _, err := w.Write(body); err != nil || w.Close() != nil || b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

// URL returns the address of a file: "app.css" → "/static/app.1a2b3c4d5e.css".
func URL(name string) string { return urls[name] }

// Open returns the file behind a name, hashed or plain.
func Open(name string) (File, bool) {
	f, ok := files[name]
	return f, ok
}
