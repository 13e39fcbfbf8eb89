package slacksim

import (
	"context"
	"fmt"
	"strings"
)

// Seat is one person before their Slack. Its methods are what a person does
// and sees; their errors say what was there instead.
type Seat struct {
	client   *Client
	ID, Name string
}

// Target is a place with blocks: a message, or a view. The zero Target is the
// modal on top.
type Target struct {
	Channel, TS string // a message
	View        string // a view's id, "home", or "top"
	Block       string // narrows a label that is there several times
}

func (t Target) request(s *Seat) object {
	if t.Channel == "" && t.View == "" {
		t.View = "top"
	}
	return object{"as": s.ID, "channel": t.Channel, "ts": t.TS, "view": t.View, "block_id": t.Block}
}

// FieldErrors are what stands under the inputs of a modal that was not taken,
// by block_id.
type FieldErrors map[string]string

func (e FieldErrors) Error() string {
	var parts []string
	for _, block := range sortedKeys(e) {
		parts = append(parts, block+": "+e[block])
	}
	return "the modal was not taken: " + strings.Join(parts, "; ")
}

// act posts what the person does. An app that did not answer as it should is
// an error with the words that Slack shows.
func (s *Seat) act(ctx context.Context, path string, body object) (answer, error) {
	body["as"] = s.ID
	a, err := s.client.post(ctx, path, body)
	switch {
	case err != nil:
		return a, fmt.Errorf("%s: %w", s.Name, err)
	case len(a.Errors) > 0:
		return a, FieldErrors(a.Errors)
	case a.Notice != "":
		return a, fmt.Errorf("%s was told: %s", s.Name, a.Notice)
	}
	return a, nil
}

// Say writes a message and returns its ts. @name and #name become mentions.
func (s *Seat) Say(ctx context.Context, channel, text string) (ts string, err error) {
	a, err := s.act(ctx, "say", object{"channel": channel, "text": text})
	return a.TS, err
}

// Reply writes in a thread.
func (s *Seat) Reply(ctx context.Context, channel, threadTS, text string) (ts string, err error) {
	a, err := s.act(ctx, "say", object{"channel": channel, "thread_ts": threadTS, "text": text})
	return a.TS, err
}

// Command types a slash command and returns when the app has acknowledged it.
func (s *Seat) Command(ctx context.Context, channel, line string) error {
	_, err := s.act(ctx, "command", object{"channel": channel, "text": line})
	return err
}

// Click presses what carries the label: a button, an option of a menu, or
// failing these the element with that action_id.
func (s *Seat) Click(ctx context.Context, where Target, label string) error {
	body := where.request(s)
	body["label"] = label
	_, err := s.act(ctx, "click", body)
	return err
}

// Pick chooses in a menu of a message or view: an option's words or value, a
// date, an id, or several of them.
func (s *Seat) Pick(ctx context.Context, where Target, label string, value ...string) error {
	body := where.request(s)
	body["label"], body["value"] = label, wire(value)
	_, err := s.act(ctx, "click", body)
	return err
}

func wire(values []string) any {
	if len(values) == 1 {
		return values[0]
	}
	return anyList(values)
}

// Fill writes into the input with that label, in the modal on top.
func (s *Seat) Fill(ctx context.Context, label, text string) error {
	_, err := s.act(ctx, "change", object{"view": "top", "label": label, "value": text})
	return err
}

// Choose chooses in the input with that label, in the modal on top: options by
// their words, people and channels by id, dates as 2026-03-31. External menus
// are searched for the words first, as a person would.
func (s *Seat) Choose(ctx context.Context, label string, option ...string) error {
	_, err := s.act(ctx, "change", object{"view": "top", "label": label, "value": wire(option)})
	return err
}

// Suggest types into an external menu of the modal on top and returns the
// options that the app offers.
func (s *Seat) Suggest(ctx context.Context, label, query string) ([]string, error) {
	a, err := s.act(ctx, "suggest", object{"view": "top", "label": label, "query": query})
	return texts(a.Options), err
}

