package blob

import (
	"bytes"
	"image"
	_ "image/gif"  // DecodeConfig reads its head
	_ "image/jpeg" // the same
	_ "image/png"  // the same
	"net/http"
	"strings"
)

// HeadSize is how much of a blob Look wants to see, in bytes: a picture's
// dimensions may stand behind its metadata.
const HeadSize = 64 << 10

// Look says what a blob is by its first bytes, after the WHATWG's MIME sniffing
// standard, and how large a GIF, JPEG or PNG is in pixels (0: unknown).
func Look(head []byte) (mediaType string, width, height int) {
	mediaType, _, _ = strings.Cut(http.DetectContentType(head), ";")
	if size, _, err := image.DecodeConfig(bytes.NewReader(head)); err == nil {
		width, height = size.Width, size.Height
	}
	return mediaType, width, height
}
