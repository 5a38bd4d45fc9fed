// Package linkedphone tests talk by a linked phone, against a stand-in for WhatsApp's network. Nothing else is in it.
package linkedphone

import (
	"testing"

	"mauve/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }
