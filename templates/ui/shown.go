package ui

import (
	"fmt"
	"strings"
)

// shown writes a shortcut as it is printed on keys.
func shown(key string) string {
	if key == "mod enter" {
		return "Ctrl ↵"
	}
	return strings.ToUpper(key)
}

func capped(count int) string {
	if count > 99 {
		return "99+"
	}
	return fmt.Sprint(count)
}
