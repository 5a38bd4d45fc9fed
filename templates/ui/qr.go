package ui

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the empty frame around a QR code that cameras need.
const quiet = 4

// qrPath is the dark squares of a QR code as an SVG path, row by row, and how
// many squares a side has; 0 for a text that has no code.
func qrPath(text string) (side int, path string) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return 0, ""
	}
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, run, run)
				x += run
			}
		}
	}
	return code.Size, b.String()
}

func qrBox(side int) string {
	return fmt.Sprintf("%d %d %d %d", -quiet, -quiet, side+2*quiet, side+2*quiet)
}
