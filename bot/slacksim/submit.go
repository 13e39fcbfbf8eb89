package slacksim

import (
	"fmt"
	"strings"
)

// submit sends a modal, unless Slack's own client would hold it back.
func (s *Server) submit(p *person, r request) (*step, error) {
	v, err := s.shown(p, r.View)
	switch {
	case err != nil:
		return nil, err
	case !v.isModal():
		return nil, fmt.Errorf("a Home is not submitted; press something on it")
	case v.body["submit"] == nil:
		return nil, fmt.Errorf("%q has no submit button", textOf(v.body["title"]))
	}
	v.errors = map[string]string{}
	for _, at := range spots(v.blocks()) {
		if !at.isInput() {
			continue
		}
		if complaint := at.complaint(v.state[at.blockID()][at.actionID()]); complaint != "" {
			v.errors[at.blockID()] = complaint
		}
	}
	if len(v.errors) > 0 {
		return over(withErrors(acked(ackUnsent, ""), v)), nil
	}

	payload := s.interaction("view_submission", p)
	payload["trigger_id"] = s.newTrigger(p)
	payload["view"] = s.viewObject(v)
	payload["response_urls"] = s.responseURLs(p, v)
	return &step{wait: s.ask("interactive", payload, true), next: func(o outcome) (*step, error) {
		if o.ack != ackOK {
			return s.failed(p, o, "the submission of "+str(v.body["callback_id"]), troubleNotice), nil
		}
		if why, err := s.afterSubmit(p, v, o.answer); why != "" {
			return s.refusedAck(p, troubleNotice, why, err), nil
		}
		return over(withErrors(acked(ackOK, ""), v)), nil
	}}, nil
}

func withErrors(answer object, v *view) object {
	if len(v.errors) > 0 {
		errs := object{}
		for block, text := range v.errors {
			errs[block] = text
		}
		answer["errors"] = errs
	}
	return answer
}

// afterSubmit carries out what the acknowledgement asks for. It returns why it
// could not, with Slack's error if there is one.
func (s *Server) afterSubmit(p *person, v *view, answer object) (why string, err error) {
	if len(answer) == 0 {
		s.pop(p, v)
		return "", nil
	}
	switch action := str(answer["response_action"]); action {
	case "clear":
		s.closeModals(p)
	case "errors":
		return s.showErrors(v, obj(answer["errors"])), nil
	case "update", "push":
		body := obj(answer["view"])
		why := fmt.Sprintf("the view to %s was refused", action)
		if err := s.world().checkView(body); err != nil {
			return why, err
		}
		if str(body["type"]) != "modal" {
			return why, badArgument("must be one of: modal [json-pointer:/view/type]")
		}
		if action == "update" {
			err = s.replaceView(v, body, "")
		} else if err = s.freshExternalID(body, nil); err == nil {
			_, err = s.push(p, body)
		}
		if err != nil {
			return why, err
		}
	default:
		return fmt.Sprintf("there is no response_action %q; there are clear, errors, update and push", action), nil
	}
	return "", nil
}

// showErrors: each must be under an input block, and say something.
func (s *Server) showErrors(v *view, errors object) string {
	inputs := map[string]bool{}
	for _, b := range nestedBlocks(v.blocks()) {
		if str(obj(b)["type"]) == "input" {
			inputs[str(obj(b)["block_id"])] = true
		}
	}
	if len(errors) == 0 {
		return "response_action errors came without errors"
	}
	shown := map[string]string{}
	for block, text := range errors {
		switch {
		case !inputs[block]:
			return fmt.Sprintf("there is no input block %q to show an error under; there are %s", block, strings.Join(sortedKeys(inputs), ", "))
		case str(text) == "":
			return fmt.Sprintf("the error for %q is empty", block)
		}
		shown[block] = str(text)
	}
	v.errors = shown
	return ""
}

// pop closes a modal and those above it; the one below comes back.
func (s *Server) pop(p *person, v *view) {
	for i, m := range p.modals {
		if m == v {
			s.drop(p.modals[i:]...)
			p.modals = p.modals[:i:i]
			return
		}
	}
}

// responseURLs are for those conversation menus that ask for one.
func (s *Server) responseURLs(p *person, v *view) []any {
	urls := []any{}
	for _, at := range spots(v.blocks()) {
		if !truth(at.element["response_url_enabled"]) {
			continue
		}
		ch := s.channel(str(v.state[at.blockID()][at.actionID()][holders[at.kind()].key]))
		if ch != nil {
			urls = append(urls, object{
				"block_id": at.blockID(), "action_id": at.actionID(), "channel_id": ch.ID,
				"response_url": s.newResponseURL(p, ch, nil),
			})
		}
	}
	return urls
}

// closeView is the Cancel button, or with All the cross that closes the stack.
func (s *Server) closeView(p *person, r request) (*step, error) {
	v, err := s.shown(p, r.View)
	switch {
	case err != nil:
		return nil, err
	case !v.isModal():
		return nil, fmt.Errorf("a Home is not closed")
	}
	cleared := r.All || truth(v.body["clear_on_close"])
	payload := s.interaction("view_closed", p)
	payload["view"], payload["is_cleared"] = s.viewObject(v), cleared
	if cleared {
		s.closeModals(p)
	} else {
		s.pop(p, v)
	}
	if !truth(v.body["notify_on_close"]) {
		return over(acked(ackUnsent, "")), nil
	}
	return &step{wait: s.ask("interactive", payload, false), next: func(o outcome) (*step, error) {
		if o.ack != ackOK { // the person has gone on; only the inspector knows
			s.failed(nil, o, "the closing of "+str(v.body["callback_id"]), "")
			return over(acked(ackTimeout, "")), nil
		}
		return over(acked(ackOK, "")), nil
	}}, nil
}
