package slacksim

import (
	"fmt"
	"strings"
)

// called turns the names that a person would choose in a menu of people or
// channels into ids.
func (s *Server) called(at spot, given any) (any, error) {
	var id func(string) (string, error)
	switch holders[at.kind()].key {
	case "selected_user", "selected_users":
		id = s.userID
	case "selected_channel", "selected_channels", "selected_conversation", "selected_conversations":
		id = s.conversationID
	default:
		return given, nil
	}
	if several, ok := given.([]any); ok {
		out := make([]any, len(several))
		for i, v := range several {
			name, err := id(str(v))
			if err != nil {
				return nil, err
			}
			out[i] = name
		}
		return out, nil
	}
	if str(given) == "" {
		return nil, nil
	}
	return id(str(given))
}

// suggest asks the app for an external menu's options.
func (s *Server) suggest(p *person, r request) (*step, error) {
	t, err := s.target(p, r)
	if err != nil {
		return nil, err
	}
	at, err := find(t.blocks(), r.pointer)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(at.kind(), "external") {
		return nil, fmt.Errorf("%q is a %s; only external menus ask the app for options", at.label, at.kind())
	}
	return s.suggestThen(p, t, at, r.Query, func() (*step, error) {
		answer := acked(ackOK, "")
		answer["options"] = t.offered(at)
		return over(answer), nil
	}), nil
}

func (s *Server) suggestThen(p *person, t target, at spot, query string, then func() (*step, error)) *step {
	least, ok := number(at.element["min_query_length"])
	if !ok {
		least = 3 // Slack's default
	}
	if runes(query) < int(least) {
		return over(acked(ackUnsent, fmt.Sprintf("Type at least %d characters to search.", int(least))))
	}
	payload := s.interaction("block_suggestion", p)
	s.locate(payload, p, t)
	payload["action_id"], payload["block_id"], payload["value"] = at.actionID(), at.blockID(), query
	return &step{wait: s.ask("interactive", payload, true), next: func(o outcome) (*step, error) {
		if o.ack != ackOK {
			return s.failed(p, o, "the search in "+at.actionID(), resultsNotice), nil
		}
		r := &report{}
		suggestions.check(r, "", o.answer)
		if len(r.problems) > 0 {
			return s.refusedAck(p, resultsNotice, "the options for "+at.actionID()+" were refused", invalidView(r.texts())), nil
		}
		t.suggest(at.actionID(), offers(o.answer))
		return then()
	}}
}

var suggestions = shape{
	fields: fields{
		"options":       items(menuOption, 0, suggestedOptions),
		"option_groups": items(optionGroup, 0, selectGroups),
	},
	also: rules{exactlyOne("options", "option_groups")},
}
