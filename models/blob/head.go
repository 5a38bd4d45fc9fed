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
// standard and what phones send besides, and how large a GIF, JPEG or PNG is in
// pixels (0: unknown).
func Look(head []byte) (mediaType string, width, height int) {
	mediaType, _, _ = strings.Cut(http.DetectContentType(head), ";")
	if sound := recording(head); sound != "" {
		mediaType = sound
	}
	if size, _, err := image.DecodeConfig(bytes.NewReader(head)); err == nil {
		width, height = size.Width, size.Height
	}
	return mediaType, width, height
}

// recording knows the recordings of phones that the standard does not name, or
// does not tell from others; empty for everything else.
func recording(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("#!AMR\n")):
		return "audio/amr"
	case len(head) > 7 && head[0] == 0xff && head[1]&0xf6 == 0xf0: // an ADTS frame: twelve ones, layer 0
		return "audio/aac"
	case len(head) > 36 && bytes.HasPrefix(head, []byte("OggS\x00")):
		if first := head[28:]; bytes.HasPrefix(first, []byte("OpusHead")) || bytes.HasPrefix(first, []byte("\x01vorbis")) {
			return "audio/ogg"
		}
	case len(head) > 12 && bytes.Equal(head[4:8], []byte("ftyp")):
		switch brand := string(head[8:11]); brand {
		case "M4A", "M4B":
			return "audio/mp4"
		case "3gp", "3g2":
			return "video/3gpp"
		}
	}
	return ""
}
