package isolation

import (
	"testing"

	"mauve/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }
