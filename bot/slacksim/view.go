package slacksim

import (
	"fmt"
	"regexp"
	"time"
)

// view is an open modal or somebody's Home.
type view struct {
	id     string
	owner  *person
	body   object // as the app sent it, settled
	hash   string
	parent *view // the modal below in the stack
	root   *view
	state  inputs
	errors map[string]string // under its inputs, by block_id

	// suggested holds the options that an external menu offered last, by
	// action_id: only those can be chosen.
	suggested map[string][]any
}

// inputs is the state of the elements that hold a value: block_id, action_id.
type inputs map[string]map[string]object

func (in inputs) set(block, action string, value object) {
	if in[block] == nil {
		in[block] = map[string]object{}
	}
	in[block][action] = value
}

func (in inputs) object() object {
	values := object{}
	for block, actions := range in {
		o := object{}
		for action, v := range actions {
			o[action] = clone(v)
		}
		values[block] = o
	}
	return object{"values": values}
}

func (v *view) kind() string  { return str(v.body["type"]) }
func (v *view) blocks() []any { return list(v.body["blocks"]) }
func (v *view) isModal() bool { return v.kind() == "modal" }
func (v *view) depth() (n int) { // how many modals the stack has up to this one
	for ; v != nil; v = v.parent {
		n++
	}
	return n
}

// viewObject is a view as the Web API and payloads show it.
func (s *Server) viewObject(v *view) object {
	w := s.opts.Workspace
	out := object{
		"id": v.id, "team_id": w.TeamID, "type": v.kind(), "blocks": clone(v.blocks()),
		"private_metadata": str(v.body["private_metadata"]), "callback_id": str(v.body["callback_id"]),
		"external_id": str(v.body["external_id"]), "state": v.state.object(), "hash": v.hash,
		"clear_on_close": truth(v.body["clear_on_close"]), "notify_on_close": truth(v.body["notify_on_close"]),
		"title": clone(v.body["title"]), "close": clone(v.body["close"]), "submit": clone(v.body["submit"]),
		"root_view_id": v.root.id, "previous_view_id": nil, "app_id": w.AppID, "bot_id": w.botID(),
		"app_installed_team_id": w.TeamID,
	}
	if v.parent != nil {
		out["previous_view_id"] = v.parent.id
	}
	if !v.isModal() && v.body["title"] == nil {
		out["title"] = object{"type": "plain_text", "text": "View Title", "emoji": true}
	}
	return out
}

// newView keeps a checked body as a view of p's, on top of parent if any.
func (s *Server) newView(p *person, body object, parent *view) *view {
	v := &view{id: newID("V"), owner: p, parent: parent}
	v.root = v
	if parent != nil {
		v.root = parent.root
	}
	s.views[v.id] = v
	s.fillView(v, body)
	return v
}

// fillView gives a view new content. What a person has entered stays where the
// new content has the same block_id and action_id; this is Slack's behaviour,
// and the reason why an initial_value is ignored on update.
func (s *Server) fillView(v *view, body object) {
	body = clone(body)
	body["blocks"] = settle(list(body["blocks"]), newName)
	v.body, v.errors, v.suggested = body, nil, map[string][]any{}
	v.hash = fmt.Sprintf("%d.%s", time.Now().Unix(), secret(8))
	old := v.state
	v.state = initialInputs(v.blocks())
	for block, actions := range v.state {
		for action, value := range actions {
			if kept := old[block][action]; kept != nil && kept["type"] == value["type"] {
				actions[action] = kept
			}
		}
	}
}

// drop forgets views that are no longer shown.
func (s *Server) drop(views ...*view) {
	for _, v := range views {
		delete(s.views, v.id)
	}
}

// closeModals empties a person's screen.
func (s *Server) closeModals(p *person) {
	s.drop(p.modals...)
	p.modals = nil
}

// A trigger is the right, for three seconds and once, to put a modal before
// somebody who has just done something.
type trigger struct {
	owner *person
	until time.Time
	used  bool
}

var triggerForm = regexp.MustCompile(`^\d+\.\d+\.[0-9a-f]+$`)

func (s *Server) newTrigger(p *person) string {
	id := fmt.Sprintf("%s.%s.%s", digits(12), digits(12), random("0123456789abcdef", 32))
	t := &trigger{owner: p, until: time.Now().Add(s.opts.TriggerLife)}
	if s.due("expired_trigger", 0) {
		t.until = time.Time{}
	}
	s.triggers[id] = t
	return id
}

// exchange uses a trigger up.
func (s *Server) exchange(id string) (*person, error) {
	t := s.triggers[id]
	switch {
	case !triggerForm.MatchString(id), t == nil:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case time.Now().After(t.until):
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	return t.owner, nil
}
