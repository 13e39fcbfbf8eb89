package slacksim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A step is where a person's act has got to: either it is over, with an answer
// for the person, or the app has been asked and next goes on from its outcome.
type step struct {
	answer object
	wait   <-chan outcome
	next   func(outcome) (*step, error)
}

func over(answer object) *step { return &step{answer: answer} }

// act runs a person's act to its end. The mutex is held by first and by each
// next, and by nobody while the app thinks.
func (s *Server) act(ctx context.Context, first func() (*step, error)) (object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := first()
	for err == nil && at.wait != nil {
		s.mu.Unlock()
		var o outcome
		select {
		case o = <-at.wait:
		case <-ctx.Done():
			err = ctx.Err()
		}
		s.mu.Lock()
		if err == nil {
			at, err = at.next(o)
		}
	}
	s.touch()
	if err != nil {
		return nil, err
	}
	return at.answer, nil
}

// What Slack says to the person when the app does not answer as it should.
const (
	troubleNotice  = "We had some trouble connecting. Try again?"
	clickNotice    = "This app is not responding. Your click was not received; try again."
	commandNotice  = "%s failed because the app did not respond."
	dispatchNotice = `%s failed with the error "dispatch_failed".`
	resultsNotice  = "Results could not be loaded."
	ackRefused     = "refused"
	ackUnsent      = "unsent"
)

// acked is an answer to the person about what the app did.
func acked(ack, notice string) object {
	out := object{"ack": ack}
	if notice != "" {
		out["notice"] = notice
	}
	return out
}

// failed turns an outcome that is no acknowledgement into what the person sees.
func (s *Server) failed(p *person, o outcome, what, notice string) *step {
	why := fmt.Sprintf("%s was not acknowledged within %v", what, s.opts.AckDeadline)
	if o.ack == ackNoSocket {
		why = what + " could not be delivered: the app has no Socket Mode connection"
	}
	s.deny(p, why, notice)
	return over(acked(ackTimeout, notice))
}

// refusedAck is for an acknowledgement whose payload Slack does not accept.
func (s *Server) refusedAck(p *person, notice, why string, err error) *step {
	var refused *apiError
	if errors.As(err, &refused) {
		why += ": " + strings.Join(append([]string{refused.code}, append(refused.errors, refused.messages...)...), "; ")
	}
	s.deny(p, why, notice)
	return over(acked(ackRefused, notice))
}

// actor is a person as interaction payloads have them.
func (s *Server) actor(p *person) object {
	return object{"id": p.ID, "username": p.Name, "name": p.Name, "team_id": s.teamOf(p)}
}

// interaction is what every interactive payload has.
func (s *Server) interaction(kind string, p *person) object {
	w := s.opts.Workspace
	return object{
		"type": kind, "token": "verification", "api_app_id": w.AppID, "user": s.actor(p),
		"team":       object{"id": w.TeamID, "domain": w.domain()},
		"enterprise": nil, "is_enterprise_install": false,
	}
}

func (s *Server) actionTS() string { return stampOf(s.clock.now()).String() }

// A target is what a person acts on: a message or a view.
type target struct {
	channel *channel
	message *message
	view    *view
}

func (t target) blocks() []any {
	if t.view != nil {
		return t.view.blocks()
	}
	blocks := slices.Clone(t.message.blocks)
	for _, a := range t.message.attached {
		blocks = append(blocks, list(obj(a)["blocks"])...)
	}
	return blocks
}

// inputs is the state of what a person has chosen there.
func (t target) inputs(p *person) inputs {
	if t.view != nil {
		return t.view.state
	}
	if p.entered[t.message] == nil {
		p.entered[t.message] = initialInputs(t.message.blocks)
	}
	return p.entered[t.message]
}

func (t target) offered(at spot) []any {
	var suggested map[string][]any
	if t.view != nil {
		suggested = t.view.suggested
	} else {
		suggested = t.message.suggested
	}
	return append(slices.Clone(offers(at.element)), suggested[at.actionID()]...)
}

func (t target) suggest(action string, options []any) {
	if t.view != nil {
		t.view.suggested[action] = options
		return
	}
	if t.message.suggested == nil {
		t.message.suggested = map[string][]any{}
	}
	t.message.suggested[action] = options
}

// target resolves what a request points at, as the person sees it.
func (s *Server) target(p *person, r request) (target, error) {
	if r.View != "" {
		v, err := s.shown(p, r.View)
		return target{view: v}, err
	}
	ch, err := s.findChannel(p, r.Channel, s.opts.Workspace.BotName)
	if err != nil {
		return target{}, err
	}
	ts, _ := parseStamp(r.TS)
	m := ch.byTS[ts]
	if e := ch.ephemeral(ts); e != nil && e.to == p.ID {
		m = e
	}
	if m == nil {
		return target{}, fmt.Errorf("%s sees no message %q in %s; %s", p.Name, r.TS, ch.calledBy(), s.newest(p, ch, false))
	}
	return target{channel: ch, message: m}, nil
}

// shown is a view that the person can act on: Home, or the top modal.
func (s *Server) shown(p *person, id string) (*view, error) {
	switch {
	case id == "home" && p.home == nil:
		return nil, fmt.Errorf("the app has published no Home for %s; %s", p.Name, p.open())
	case id == "home", p.home != nil && p.home.id == id:
		return p.home, nil
	case len(p.modals) == 0:
		return nil, fmt.Errorf("%s has no modal open; %s", p.Name, p.open())
	}
	top := p.modals[len(p.modals)-1]
	if id != top.id && id != "top" {
		return nil, fmt.Errorf("view %s is not what %s sees; %s", id, p.Name, p.open())
	}
	return top, nil
}

