package server_test

import (
	"os"
	"testing"

	"mauve/models/modelstest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	modelstest.Stop()
	os.Exit(code)
}
