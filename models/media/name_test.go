package media

import (
	"strings"
	"testing"
)

func TestAFileIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, given, want string }{
		{"a plain name stays", "photo.jpg", "photo.jpg"},
		{"letters of any script stay", "naïve – 写真.pdf", "naïve – 写真.pdf"},
		{"of a path the last part stays", "../../etc/passwd", "passwd"},
		{"of a Windows path too", `C:\boot\boot.ini`, "boot.ini"},
		{"a path that ends in a slash names nothing", "folder/", "file"},
		{"nothing is called file", "", "file"},
		{"dots alone are called file", "..", "file"},
		{"blanks alone are called file", " \t ", "file"},
		{"dots and blanks around it go", " .hidden. ", "hidden"},
		{"blanks within are one", "a \t\n b.txt", "a b.txt"},
		{"what Windows refuses becomes a line", `a<b>c:d"e|f?g*.txt`, "a_b_c_d_e_f_g_.txt"},
		{"a NUL goes", "a\x00b.txt", "ab.txt"},
		{"a mark that turns the name around goes", "invoice\u202egpj.exe", "invoicegpj.exe"},
		{"an invisible character goes", "in\u200bvoice.pdf", "invoice.pdf"},
		{"broken UTF-8 goes", "a\xff\xfeb.txt", "ab.txt"},
		{"120 characters stay", strings.Repeat("é", 116) + ".pdf", strings.Repeat("é", 116) + ".pdf"},
		{"of 121 the ending stays", strings.Repeat("é", 117) + ".pdf", strings.Repeat("é", 116) + ".pdf"},
		{"an ending of more than 11 letters is none", strings.Repeat("a", 119) + "." + strings.Repeat("x", 12), strings.Repeat("a", 119)},
	} {
		if got := CleanName(c.given); got != c.want {
			t.Errorf("%s: %q is called %q, want %q", c.name, c.given, got, c.want)
		}
	}
}

func TestAContentTypeIsRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, claimed, want string }{
		{"a type stays", "image/png", "image/png"},
		{"in lower case", "Image/PNG", "image/png"},
		{"without its parameters", "text/plain; charset=utf-8", "text/plain"},
		{"blanks before the parameters are none of it", "text/plain ;charset=utf-8", "text/plain"},
		{"nothing is none", "", ""},
		{"what is no type is none", "image/", ""},
		{"broken parameters are none", "text/plain; charset", ""},
		{"a type of more than 100 characters is none", "a/" + strings.Repeat("b", 99), ""},
	} {
		if got := CleanType(c.claimed); got != c.want {
			t.Errorf("%s: %q is read as %q, want %q", c.name, c.claimed, got, c.want)
		}
	}
}

func TestASizeIsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bytes int64
		want  string
	}{{0, "0 bytes"}, {1, "1 bytes"}, {1023, "1023 bytes"}, {1024, "1 KiB"}, {1025, "1025 bytes"}, {500 << 10, "500 KiB"}, {1 << 20, "1 MiB"}, {100 << 20, "100 MiB"}, {1<<20 + 1<<10, "1025 KiB"}} {
		if got := SizeText(c.bytes); got != c.want {
			t.Errorf("%d bytes are written %q, want %q", c.bytes, got, c.want)
		}
	}
}
