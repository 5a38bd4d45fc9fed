package models

import (
	"fmt"
	"mime"
	"path"
	"strings"
	"unicode"

	"mauve/models/input"
)

const longestFileName = 120 // characters; file systems stop at 255 bytes

// CleanFileName returns the name a file is shown and saved under: one part of a
// path, in letters people can see, of at most 120 characters, its extension
// kept. It never fails; a name with nothing left is "file".
func CleanFileName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_' // no file name on Windows
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			return -1 // NUL, and the marks that turn "gpj.exe" around
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	if name == "" {
		return "file"
	}
	return shorten([]rune(name))
}

func shorten(name []rune) string {
	if len(name) <= longestFileName {
		return string(name)
	}
	extension := []rune(path.Ext(string(name)))
	if len(extension) > 12 {
		extension = nil
	}
	head := strings.TrimRight(string(name[:longestFileName-len(extension)]), ". ")
	return head + string(extension)
}

// cleanType returns the media type of a Content-Type as people read it, empty if it is none.
func cleanType(claimed string) string {
	kind, _, err := mime.ParseMediaType(claimed)
	if err != nil || len(kind) > 100 || !input.Readable(kind) {
		return ""
	}
	return kind
}

// sizeText writes bytes as people read them.
func sizeText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
