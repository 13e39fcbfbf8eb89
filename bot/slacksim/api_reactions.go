package slacksim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Reaction is an emoji on a message, and who put it there.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

var emojiForm = regexp.MustCompile(`^[a-z0-9_+'-]+(::skin-tone-[2-6])?$`)

// reactedTo finds the message that reactions.* are about.
func (c *call) reactedTo() (*channel, *message, string, error) {
	name := c.text("name")
	switch {
	case !c.has("channel") && !c.has("timestamp"):
		return nil, nil, "", refuse("no_item_specified")
	case !emojiForm.MatchString(name):
		return nil, nil, "", refuse("invalid_name")
	}
	ch, err := c.writable(false)
	if err != nil {
		return nil, nil, "", err
	}
	ts, ok := parseStamp(c.text("timestamp"))
	if !ok {
		return nil, nil, "", refuse("bad_timestamp")
	}
	m := ch.byTS[ts]
	if m == nil || m.subtype == "tombstone" {
		return nil, nil, "", refuse("message_not_found")
	}
	return ch, m, name, nil
}

func (c *call) reactionsAdd() (object, error) {
	ch, m, name, err := c.reactedTo()
	if err != nil {
		return nil, err
	}
	return object{}, c.addReaction(ch, m, name, c.opts.Workspace.BotUserID)
}

func (c *call) reactionsRemove() (object, error) {
	ch, m, name, err := c.reactedTo()
	if err != nil {
		return nil, err
	}
	return object{}, c.removeReaction(ch, m, name, c.opts.Workspace.BotUserID)
}

func (s *Server) addReaction(ch *channel, m *message, name, who string) error {
	theirs, at := 0, -1
	for i, r := range m.reactions {
		if slices.Contains(r.Users, who) {
			theirs++
		}
		if r.Name == name {
			at = i
		}
	}
	switch {
	case at >= 0 && slices.Contains(m.reactions[at].Users, who):
		return refuse("already_reacted")
	case theirs >= reactionsPerPerson.max():
		return refuse("too_many_reactions")
	case at < 0 && len(m.reactions) >= reactionsPerMessage.max():
		return refuse("too_many_emoji")
	case at < 0:
		m.reactions = append(m.reactions, Reaction{Name: name})
		at = len(m.reactions) - 1
	}
	m.reactions[at].Users = append(m.reactions[at].Users, who)
	m.reactions[at].Count++
	s.stir(ch, m)
	s.emitReaction("reaction_added", ch, m, name, who)
	return nil
}

func (s *Server) removeReaction(ch *channel, m *message, name, who string) error {
	for i := range m.reactions {
		r := &m.reactions[i]
		if r.Name != name || !slices.Contains(r.Users, who) {
			continue
		}
		r.Users = slices.DeleteFunc(slices.Clone(r.Users), func(id string) bool { return id == who })
		if r.Count--; r.Count == 0 {
			m.reactions = slices.Delete(m.reactions, i, i+1)
		}
		s.stir(ch, m)
		s.emitReaction("reaction_removed", ch, m, name, who)
		return nil
	}
	return refuse("no_reaction")
}

func (s *Server) emitReaction(event string, ch *channel, m *message, name, who string) {
	if !ch.has(s.opts.Workspace.BotUserID) {
		return
	}
	s.emit(event, object{
		"type": event, "user": who, "reaction": name, "item_user": m.user,
		"item":     object{"type": "message", "channel": ch.ID, "ts": m.ts.String()},
		"event_ts": stampOf(s.clock.now()).String(),
	})
}

// react puts a person's emoji on a message, or takes it away where it is.
func (s *Server) react(p *person, r request) (*step, error) {
	t, err := s.target(p, request{Channel: r.Channel, TS: r.TS})
	name := strings.Trim(r.Name, ":")
	switch {
	case err != nil:
		return nil, err
	case t.message == nil || t.message.to != "":
		return nil, fmt.Errorf("only messages that all can see take reactions")
	case !emojiForm.MatchString(name):
		return nil, fmt.Errorf("%q is not an emoji's name; write one such as eyes or thumbsup", r.Name)
	case t.channel.Archived:
		return nil, fmt.Errorf("#%s is archived; nothing changes there", t.channel.Name)
	case !t.channel.has(p.ID):
		return nil, fmt.Errorf("%s is not in #%s and can't react there", p.Name, t.channel.Name)
	}
	err = s.addReaction(t.channel, t.message, name, p.ID)
	if is(err, "already_reacted") {
		err = s.removeReaction(t.channel, t.message, name, p.ID)
	}
	return over(object{}), err
}

// reacted copies reactions, so that what is shown does not change later.
func (m *message) reacted() []Reaction {
	var out []Reaction
	for _, r := range m.reactions {
		out = append(out, Reaction{r.Name, slices.Clone(r.Users), r.Count})
	}
	return out
}
