package slacksim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// command is a line that begins with a slash.
func (s *Server) command(p *person, r request) (*step, error) {
	w := s.opts.Workspace
	name, text, _ := strings.Cut(strings.TrimSpace(r.Text), " ")
	text = strings.TrimSpace(text)
	ch, err := s.findChannel(p, r.Channel, w.BotName)
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, fmt.Errorf("#%s is archived; nothing can be typed there", ch.Name)
	case !ch.has(p.ID):
		return nil, fmt.Errorf("%s is not in #%s and can't type there", p.Name, ch.Name)
	case name == "/invite":
		return s.invite(p, ch, text)
	case r.ThreadTS != "":
		return s.rejected(p, name+" is not supported in threads. Sorry!")
	case name != w.Command, p.Stranger, !slices.Contains(w.BotScopes, "commands"):
		// People of other workspaces have no commands of ours.
		return s.rejected(p, name+" is not a valid command.")
	}
	payload := object{
		"token": "verification", "team_id": w.TeamID, "team_domain": w.domain(),
		"channel_id": ch.ID, "channel_name": ch.nameFor(), "user_id": p.ID, "user_name": p.Name,
		"command": name, "text": escaped(text), "api_app_id": w.AppID, "is_enterprise_install": "false",
		"response_url": s.newResponseURL(p, ch, nil), "trigger_id": s.newTrigger(p),
	}
	return &step{wait: s.ask("slash_commands", payload, true), next: func(o outcome) (*step, error) {
		switch {
		case o.ack == ackNoSocket:
			return s.failed(p, o, name, fmt.Sprintf(dispatchNotice, name)), nil
		case o.ack != ackOK:
			return s.failed(p, o, name, fmt.Sprintf(commandNotice, name)), nil
		case len(o.answer) == 0:
			return over(acked(ackOK, "")), nil
		}
		answer := args(o.answer)
		d, err := answer.draft(s.world())
		if err == nil && d.empty() {
			err = refuse("no_text")
		}
		if err != nil {
			return s.refusedAck(p, fmt.Sprintf("%s failed with the error %q.", name, err), "the answer to "+name+" was refused", err), nil
		}
		s.answerIn(p, ch, 0, d, answer.text("response_type") == "in_channel")
		return over(acked(ackOK, "")), nil
	}}, nil
}

// rejected is what Slack's own client does not send.
func (s *Server) rejected(p *person, notice string) (*step, error) {
	s.notify(p, notice)
	return nil, fmt.Errorf("%s", notice)
}

// invite is Slack's own command, by which a bot gets into a channel.
func (s *Server) invite(p *person, ch *channel, who string) (*step, error) {
	who = strings.TrimPrefix(who, "@")
	id := ""
	if w := s.opts.Workspace; who == w.BotName {
		id = w.BotUserID
	}
	for _, q := range s.people {
		if q.Name == who {
			id = q.ID
		}
	}
	switch {
	case id == "":
		return nil, fmt.Errorf("there is nobody called %q to invite; %s", who, s.handles())
	case ch.with != nil:
		return nil, fmt.Errorf("nobody can be invited to a direct message")
	case ch.has(id):
		return nil, fmt.Errorf("%s is already in #%s", who, ch.Name)
	}
	s.join(ch, id, p.ID)
	return over(object{}), nil
}

