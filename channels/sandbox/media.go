package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"math"
	"sync"

	"mauve/channels"
	"mauve/models"
)

// The files that the sandbox serves, by their ids.
const (
	pictureID = "sandbox-picture"
	voiceID   = "sandbox-voice"
)

var files = map[string]func() []byte{pictureID: sync.OnceValue(picture), voiceID: sync.OnceValue(voice)}

// Fetch opens one of the sandbox's own files.
func (Sandbox) Fetch(_ context.Context, _ *models.Account, m models.MediaRef, _ int64) (io.ReadCloser, error) {
	made := files[m.ID]
	if made == nil {
		return nil, &channels.Lost{Because: sandboxHasNoFile.With()}
	}
	return io.NopCloser(bytes.NewReader(made())), nil
}

// Upload reads the file to its end, as a vendor would.
func (Sandbox) Upload(ctx context.Context, d *models.Dispatch) (string, models.Tried) {
	file, err := d.File.Open(ctx)
	if err == nil {
		_, err = io.Copy(io.Discard, file)
		_ = file.Close()
	}
	if err != nil {
		slog.Error("a message's file cannot be read", "message", d.Message.ID, "error", err)
		return "", models.Tried{Verdict: models.RetryMessage, Code: "file_unread", Detail: channels.FileUnread.With()}
	}
	return "sandbox-" + string(d.File.ID), models.Tried{Verdict: models.Accepted}
}

// media is a file back, as Meta tells of one.
func media(ms int, kind, id, mimeType string, more object) follow {
	return func(d *models.Dispatch, about string) models.Follow {
		sum := sha256.Sum256(files[id]())
		part := object{"id": id, "mime_type": mimeType, "sha256": base64.StdEncoding.EncodeToString(sum[:])}
		for name, value := range more {
			part[name] = value
		}
		return message(ms, 0, d, about+"."+kind, object{"type": kind, kind: part})
	}
}

// picture is a sunset of 480 by 320 pixels.
func picture() []byte {
	const width, height = 480, 320
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{uint8(240 - y/3), uint8(150 - y/3), uint8(90 + y/2), 255}
			if math.Hypot(float64(x-330), float64(y-190)) < 60 {
				c = color.RGBA{255, 226, 150, 255}
			}
			if float64(y) > 220+18*math.Sin(float64(x)/46) {
				c = color.RGBA{58, 38, 92, 255}
			}
			p.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		panic(fmt.Sprint("sandbox: a picture in memory: ", err)) // cannot be
	}
	return b.Bytes()
}

// voice is a chime of a second and a half, as WAV of 8000 samples a second.
func voice() []byte {
	const rate, length = 8000, 12000
	samples := make([]int16, length)
	for i := range samples {
		t := float64(i) / rate
		tone := 523.25
		if i >= length/3 {
			tone = 659.25
		}
		if i >= 2*length/3 {
			tone = 783.99
		}
		samples[i] = int16(9000 * math.Sin(2*math.Pi*tone*t) * math.Exp(-6*math.Mod(t, length/3.0/rate)))
	}
	var b bytes.Buffer
	for _, part := range []any{[]byte("RIFF"), uint32(36 + 2*length), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1),
		uint32(rate), uint32(2 * rate), uint16(2), uint16(16), []byte("data"), uint32(2 * length), samples} {
		_ = binary.Write(&b, binary.LittleEndian, part) // into memory
	}
	return b.Bytes()
}
