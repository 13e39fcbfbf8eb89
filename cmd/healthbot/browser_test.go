package main

import (
	"fmt"
	"path/filepath"
	"testing"
)

// The README's journey, with a mouse: read the digest, review the account that
// leads it, decide, and do the task that follows.
func TestJourneyInABrowser(t *testing.T) {
	if racing {
		t.Skip("the demo scores a year of weeks: minutes under the race detector; runs without it")
	}
	b := openBrowser(t)
	page, stop := start(t, "demo", "--no-open", "--db", filepath.Join(t.TempDir(), "demo.db"))
	b.open(page)

	// Ana opens the digest's thread and reviews Acme.
	b.become("U01ANA")
	b.click("#open-C01ENTERPRISE", "")
	b.sees("#messages li.message", "need a person")
	b.click("#messages .replies-link", "")
	b.settled()
	card := b.marked("#replies li.message", "Acme")
	b.click(card+" [data-action-id='review.open']", "Review")

	b.click("dialog.modal .choice label", "at-risk")
	b.write(b.input("in:sentence"), "The sponsor fell silent and two milestones slipped.")
	b.click("dialog.modal [data-role=submit]", "Next")

	b.sees("dialog.modal", "First task")
	b.write(b.input("in:goal"), "A sponsor who answers within a week")
	b.write(b.input("in:task"), "Call the sponsor's deputy")
	b.write(b.input("in:expected"), "A date for the next review is agreed")
	b.choose("in:task_kind", "outreach")
	b.choose("in:task_owner", "Kofi")
	b.click("dialog.modal [data-role=submit]", "Save")
	b.gone("dialog.modal")
	b.sees(card, "edited")
	b.sees(card, "The sponsor fell silent and two milestones slipped.")
	b.sees(card, "Call the sponsor's deputy")

	// Kofi finds the task in his messages and says what came of it.
	b.become("U01KOFI")
	b.click("#sidebar [data-channel^=D]", "healthbot")
	task := b.marked("#messages li.message", "Call the sponsor's deputy")
	b.click(task+" [data-action-id='task.done']", "")
	b.write(b.input("in:result"), "She will take over; we meet on Friday.")
	b.click("dialog.modal .choice label", "Yes")
	b.click("dialog.modal [data-role=submit]", "")
	b.gone("dialog.modal")
	b.sees(task, "edited")
	b.sees(task, "She will take over; we meet on Friday.")

	for _, c := range b.complaints() {
		t.Errorf("the page's console: %s", c)
	}
	if code := stop(); code != exitOK {
		t.Errorf("the demo ended with %d", code)
	}
}

// become chooses somebody in the menu at the bottom left.
func (b *browser) become(id string) {
	b.t.Helper()
	b.click("#persona", "")
	b.click("[data-person="+id+"]", "")
	b.wait(fmt.Sprintf("new URLSearchParams(location.hash.slice(1)).get('as') === %q && !seen('.popup')", id), nil)
}

// settled waits until each account that needs a person has its card in the open
// thread: what is above and below moves until then.
func (b *browser) settled() {
	b.t.Helper()
	b.wait(`document.querySelectorAll("#replies [data-action-id='review.open']").length ===
		Number(/(\d+) need a person/.exec(seen("#replies li.message").textContent)[1])`, nil)
}

// marked waits for a message with the text and returns a selector that stays
// with it, whatever becomes of the text.
func (b *browser) marked(selector, text string) string {
	b.t.Helper()
	var ts string
	b.wait(fmt.Sprintf("seen(%q, %q)?.dataset.ts", selector, text), &ts)
	return fmt.Sprintf("%s[data-ts='%s']", selector, ts)
}

// input is where one writes in an input block.
func (b *browser) input(block string) string {
	return fmt.Sprintf("dialog.modal .block[data-block-id='%s'] :is(input, textarea)", block)
}

// choose opens a menu and takes the option with the text.
func (b *browser) choose(block, text string) {
	b.t.Helper()
	opener := fmt.Sprintf("dialog.modal .block[data-block-id='%s'] .opener", block)
	b.click(opener, "")
	b.click(".popup .option", text)
	b.sees(opener, text)
}

func (b *browser) gone(selector string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("!seen(%q)", selector), nil)
}
