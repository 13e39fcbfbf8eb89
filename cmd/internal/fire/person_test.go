package fire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"healthbot/bot/slacksim"
)

// person is one of them.
type person struct {
	*crowd
	*slacksim.Seat
}

func (p *person) act() {
	for x := p.next(p.ID); x != nil; x = p.next(p.ID) {
		err := p.do(x)
		p.mu.Lock()
		if p.busy[x.route]--; err != nil && p.ctx.Err() == nil && !errors.Is(err, errGivenUp) {
			p.errs = append(p.errs, fmt.Errorf("%s wanted to %s: %w", p.ID, x.verb, err))
		}
		p.mu.Unlock()
	}
}

// errGivenUp means that it isn't there to be done any more, or that it didn't
// come about in many tries; the judge finds out what became of it.
var errGivenUp = errors.New("given up")

func (p *person) do(x *want) error {
	switch x.verb {
	case take:
		return p.press(x, "Take it")
	case accept:
		return p.press(x, "Accept")
	case decide:
		return p.decide(x)
	case snooze:
		return p.fillIn(x, "Snooze…", func() error {
			return errors.Join(p.Fill(p.ctx, "Why can it wait?", "They are on leave."), p.Choose(p.ctx, "Until when?", p.w.office().AddDate(0, 0, 2).Format(time.DateOnly)))
		})
	case finish:
		return p.fillIn(x, "Done…", func() error {
			return errors.Join(p.Fill(p.ctx, "What came of it?", "They answered."), p.Choose(p.ctx, "Did what was expected come true?", "Yes"))
		})
	case verify:
		return p.verify(x)
	}
	return fmt.Errorf("nobody knows how to %s", x.verb)
}

// patience is how often a person tries before they give up.
const patience = 60

// insist does something until Slack says that the app took it. Slack tells at once
// when no app is there, so a person waits a moment before they try again.
func (p *person) insist(x *want, click func() error) error {
	for range patience {
		err := click()
		if x != nil {
			x.tried = true
		}
		switch {
		case p.ctx.Err() != nil:
			return p.ctx.Err()
		case err == nil:
			return nil
		case !strings.Contains(err.Error(), "was told:"):
			return fmt.Errorf("%w: %w", errGivenUp, err) // the control isn't there any more, for one
		}
		pause(p.ctx, 100*time.Millisecond)
	}
	return errGivenUp
}

// press presses a button whose press is all.
func (p *person) press(x *want, label string) error {
	err := p.insist(x, func() error { return p.Click(p.ctx, x.place, label) })
	x.kept = err == nil
	return err
}

// openForm presses a button until its form stands before the person.
func (p *person) openForm(label string, at slacksim.Target) error {
	for range patience {
		bell := p.w.gate.bell(p.w.gate.modals, p.ID)
		if err := p.insist(nil, func() error { return p.Click(p.ctx, at, label) }); err != nil {
			return err
		}
		t := time.NewTimer(time.Second)
		select {
		case <-bell:
			t.Stop()
			return nil
		case <-t.C: // Slack refused, or the bot died over it
		case <-p.ctx.Done():
			t.Stop()
			return p.ctx.Err()
		}
	}
	return errGivenUp
}

// send submits the form until Slack has an answer. The form stays with all that
// was typed, so that a second try is the same submission again.
func (p *person) send(x *want) (slackSays click, err error) {
	err = p.insist(x, func() error {
		err := p.Submit(p.ctx)
		if fields := (slacksim.FieldErrors{}); errors.As(err, &fields) {
			return fmt.Errorf("%s was told: %w", p.Name, fields)
		}
		return err
	})
	return p.w.gate.last(p.ID), err
}

// fillIn opens a form of one step, fills it and sends it.
func (p *person) fillIn(x *want, label string, fill func() error) error {
	defer p.putAway()
	if err := p.openForm(label, x.place); err != nil {
		return err
	}
	if err := fill(); err != nil {
		return fmt.Errorf("%w: %w", errGivenUp, err)
	}
	says, err := p.send(x)
	x.kept = err == nil && says.action == "clear"
	return err
}

// putAway closes what is left open, or it would lie over the next form.
func (p *person) putAway() {
	for p.CloseModal(p.ctx) == nil {
	}
}

func (p *person) decide(x *want) error {
	defer p.putAway()
	if err := p.openForm("Review", x.place); err != nil {
		return err
	}
	p.mu.Lock()
	outcome := []string{"stable", "watchlist", "at-risk"}[p.rng.IntN(3)]
	colleague := personID(p.rng.IntN(p.w.people))
	p.mu.Unlock()
	first := []error{p.Choose(p.ctx, "Your decision", outcome), p.Fill(p.ctx, "Why, in a plain sentence", "I spoke with them today.")}
	if outcome == "at-risk" {
		first = append(first, p.Choose(p.ctx, "Reasons", "Usage is falling"))
	}
	if err := errors.Join(first...); err != nil {
		return fmt.Errorf("%w: %w", errGivenUp, err)
	}
	if _, err := p.send(nil); err != nil {
		return err
	}
	var second []error
	switch outcome {
	case "watchlist":
		second = append(second, p.Fill(p.ctx, "What do you watch?", "Their log-ins"))
	case "at-risk":
		second = append(second, p.Fill(p.ctx, "First task", "Call Kim"), p.Choose(p.ctx, "Who does it?", colleague), p.Fill(p.ctx, "Done when", "A date is agreed"))
	}
	if err := errors.Join(second...); err != nil {
		return fmt.Errorf("%w: %w", errGivenUp, err)
	}
	says, err := p.send(x)
	x.kept = err == nil && says.action == "clear"
	return err
}

// verify asks for a held account by its name, and settles what holds it.
func (p *person) verify(x *want) error {
	defer p.putAway()
	bell := p.w.gate.bell(p.w.gate.replies, p.ID)
	name := strings.Replace(x.account, "f", "Firm ", 1)
	var mine slacksim.Message
	for range patience {
		if err := p.insist(nil, func() error { return p.Command(p.ctx, channelName(x.route), "/health "+name) }); err != nil {
			return err
		}
		t := time.NewTimer(time.Second)
		select {
		case <-bell: // of anybody's answer: look
			pause(p.ctx, 50*time.Millisecond)
		case <-t.C:
		}
		t.Stop()
		told, err := p.Ephemerals(p.ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(told, func(m slacksim.Message) bool { return strings.Contains(m.Text(), name) })
		if i >= 0 {
			mine = told[i]
			break
		}
	}
	if mine.TS == "" {
		return errGivenUp
	}
	if err := p.openForm("Review", slacksim.Target{Channel: channelID(x.route), TS: mine.TS}); err != nil {
		return err
	}
	if err := p.Choose(p.ctx, "active seats: what about it?", "It is right"); err != nil {
		return fmt.Errorf("%w: %w", errGivenUp, err)
	}
	says, err := p.send(x)
	x.kept = err == nil && says.action == "update" && says.title != "healthbot"
	return err
}
