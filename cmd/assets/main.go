// Command assets turns static/src into static/dist: bundled, minified, named by content and compressed beforehand.
// It is a module of its own so that the program does not carry a bundler. Run it after every change in static/src:
//
//	cd cmd/assets && go run .
//
// The output is committed; package static embeds it.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/evanw/esbuild/pkg/api"
)

const (
	source = "../../static/src"
	target = "../../static/dist"
)

// copies go to dist as they are: they are minified by their makers or too small to matter.
var copies = map[string]string{
	"swagger.js":         "vendor/swagger/swagger-ui-bundle.js",
	"favicon.svg":        "img/favicon.svg",
	"favicon-unread.svg": "img/favicon-unread.svg",
}

var entries = []string{"js/app.js", "js/docs.js", "css/app.css", "css/docs.css"}

func main() {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func build() error {
	files, manifest, err := bundle()
	if err != nil {
		return err
	}
	keep := func(name string, body []byte) {
		extension := filepath.Ext(name)
		hashed := strings.TrimSuffix(name, extension) + "-" + hash(body) + extension
		files[hashed], manifest[name] = body, hashed
	}
	for name, from := range copies {
		body, err := os.ReadFile(filepath.Join(source, from))
		if err != nil {
			return err
		}
		keep(name, body)
	}
	sprite, err := sprite()
	if err != nil {
		return err
	}
	keep("icons.svg", sprite)
	return write(files, manifest)
}

func bundle() (files map[string][]byte, manifest map[string]string, err error) {
	var points []string
	for _, entry := range entries {
		points = append(points, filepath.Join(source, entry))
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: points, Outdir: target, Bundle: true, Format: api.FormatESModule, Target: api.ESNext,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, Charset: api.CharsetUTF8,
		EntryNames: "[name]-[hash]", AssetNames: "[name]-[hash]", LegalComments: api.LegalCommentsNone,
		Loader:   map[string]api.Loader{".woff2": api.LoaderFile},
		Metafile: true, LogLevel: api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return nil, nil, errors.New("the bundle has errors")
	}
	files, manifest = map[string][]byte{}, map[string]string{}
	for _, file := range result.OutputFiles {
		name := filepath.Base(file.Path)
		files[name] = file.Contents
		manifest[plain(name)] = name
	}
	return files, manifest, nil
}

var hashPart = regexp.MustCompile(`-[A-Z0-9]{8}(\.\w+)$`)

func plain(name string) string { return hashPart.ReplaceAllString(name, "$1") }

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return strings.ToUpper(hex.EncodeToString(sum[:4]))
}

var svgBody = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)

// sprite joins the icons into one file of symbols; colour and stroke are inherited from the <svg> that uses them.
func sprite() ([]byte, error) {
	paths, err := filepath.Glob(filepath.Join(source, "vendor/icons/*.svg"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		match := svgBody.FindSubmatch(body)
		if match == nil {
			return nil, fmt.Errorf("%s is not an icon", path)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".svg")
		shapes := strings.Join(strings.Fields(string(match[1])), " ")
		fmt.Fprintf(&out, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`, name, shapes)
	}
	out.WriteString(`</svg>`)
	return out.Bytes(), nil
}

func write(files map[string][]byte, manifest map[string]string) error {
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for name, body := range files {
		if err := writeAll(name, body); err != nil {
			return err
		}
	}
	list, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(target, "manifest.json"), append(list, '\n'), 0o644)
}

// writeAll writes the file and, when that helps, its compressed twins.
func writeAll(name string, body []byte) error {
	path := filepath.Join(target, name)
	if err := os.WriteFile(path, body, 0o644); err != nil {
		return err
	}
	if strings.HasSuffix(name, ".woff2") {
		return nil
	}
	var zipped, brotlied bytes.Buffer
	gz, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return err
	}
	br := brotli.NewWriterLevel(&brotlied, brotli.BestCompression)
	_, errGzip := gz.Write(body)
	_, errBrotli := br.Write(body)
	if err := errors.Join(errGzip, errBrotli, gz.Close(), br.Close()); err != nil {
		return err
	}
	fmt.Printf("%-32s %8d  gzip %7d  br %7d\n", name, len(body), zipped.Len(), brotlied.Len())
	return errors.Join(
		os.WriteFile(path+".gz", zipped.Bytes(), 0o644),
		os.WriteFile(path+".br", brotlied.Bytes(), 0o644))
}
