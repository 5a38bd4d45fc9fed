package browser

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTheSandboxInABrowser is an admin's first minutes: a sandbox is added and written to, the ticks move, an answer comes
// in, the window shuts and a template goes out; nothing is loaded again by hand.
func TestTheSandboxInABrowser(t *testing.T) {
	t.Parallel()
	firstMinutes(t, openDesk(t, "sqlite"))
}

func firstMinutes(t *testing.T, d *desk) {
	lea := d.signedIn(t, "lea@harbour.example")
	do(t, lea, chromedp.Navigate(d.URL+"/settings/channels"), waitVisible("#channels"))
	look(t, lea, "channels-list")
	do(t, lea, click("a[href$='/channels/new']"), waitVisible("[name='config.phoneNumberId']"), click("main .form .primary"), waitVisible(".field .error"))
	look(t, lea, "channel-refused")
	do(t, lea, chromedp.Navigate(d.URL+"/settings/channels"), waitVisible("#channels"), click("form:has([value=sandbox]) button"), waitVisible("#channel-state"))
	says(t, lea, "#channel-state", "+1 202-555-0199") // the check's finding comes by itself
	says(t, lea, "#templates", "order_update")
	look(t, lea, "channel-sandbox")

	// Each tick is drawn by itself: one number is never delivered to, another never reads.
	channel, err := chromedp.Run(lea, chromedp.Evaluate[string]("location.href"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ number, tick string }{{"+12025550102", "Sent"}, {"+12025550101", "Delivered"}} {
		do(t, lea, click("button[value='"+row.number+"']"), waitVisible(".composer textarea"), waitReady("html[data-online]"),
			sendKeys(".composer textarea", "ping"), click(".composer .button.primary"))
		says(t, lea, ".message.mine footer", row.tick)
		do(t, lea, chromedp.Navigate(channel), waitVisible("#channel-state"))
	}

	// The number that answers as somebody who wrote 25 hours ago.
	do(t, lea, click("button[value='+12025550110']"), waitVisible(".composer textarea"), waitReady("html[data-online]"))
	says(t, lea, ".gate", "You may write freely for another")
	ticks(t, lea)
	do(t, lea, sendKeys(".composer textarea", "Is it you?"), click(".composer .button.primary"))
	says(t, lea, ".message.mine footer", "Read")
	says(t, lea, ".message:not(.mine)", "I wrote this 25 hours ago.")
	// On a busy machine two steps may be drawn as one; here the row must have moved, and only forward.
	truth(t, lea, "window.ticks.length > 1 && window.ticks.indexOf('Read') > Math.max(window.ticks.indexOf('Sent'), window.ticks.indexOf('Delivered'))")
	says(t, lea, ".message:not(.mine) .quote", "Is it you?")

	// The window is shut: the reply box gives way, notes stay, a template is chosen, filled and sent.
	says(t, lea, ".gate", "only a template passes")
	truth(t, lea, "getComputedStyle(document.querySelector('.composer textarea')).display === 'none'")
	do(t, lea, click(".composer label:has([value=note])"), waitVisible(".composer textarea"))
	truth(t, lea, "getComputedStyle(document.querySelector('.template-box')).display === 'none'")
	do(t, lea, click(".composer label:has([value=reply])"), waitVisible(".template-box"))
	choose(t, lea, "order_update")
	do(t, lea, waitVisible("[name='body.1']"), sendKeys("[name='body.1']", "Amara"), sendKeys("[name='body.2']", "A-17"))
	says(t, lea, ".template-text", "Hello Amara, your order A-17 is on its way.")
	look(t, lea, "thread-template")
	late(t, lea, "/template", 1000)
	late(t, lea, "fragment=gate", 3000)
	do(t, lea, click("[name=act][value=send]"))
	says(t, lea, ".message.mine:last-of-type", "Hello Amara, your order A-17 is on its way.")
	truth(t, lea, "window.late > 1") // what was asked before the page moved on does not bring the form back
	truth(t, lea, "[...document.querySelectorAll('.message.mine')].at(-1).querySelector('footer').innerText.includes('Read')")
	truth(t, lea, "document.querySelector('select[name=template]').value === ''")
	look(t, lea, "thread-sandbox")
	waiting(t, lea, d)
}

// ticks writes down what the message's foot says, in its order.
func ticks(t *testing.T, ctx context.Context) {
	t.Helper()
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`void (window.ticks = [], new MutationObserver(() => {
		const said = document.querySelector(".message.mine footer")?.innerText.trim();
		if (said && window.ticks.at(-1) !== said) window.ticks.push(said);
	}).observe(document.body, { subtree: true, childList: true, characterData: true }))`))
}

// late holds the next answer whose address contains part for so many milliseconds, and counts in window.late those that came.
func late(t *testing.T, ctx context.Context, part string, ms int) {
	t.Helper()
	do(t, ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`void (() => {
		const prompt = window.fetch.bind(window);
		let held = false;
		window.late ??= 0;
		window.fetch = async (url, how) => {
			const hold = !held && String(url).includes(%q);
			held ||= hold;
			const answer = await prompt(url, how);
			if (!hold) return answer;
			await new Promise((done) => setTimeout(done, %d));
			setTimeout(() => window.late++, 200);
			return answer;
		};
	})()`, part, ms)))
}

func choose(t *testing.T, ctx context.Context, template string) {
	t.Helper()
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`void (() => {
		const list = document.querySelector("select[name=template]");
		list.value = [...list.options].find((o) => o.text.startsWith("`+template+`")).value;
		list.dispatchEvent(new Event("change", { bubbles: true }));
	})()`))
}

// waiting writes to numbers that refuse, and to one that has the channel's token revoked.
func waiting(t *testing.T, lea context.Context, d *desk) {
	t.Helper()
	write := func(number, text string) {
		t.Helper()
		do(t, lea, chromedp.Navigate(d.URL+"/settings/channels"), waitVisible("#channels"), click("//table//a[contains(., 'Sandbox')]"), waitVisible("button[value='"+number+"']"),
			click("button[value='"+number+"']"), waitVisible(".composer textarea"), waitReady("html[data-online]"),
			sendKeys(".composer textarea", text), click(".composer .button.primary"))
	}
	write("+12025550105", "fail 131049")
	do(t, lea, waitVisible(".message.failed .retry"))
	look(t, lea, "thread-failed")
	do(t, lea, click(".message.failed form .retry"), waitVisible(".message.failed .retry"))
	truth(t, lea, "document.querySelectorAll('.message.mine').length === 1")
	write("+12025550108", "Do you take it?")
	says(t, lea, ".gate", "The channel needs attention; what you send waits.")
	look(t, lea, "thread-attention")
	do(t, lea, click(".gate a"), waitVisible("#channel-state"))
	says(t, lea, "#channel-state", "Messages wait until it is connected again.")
	look(t, lea, "channel-attention")
	do(t, lea, chromedp.NavigateBack())
	says(t, lea, ".gate", "Last check")
	do(t, lea, click(".gate .retry"))
	says(t, lea, ".toasts", "It is being checked.")
	says(t, lea, ".message.mine footer", "Read")
	truth(t, lea, "!document.querySelector('.gate .retry')")
}
