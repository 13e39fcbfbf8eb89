package storage

import (
	"fmt"
	"slices"
	"testing"

	"healthbot/storage/record"
)

// fill leaves the database no room to grow, as a full disk does, until the
// function that it returns makes some.
func (o *office) fill() (free func()) {
	o.t.Helper()
	limit := func(pages int) {
		o.t.Helper()
		_, err := o.writer.ExecContext(o.t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		o.check(err)
	}
	limit(1) // SQLite takes the present size for the least
	return func() { limit(1 << 30) }
}

// untilFull repeats a change until the disk is full, so that the little room on
// the last pages is used up, too.
func (o *office) untilFull(do func(i int) error) error {
	o.t.Helper()
	for i := range 2000 {
		if err := do(i); err != nil {
			return err
		}
	}
	o.t.Fatal("the disk never was full")
	return nil
}

// On a full disk a decision is answered with what to do, nothing of it stays,
// what was there can be read; and with room again the same press is taken.
func TestFullDisk(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme", "beta")
	under := o.next() // on its way to Slack
	rv := o.reviewOf("beta")
	o.check(o.SaveDraft(ctx, ben, record.Draft{Review: rv.ID, Values: map[record.Field]string{record.FieldSentence: "Log-ins halved"}}))
	free := o.fill()
	err := o.untilFull(func(i int) error {
		_, err := o.AssignOwner(ctx, mia, record.AssignOwner{Account: "acme", Owner: []string{"UBEN", "UANA"}[i%2]})
		return err
	})
	wants(t, err, record.Broken, "The disk is full", "Nothing was saved", "free some space")
	_, last := o.events(0)
	wants(t, o.Writable(), record.Broken, "The disk is full")

	pressed := ben
	pressed.Request = "view-1"
	for range 2 {
		_, err = o.Decide(ctx, pressed, atRisk(rv.ID, "UBEN"))
		wants(t, err, record.Broken, "The disk is full")
		wants(t, o.DeliverySent(ctx, under.ID, record.Receipt{Channel: "C1", TS: "1.0"}), record.Broken, "The disk is full")
	}
	if kinds, _ := o.events(last); len(kinds) != 0 {
		t.Errorf("half a decision stayed: %v", kinds)
	}
	c, err := o.ReviewCase(ctx, rv.ID, ben.ID)
	o.check(err)
	if c.Decision != nil || len(c.Tasks) != 0 || c.Draft == nil || c.Draft.Values[record.FieldSentence] != "Log-ins halved" {
		t.Errorf("what was typed before isn't there as it was: %+v", c)
	}
	o.holds()

	free()
	_, err = o.Decide(ctx, pressed, atRisk(rv.ID, "UBEN"))
	o.check(err)
	o.check(o.Writable())
	o.check(o.DeliverySent(ctx, under.ID, record.Receipt{Channel: "C1", TS: "1.0"}))
	kinds, _ := o.events(last)
	if n := len(slices.DeleteFunc(kinds, func(k record.EventKind) bool { return k != record.EvDecided })); n != 1 {
		t.Errorf("%d decisions, want the one", n)
	}
	o.holds()
}

// A disk that went read-only is said to be so, and nothing is lost either.
func TestReadOnlyDisk(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	readOnly := func(on string) {
		_, err := o.writer.ExecContext(ctx, "PRAGMA query_only = "+on)
		o.check(err)
	}
	readOnly("1")
	_, err := o.OpenReview(ctx, ben, "beta")
	wants(t, err, record.Broken, "can't be opened for writing", "Nothing was changed")
	if _, err := o.Accounts(ctx); err != nil {
		t.Errorf("reading: %v", err)
	}
	readOnly("0")
	_, err = o.OpenReview(ctx, ben, "beta")
	o.check(err)
	o.holds()
}
