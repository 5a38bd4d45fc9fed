// Package bench measures the whole program. Nothing else is in it.
package bench

import (
	"testing"

	"mauve/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }
