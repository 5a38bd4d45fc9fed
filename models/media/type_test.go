package media

import "testing"

func TestWhatAVendorIsToldOfAFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, is, want string }{
		{"a type that is known stays", "a.pdf", "application/pdf", "application/pdf"},
		{"a container named as a Word document is one", "a.docx", "application/zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"the case of an ending does not matter", "A.XLSX", "application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"an old Word document is bytes of no known type", "a.doc", "application/octet-stream", "application/msword"},
		{"a container of any other name stays one", "a.zip", "application/zip", "application/zip"},
		{"a name does not make a picture a document", "a.docx", "image/png", "image/png"},
		{"without an ending it is what it is", "docx", "application/zip", "application/zip"},
	} {
		if got := TypeByName(c.is, c.file); got != c.want {
			t.Errorf("%s: the vendor is told %q, want %q", c.name, got, c.want)
		}
	}
}
