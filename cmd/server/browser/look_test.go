package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// widths are those of a desk, a small laptop and a phone, in the order of the pictures.
var widths = []int64{1440, 1024, 390}

// look fails on what axe finds at a desk's width, in both schemes, and keeps pictures where SHOTS says.
func look(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	lookAt(t, ctx, name, widths[0])
}

// lookAt is look at the widths given. The pages are the same on both engines, so it looks on one.
func lookAt(t *testing.T, ctx context.Context, name string, at ...int64) {
	t.Helper()
	if strings.Contains(t.Name(), "/postgres") {
		return
	}
	axe, err := os.ReadFile("../../../static/testdata/axe.min.js")
	if err == nil {
		_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](string(axe)+";true"))
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv("SHOTS")
	for _, theme := range []string{"light", "dark"} {
		do(t, ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("void document.documentElement.setAttribute('data-theme', %q)", theme)))
		for _, width := range widths {
			looked := slices.Contains(at, width)
			if looked || dir != "" {
				do(t, ctx, chromedp.EmulateViewport(width, 900))
			}
			if looked {
				checkAxe(t, ctx, fmt.Sprintf("%s (%s, %d)", name, theme, width), rules[theme])
			}
			if dir != "" {
				keepPicture(t, ctx, filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, theme, width)))
			}
		}
	}
	do(t, ctx, chromedp.EmulateViewport(widths[0], 900))
}

// rules are axe's by the scheme in which a page is looked at: what does not hang on colours need not be asked twice.
var rules = map[string]string{
	"light": `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`,
	"dark":  `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`,
}

func checkAxe(t *testing.T, ctx context.Context, name, rules string) {
	t.Helper()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run({resultTypes: ["violations"], runOnly: `+rules+`})
		.then(r => r.violations.map(v => v.id + ": " + v.help + "\n" + v.nodes.map(n => "  " + n.html + "\n  " + n.failureSummary).join("\n")).join("\n"))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if found != "" {
		t.Errorf("axe on %s:\n%s", name, found)
	}
}

func keepPicture(t *testing.T, ctx context.Context, file string) {
	t.Helper()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, picture, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
