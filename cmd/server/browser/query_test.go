package browser

import (
	"time"

	"github.com/chromedp/chromedp"
)

// unhurried asks the page twenty times a second whether an element is there: the library's two hundred keep a small
// machine from drawing it.
var unhurried = chromedp.RetryInterval(50 * time.Millisecond)

func waitVisible[S chromedp.Selectable](selector S) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(selector, unhurried)
}

func waitReady[S chromedp.Selectable](selector S) chromedp.Action[chromedp.Void] {
	return chromedp.WaitReady(selector, unhurried)
}

func waitNotPresent[S chromedp.Selectable](selector S) chromedp.Action[chromedp.Void] {
	return chromedp.WaitNotPresent(selector, unhurried)
}

func click[S chromedp.Selectable](selector S) chromedp.Action[chromedp.Void] {
	return chromedp.Click(selector, unhurried)
}

func sendKeys[S chromedp.Selectable](selector S, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(selector, text, unhurried)
}

func setValue[S chromedp.Selectable](selector S, value string) chromedp.Action[chromedp.Void] {
	return chromedp.SetValue(selector, value, unhurried)
}
