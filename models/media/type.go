package media

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime"
	"path"
	"strings"

	"mauve/models/input"
)

// CleanType returns the media type of a Content-Type as people read it, empty if it is none.
func CleanType(claimed string) string {
	kind, _, err := mime.ParseMediaType(claimed)
	if err != nil || len(kind) > 100 || !input.Readable(kind) {
		return ""
	}
	return kind
}

// SizeText writes a number of bytes as people read it: 5 MiB, 12 KiB, 700 bytes.
func SizeText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// officeTypes are the types of documents that are a container of another type, by their endings.
var officeTypes = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".doc":  "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
}

// TypeByName is what a file is, for those who go by the type alone: what its bytes are, and for the containers that office
// documents are, what the name says is in them.
func TypeByName(contentType, name string) string {
	if contentType == "application/zip" || contentType == "application/octet-stream" {
		if t := officeTypes[strings.ToLower(path.Ext(name))]; t != "" {
			return t
		}
	}
	return contentType
}

// endings are how files of a type are called that came without a name.
var endings = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "video/mp4": ".mp4", "video/3gpp": ".3gp", "video/webm": ".webm",
	"audio/aac": ".aac", "audio/mp4": ".m4a", "audio/mpeg": ".mp3", "audio/amr": ".amr", "audio/ogg": ".ogg", "audio/wave": ".wav", "application/pdf": ".pdf",
	"application/zip": ".zip", "text/plain": ".txt",
}

// Ending is how the name of a file of the type ends, with its dot; empty where none is known.
func Ending(contentType string) string { return endings[contentType] }

// SumFits reports whether the sum that a vendor tells of a file, in hex or base64, is the SHA-256 found, in hex. What is no
// SHA-256 at all tells nothing of the file, and is as good as not said.
func SumFits(told, found string) bool {
	sum, err := hex.DecodeString(told)
	if err != nil {
		sum, err = base64.StdEncoding.DecodeString(told)
	}
	return err != nil || len(sum) != sha256.Size || hex.EncodeToString(sum) == found
}
