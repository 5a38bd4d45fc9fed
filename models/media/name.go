// Package media knows files by their names, types and sizes: what they are called,
// what is said of them, how large a number of bytes is to read. It reads none.
package media

import (
	"path"
	"strings"
	"unicode"
)

const longestName = 120 // characters; file systems stop at 255 bytes

// CleanName returns the name a file is shown and saved under: one part of a
// path, in letters people can see, of at most 120 characters, its extension
// kept. It never fails; a name with nothing left is "file".
func CleanName(name string) string {
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
	if len(name) <= longestName {
		return string(name)
	}
	extension := []rune(path.Ext(string(name)))
	if len(extension) > 12 {
		extension = nil
	}
	head := strings.TrimRight(string(name[:longestName-len(extension)]), ". ")
	return head + string(extension)
}