// locate fills a payload with where it happened.
func (s *Server) locate(payload object, p *person, t target) {
	if t.view != nil {
		payload["container"] = object{"type": "view", "view_id": t.view.id}
		payload["view"] = s.viewObject(t.view)
		return
	}
	m := t.message
	container := object{
		"type": "message", "message_ts": m.ts.String(), "channel_id": t.channel.ID, "is_ephemeral": m.to != "",
	}
	if m.thread != 0 {
		container["thread_ts"] = m.thread.String()
	}
	payload["container"] = container
	payload["channel"] = object{"id": t.channel.ID, "name": t.channel.nameFor()}
	if m.to == "" { // Slack gives the app an ephemeral message's place, not its content
		payload["message"] = s.inHistory(t.channel, m, false)
	}
}

// press sends block_actions for an element with the value that it has now.
func (s *Server) press(p *person, t target, at spot, value object) *step {
	payload := s.interaction("block_actions", p)
	s.locate(payload, p, t)
	payload["trigger_id"] = s.newTrigger(p)
	if t.view == nil {
		payload["state"] = t.inputs(p).object()
		payload["response_url"] = s.newResponseURL(p, t.channel, t.message)
	}
	action := object{"type": at.kind(), "action_id": at.actionID(), "block_id": at.blockID(), "action_ts": s.actionTS()}
	for _, key := range []string{"text", "value", "style", "placeholder", "confirm", "url"} {
		if at.element[key] != nil && (isButton(at.kind()) || key == "placeholder") {
			action[key] = clone(at.element[key])
		}
	}
	maps.Copy(action, value)
	payload["actions"] = []any{action}

	notice := clickNotice
	if t.view != nil {
		notice = troubleNotice
	}
	return &step{wait: s.ask("interactive", payload, false), next: func(o outcome) (*step, error) {
		if o.ack != ackOK {
			return s.failed(p, o, "the press on "+at.actionID(), notice), nil
		}
		return over(acked(ackOK, "")), nil
	}}
}

func isButton(kind string) bool { return kind == "button" || kind == "icon_button" }

// click presses a button or chooses an option, wherever blocks are shown.
func (s *Server) click(p *person, r request) (*step, error) {
	t, err := s.target(p, r)
	if err != nil {
		return nil, err
	}
	at, err := find(t.blocks(), r.pointer)
	if err != nil {
		return nil, err
	}
	if isButton(at.kind()) {
		return s.press(p, t, at, nil), nil
	}
	if r.Value == nil && at.option != nil {
		r.Value = at.option["value"]
	}
	if r.Value == nil {
		return nil, fmt.Errorf("%q is a %s; say which value to choose", at.label, at.kind())
	}
	return s.enter(p, t, at, r.Value)
}

// change fills one element of a view.
func (s *Server) change(p *person, r request) (*step, error) {
	t, err := s.target(p, r)
	if err != nil {
		return nil, err
	}
	at, err := find(t.blocks(), r.pointer)
	if err != nil {
		return nil, err
	}
	return s.enter(p, t, at, r.Value)
}

// enter keeps a value and tells the app, if the element is one that does. What
// an external menu does not offer yet is asked for first, as a person types to
// find it.
func (s *Server) enter(p *person, t target, at spot, given any) (*step, error) {
	given, err := s.called(at, given)
	if err != nil {
		return nil, err
	}
	value, err := at.value(given, t.offered(at))
	if err != nil && strings.Contains(at.kind(), "external") && str(given) != "" {
		return s.suggestThen(p, t, at, str(given), func() (*step, error) {
			value, err := at.value(given, t.offered(at))
			if err != nil {
				return nil, err
			}
			return s.entered(p, t, at, value), nil
		}), nil
	}
	if err != nil {
		return nil, err
	}
	return s.entered(p, t, at, value), nil
}

func (s *Server) entered(p *person, t target, at spot, value object) *step {
	if !at.forgets() {
		t.inputs(p).set(at.blockID(), at.actionID(), value)
	}
	if t.view != nil {
		delete(t.view.errors, at.blockID())
	}
	if !at.dispatches() {
		return over(acked(ackUnsent, ""))
	}
	return s.press(p, t, at, clone(value))
}

// shortcut runs a global shortcut, or one on a message.
func (s *Server) shortcut(p *person, r request) (*step, error) {
	kind, where := "shortcut", GlobalShortcut
	if r.TS != "" {
		kind, where = "message_action", MessageShortcut
	}
	if err := s.opts.Workspace.registers(r.CallbackID, where); err != nil {
		return nil, err
	}
	payload := s.interaction(kind, p)
	payload["callback_id"], payload["action_ts"] = r.CallbackID, s.actionTS()
	payload["trigger_id"] = s.newTrigger(p)
	if r.TS != "" {
		t, err := s.target(p, r)
		if err != nil {
			return nil, err
		}
		payload["channel"] = object{"id": t.channel.ID, "name": t.channel.nameFor()}
		payload["message"] = s.inHistory(t.channel, t.message, false)
		payload["message_ts"] = t.message.ts.String()
		payload["response_url"] = s.newResponseURL(p, t.channel, nil)
	}
	return &step{wait: s.ask("interactive", payload, false), next: func(o outcome) (*step, error) {
		if o.ack != ackOK {
			return s.failed(p, o, "shortcut "+r.CallbackID, troubleNotice), nil
		}
		return over(acked(ackOK, "")), nil
	}}, nil
}
