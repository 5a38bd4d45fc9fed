package toychannel

import (
	"testing"

	"mauve/models/channeltype"
	"mauve/models/modelstest"
)

// TestMain registers the kind before a store is opened, as a program that has it does. It is known to the whole process,
// so the toy has a test binary of its own.
func TestMain(m *testing.M) {
	channeltype.Register(toyType)
	modelstest.Run(m)
}
