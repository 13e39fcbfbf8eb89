package slacksim

import (
	"regexp"
	"slices"
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
	me := c.opts.Workspace.BotUserID
	mine := 0
	at := -1
	for i, r := range m.reactions {
		if slices.Contains(r.Users, me) {
			mine++
		}
		if r.Name == name {
			at = i
		}
	}
	switch {
	case at >= 0 && slices.Contains(m.reactions[at].Users, me):
		return nil, refuse("already_reacted")
	case mine >= reactionsPerPerson.max():
		return nil, refuse("too_many_reactions")
	case at < 0 && len(m.reactions) >= reactionsPerMessage.max():
		return nil, refuse("too_many_emoji")
	case at < 0:
		m.reactions = append(m.reactions, Reaction{Name: name})
		at = len(m.reactions) - 1
	}
	m.reactions[at].Users = append(m.reactions[at].Users, me)
	m.reactions[at].Count++
	c.stir(ch, m)
	c.emitReaction("reaction_added", ch, m, name)
	return object{}, nil
}

func (c *call) reactionsRemove() (object, error) {
	ch, m, name, err := c.reactedTo()
	if err != nil {
		return nil, err
	}
	me := c.opts.Workspace.BotUserID
	for i := range m.reactions {
		r := &m.reactions[i]
		if r.Name != name || !slices.Contains(r.Users, me) {
			continue
		}
		r.Users = slices.DeleteFunc(slices.Clone(r.Users), func(id string) bool { return id == me })
		if r.Count--; r.Count == 0 {
			m.reactions = slices.Delete(m.reactions, i, i+1)
		}
		c.stir(ch, m)
		c.emitReaction("reaction_removed", ch, m, name)
		return object{}, nil
	}
	return nil, refuse("no_reaction")
}

func (s *Server) emitReaction(event string, ch *channel, m *message, name string) {
	s.emit(event, object{
		"type": event, "user": s.opts.Workspace.BotUserID, "reaction": name, "item_user": m.user,
		"item":     object{"type": "message", "channel": ch.ID, "ts": m.ts.String()},
		"event_ts": stampOf(s.clock.now()).String(),
	})
}

// reacted copies reactions, so that what is shown does not change later.
func (m *message) reacted() []Reaction {
	var out []Reaction
	for _, r := range m.reactions {
		out = append(out, Reaction{r.Name, slices.Clone(r.Users), r.Count})
	}
	return out
}
