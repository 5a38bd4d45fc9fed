package browser

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"

	"mauve/models"
)

// TestFilesInABrowser is a talk with files: a picture and a voice note come in and play, files are chosen, pasted, dropped
// and taken off again, and a message is answered and reacted to from its row; nothing is loaded again by hand.
func TestFilesInABrowser(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "sqlite")
	lea := d.signedIn(t, "lea@harbour.example")
	do(t, lea, chromedp.Navigate(d.URL+"/settings/channels"), waitVisible("#channels"), click("form:has([value=sandbox]) button"), waitVisible("#channel-state"),
		click("button[value='+12025550111']"), waitVisible(".composer textarea"), waitReady("html[data-online]"))

	chooseFiles(t, lea)
	do(t, lea, sendKeys(".composer textarea", "Here is ours"), click(".composer .button.primary"))
	truth(t, lea, "document.querySelectorAll('.composer [data-chips] li').length === 0")
	says(t, lea, ".message.mine", "Here is ours")
	truth(t, lea, "document.querySelectorAll('.message.mine footer').length === 2")
	truth(t, lea, "[...document.querySelectorAll('.message.mine footer')].every(f => f.innerText.includes('Read'))")

	// What came back was fetched meanwhile, and took its place by itself.
	says(t, lea, ".message:not(.mine)", "The view from here")
	truth(t, lea, "[...document.querySelectorAll('.message:not(.mine) img')].some(i => i.complete && i.naturalWidth === 480)")
	truth(t, lea, "[...document.querySelectorAll('.message:not(.mine) audio')].some(a => a.readyState > 0 && a.duration > 1)")
	d.playsOn(t, lea)
	look(t, lea, "thread-files")

	answer(t, lea)
	refusedFile(t, lea)
}

// TestAReplyFromAnOlderPage: an older part of a thread opens at its end, and what is sent from there comes after all that
// was said since.
func TestAReplyFromAnOlderPage(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "sqlite")
	for i := range 60 {
		if _, err := d.scope.Send(d.talks[0].ID, models.Draft{Body: fmt.Sprint("line ", i), Direction: models.Inbound}); err != nil {
			t.Fatal(err)
		}
	}
	lea := d.signedIn(t, "lea@harbour.example")
	do(t, lea, chromedp.Navigate(d.thread(0)), waitReady("html[data-online]"), click(".older"), waitNotPresent(".older"))
	truth(t, lea, "(box => box.scrollHeight - box.scrollTop - box.clientHeight < 2)(document.querySelector('.stream'))")
	do(t, lea, sendKeys(".composer textarea", "from an older page"), click(".composer .button.primary"))
	truth(t, lea, "(all => all.at(-1).includes('from an older page') && all.at(-2).includes('line 59'))([...document.querySelectorAll('[data-message]')].map(m => m.innerText))")
}

// refusedFile chooses a file that is not taken: the message waits until it is taken off, and keeps its words.
func refusedFile(t *testing.T, lea context.Context) {
	t.Helper()
	paths := []string{filepath.Join(t.TempDir(), "a "+strings.Repeat("long ", 30)+"name.txt")}
	if err := os.WriteFile(paths[0], nil, 0o600); err != nil {
		t.Fatal(err)
	}
	do(t, lea, chromedp.SetUploadFiles(".composer input[type=file]", paths))
	says(t, lea, ".composer [data-chips]", "The file is empty")
	truth(t, lea, "document.querySelector('.composer').scrollWidth <= document.querySelector('.thread').clientWidth")
	do(t, lea, sendKeys(".composer textarea", "Stay here"), click(".composer .button.primary"))
	truth(t, lea, "document.activeElement.matches('[data-unattach]') && document.querySelector('.composer textarea').value === 'Stay here'")
	do(t, lea, click(".composer [data-unattach]"), click(".composer .button.primary"))
	says(t, lea, ".stream", "Stay here")
}