// Submit presses the modal's submit button and returns when the app has
// answered; FieldErrors if something stands under an input.
func (s *Seat) Submit(ctx context.Context) error {
	_, err := s.act(ctx, "submit", object{"view": "top"})
	return err
}

// CloseModal presses the modal's close button.
func (s *Seat) CloseModal(ctx context.Context) error {
	_, err := s.act(ctx, "close", object{"view": "top"})
	return err
}

// Shortcut runs a global shortcut.
func (s *Seat) Shortcut(ctx context.Context, callbackID string) error {
	_, err := s.act(ctx, "shortcut", object{"callback_id": callbackID})
	return err
}

// MessageShortcut runs a shortcut from a message's menu.
func (s *Seat) MessageShortcut(ctx context.Context, callbackID, channel, ts string) error {
	_, err := s.act(ctx, "shortcut", object{"callback_id": callbackID, "channel": channel, "ts": ts})
	return err
}

// React puts an emoji on a message, or takes it away where it is.
func (s *Seat) React(ctx context.Context, channel, ts, emoji string) error {
	_, err := s.act(ctx, "react", object{"channel": channel, "ts": ts, "name": emoji})
	return err
}

// View is the modal on top.
func (s *Seat) View(ctx context.Context) (*View, error) {
	pic, err := s.client.state(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	if len(pic.Modals) == 0 {
		return nil, fmt.Errorf("%s has no modal open", s.Name)
	}
	return pic.Modals[len(pic.Modals)-1], nil
}

// Home opens the app's Home and returns what the app publishes upon it.
func (s *Seat) Home(ctx context.Context) (*View, error) {
	a, err := s.act(ctx, "home", object{})
	if err != nil {
		return nil, err
	}
	var home *View
	err = s.client.Wait(ctx, func(d Dump) bool {
		for _, p := range d.People {
			if p.ID == s.ID && p.Homes > a.Published {
				home = p.Home
				return true
			}
		}
		return false
	})
	return home, err
}

// CurrentHome is the Home as it stands, nil if there is none.
func (s *Seat) CurrentHome(ctx context.Context) (*View, error) {
	pic, err := s.client.state(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	return pic.Home["view"], nil
}

// Messages are what the person reads in a channel, threads included, oldest
// first.
func (s *Seat) Messages(ctx context.Context, channel string) ([]Message, error) {
	pic, err := s.client.state(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(channel, "#")
	var seen []string
	for _, room := range append(pic.Channels, pic.DMs...) {
		if room.ID == name || room.Name == name || name == "dm" && room.Kind == "dm" {
			return room.Messages, nil
		}
		seen = append(seen, room.Name)
	}
	return nil, fmt.Errorf("%s sees no channel %q; there are %s", s.Name, channel, strings.Join(seen, ", "))
}

// DM is the conversation with the bot.
func (s *Seat) DM(ctx context.Context) ([]Message, error) { return s.Messages(ctx, "dm") }

// Thread is a root and its replies.
func (s *Seat) Thread(ctx context.Context, channel, ts string) ([]Message, error) {
	all, err := s.Messages(ctx, channel)
	var thread []Message
	for _, m := range all {
		if m.TS == ts || m.ThreadTS == ts {
			thread = append(thread, m)
		}
	}
	if err == nil && len(thread) == 0 {
		err = fmt.Errorf("%s sees no message %s in %s", s.Name, ts, channel)
	}
	return thread, err
}

// Ephemerals are the messages that only this person sees, in all channels.
func (s *Seat) Ephemerals(ctx context.Context) ([]Message, error) {
	pic, err := s.client.state(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	var mine []Message
	for _, room := range append(pic.Channels, pic.DMs...) {
		for _, m := range room.Messages {
			if m.Ephemeral {
				mine = append(mine, m)
			}
		}
	}
	return mine, nil
}

// Notices are what Slack itself has told this person, such as that a command
// failed.
func (s *Seat) Notices(ctx context.Context) ([]string, error) {
	pic, err := s.client.state(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, n := range pic.Notices {
		texts = append(texts, str(n["text"]))
	}
	return texts, nil
}
