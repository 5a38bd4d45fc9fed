// Package static holds what browsers fetch besides pages: styles, scripts, icons and fonts, built by cmd/assets from
// static/src into static/dist and embedded here. Names carry a hash of the content, so they may be cached for ever.
// It knows no HTTP: the web room mounts Open under /static/ with immutable cache headers.
package static

import (
	"embed"
	"encoding/json"
	"mime"
	"path"
	"strings"
	"sync"
)

// Prefix is where the files live on the site.
const Prefix = "/static/"

//go:embed dist
var dist embed.FS

var manifest = readManifest()

func readManifest() map[string]string {
	body, err := dist.ReadFile("dist/manifest.json")
	if err != nil {
		panic("static/dist is not built: " + err.Error())
	}
	names := map[string]string{}
	if err := json.Unmarshal(body, &names); err != nil {
		panic("static/dist/manifest.json: " + err.Error())
	}
	return names
}

// URL is the address of a file by its plain name, such as "app.css". An unknown name gives an address that is not found.
func URL(name string) string {
	if hashed, ok := manifest[name]; ok {
		return Prefix + hashed
	}
	return Prefix + name
}

// Open finds a file by its address or hashed name and picks the smallest form the browser accepts.
// All share the body: it must not be changed. contentEncoding is "br", "gzip" or empty. Plain names are not found: they could not be cached for ever.
func Open(name, acceptEncoding string) (body []byte, contentType, contentEncoding string, ok bool) {
	name = strings.TrimPrefix(name, Prefix)
	extension := path.Ext(name)
	if strings.ContainsAny(name, `/\`) || extension == ".json" || extension == ".gz" || extension == ".br" {
		return nil, "", "", false
	}
	for _, form := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(acceptEncoding, form.encoding) {
			continue
		}
		if body, there := files()[name+form.suffix]; there {
			return body, typeOf(extension), form.encoding, true
		}
	}
	body, ok = files()[name]
	return body, typeOf(extension), "", ok
}

// files are the files by their names. embed's own reader would copy a file for each who asks.
var files = sync.OnceValue(func() map[string][]byte {
	all := map[string][]byte{}
	entries, err := dist.ReadDir("dist")
	for _, entry := range entries {
		if err == nil && !entry.IsDir() {
			all[entry.Name()], err = dist.ReadFile("dist/" + entry.Name())
		}
	}
	if err != nil {
		panic("static/dist: " + err.Error())
	}
	return all
})

func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == encoding {
			weight := strings.TrimPrefix(strings.ReplaceAll(quality, " ", ""), "q=")
			return strings.Trim(weight, "0.") != "" || weight == ""
		}
	}
	return false
}

// The system's own list of types is not trusted: containers often have none.
func typeOf(extension string) string {
	switch extension {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	return mime.TypeByExtension(extension)
}