// chooseFiles chooses two files, pastes one and drops one, and takes two off again.
func chooseFiles(t *testing.T, lea context.Context) {
	t.Helper()
	dir := t.TempDir()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 120, 80))); err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(dir, "ours.png"), filepath.Join(dir, "price list.pdf")}
	for i, content := range [][]byte{picture.Bytes(), []byte("%PDF-1.4 prices")} {
		if err := os.WriteFile(paths[i], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	do(t, lea, chromedp.SetUploadFiles(".composer input[type=file]", paths))
	hand := func(event, member, name string) {
		do(t, lea, chromedp.Evaluate[chromedp.Void](`void (() => {
			const given = new DataTransfer();
			given.items.add(new File(["x"], "`+name+`", { type: "text/plain" }));
			document.querySelector(".composer textarea").dispatchEvent(new `+event+`, { bubbles: true, cancelable: true, `+member+`: given }));
		})()`))
	}
	hand(`ClipboardEvent("paste"`, "clipboardData", "pasted.txt")
	hand(`DragEvent("dragover"`, "dataTransfer", "dropped.txt")
	truth(t, lea, "document.querySelector('.composer.dropping') !== null")
	hand(`DragEvent("drop"`, "dataTransfer", "dropped.txt")
	truth(t, lea, "[...document.querySelectorAll('.composer [data-chips] progress')].filter(p => p.hidden).length === 4")
	says(t, lea, ".composer [data-chips]", "price list.pdf")
	look(t, lea, "composer-files")
	for range 2 { // the last two
		do(t, lea, click(".composer [data-chips] li:last-child [data-unattach]"))
	}
	truth(t, lea, "document.querySelectorAll('.composer [data-chips] li').length === 2")
}

// playsOn plays a voice note, whose row is drawn anew meanwhile.
func (d *desk) playsOn(t *testing.T, ctx context.Context) {
	t.Helper()
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`void (() => {
		window.row = document.querySelector(".message:not(.mine):has(audio)");
		window.player = row.querySelector("audio");
		player.loop = true;
		player.play();
	})()`))
	ids, err := chromedp.Run(ctx, chromedp.Evaluate[[]string]("[location.pathname.split('/').pop(), row.dataset.message]"))
	assert.NilError(t, err)
	react := func(emoji string) {
		_, err := d.scope.React(models.ID(ids[0]), models.ID(ids[1]), emoji)
		assert.NilError(t, err)
	}
	react("🎧")
	says(t, ctx, ".message:has(audio) .reactions", "🎧")
	dbg, err := chromedp.Run(ctx, chromedp.Evaluate[string]("JSON.stringify([row.isConnected,player.isConnected,player.paused,player.currentTime,player.error?.message,player.src,row.outerHTML.slice(0,1500)])"))
	t.Log(dbg, err)
	truth(t, ctx, "!row.isConnected && player.isConnected && !player.paused && player.currentTime > 0.1")
	react("")
	truth(t, ctx, "document.querySelector('.reactions') === null")
	do(t, ctx, chromedp.Evaluate[chromedp.Void]("void player.pause()"))
}

// answer reacts to the picture, takes the reaction back, and answers the picture.
func answer(t *testing.T, lea context.Context) {
	t.Helper()
	about := chromedp.Evaluate[chromedp.Void]("void [...document.querySelectorAll('.message:not(.mine)')].find(m => m.innerText.includes('The view')).querySelector('[data-answer]').click()")
	do(t, lea, about, waitVisible("[data-about]"))
	says(t, lea, "[data-about]", "The view from here")
	look(t, lea, "composer-about")
	do(t, lea, click("[data-about] [value='👍']"))
	says(t, lea, ".reactions", "👍")
	truth(t, lea, "document.querySelector('[data-about]').hidden && document.activeElement.matches('.composer textarea')")
	do(t, lea, about, waitVisible("[data-about]"), click("[data-about] [value='']"))
	truth(t, lea, "document.querySelector('.reactions') === null")
	do(t, lea, about, waitVisible("[data-about]"), sendKeys(".composer textarea", "Lovely"), click(".composer .button.primary"))
	says(t, lea, ".message.mine .quote", "The view from here")
}