// say posts what a person writes.
func (s *Server) say(p *person, r request) (*step, error) {
	w := s.opts.Workspace
	ch, err := s.findChannel(p, r.Channel, w.BotName)
	switch {
	case err != nil:
		return nil, err
	case strings.TrimSpace(r.Text) == "":
		return nil, fmt.Errorf("there is nothing to say")
	case ch.Archived:
		return nil, fmt.Errorf("#%s is archived; nothing can be written there", ch.Name)
	case !ch.has(p.ID):
		return nil, fmt.Errorf("%s is not in #%s and can't write there", p.Name, ch.Name)
	}
	thread, err := args{"thread_ts": r.ThreadTS}.threadIn(ch)
	if err != nil {
		return nil, fmt.Errorf("there is no thread %s in %s; %s", r.ThreadTS, ch.calledBy(), s.newest(p, ch, true))
	}
	text := s.typed(r.Text)
	m := &message{
		ts: ch.nextStamp(s.clock.now()), thread: thread, user: p.ID, text: text, clientID: newUUID(),
		blocks: settle([]any{s.rich(text)}, newName),
	}
	s.post(ch, m)
	p.read[ch] = m.ts
	if strings.Contains(text, "<@"+w.BotUserID+">") && !ch.has(w.BotUserID) {
		s.notify(p, fmt.Sprintf("@%s is not in #%s. Invite it with /invite @%s.", w.BotName, ch.Name, w.BotName))
	}
	s.emitMessage(ch, m)
	return over(object{"ts": m.ts.String(), "channel": ch.ID}), nil
}

var (
	angles   = strings.NewReplacer("<", "&lt;", ">", "&gt;")
	entities = strings.NewReplacer("&amp;amp;", "&amp;", "&amp;lt;", "&lt;", "&amp;gt;", "&gt;")
	tokens   = regexp.MustCompile(`<(@[UW][A-Z0-9]+|#[CG][A-Z0-9]+(\|[^>]*)?|!(here|channel|everyone)|https?://[^>]+)>`)
	mentions = regexp.MustCompile(`(^|[\s(])([@#])([a-z0-9][a-z0-9._-]*)`)
)

// escaped is text with its markup characters written out; what is written out
// already stays, because the page sends text as Slack's own client does.
func escaped(text string) string {
	return entities.Replace(angles.Replace(strings.ReplaceAll(text, "&", "&amp;")))
}

// typed turns what a person types into what Slack stores: markup escaped,
// @name and #name made into references.
func (s *Server) typed(text string) string {
	var b strings.Builder
	at := 0
	for _, span := range tokens.FindAllStringIndex(text, -1) {
		b.WriteString(s.typedPlain(text[at:span[0]]))
		b.WriteString(text[span[0]:span[1]])
		at = span[1]
	}
	b.WriteString(s.typedPlain(text[at:]))
	return b.String()
}

func (s *Server) typedPlain(text string) string {
	return mentions.ReplaceAllStringFunc(escaped(text), func(found string) string {
		m := mentions.FindStringSubmatch(found)
		name := strings.TrimRight(m[3], "._-")
		rest := m[3][len(name):]
		if m[2] == "#" {
			for _, c := range s.channels {
				if c.Name == name {
					return fmt.Sprintf("%s<#%s|%s>%s", m[1], c.ID, c.Name, rest)
				}
			}
			return found
		}
		if name == s.opts.Workspace.BotName {
			return m[1] + "<@" + s.opts.Workspace.BotUserID + ">" + rest
		}
		for _, p := range s.people {
			if p.Name == name {
				return m[1] + "<@" + p.ID + ">" + rest
			}
		}
		return found
	})
}

// rich is the rich_text block that Slack's client makes of the same text.
func (s *Server) rich(text string) object {
	unescape := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	var parts []any
	add := func(plain string) {
		if plain != "" {
			parts = append(parts, object{"type": "text", "text": unescape.Replace(plain)})
		}
	}
	at := 0
	for _, span := range tokens.FindAllStringIndex(text, -1) {
		add(text[at:span[0]])
		at = span[1]
		switch token := text[span[0]+1 : span[1]-1]; token[0] {
		case '@':
			parts = append(parts, object{"type": "user", "user_id": token[1:]})
		case '#':
			id, _, _ := strings.Cut(token[1:], "|")
			parts = append(parts, object{"type": "channel", "channel_id": id})
		case '!':
			parts = append(parts, object{"type": "broadcast", "range": token[1:]})
		default:
			url, label, _ := strings.Cut(token, "|")
			link := object{"type": "link", "url": url}
			if label != "" {
				link["text"] = label
			}
			parts = append(parts, link)
		}
	}
	add(text[at:])
	return object{"type": "rich_text", "elements": []any{object{"type": "rich_text_section", "elements": parts}}}
}
