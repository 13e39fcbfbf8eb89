package slacksim

import (
	"fmt"
	"strconv"
	"strings"
)

// What there is instead: the second half of an error, for whoever named
// something that is not there.

// newest lists the last messages that a person sees in a channel, or roots only.
func (s *Server) newest(p *person, ch *channel, roots bool) string {
	all := s.room(ch, p).Messages
	var out []string
	for i := len(all) - 1; i >= 0 && len(out) < 3; i-- {
		if roots && (all[i].Ephemeral || all[i].ThreadTS != "" && all[i].ThreadTS != all[i].TS) {
			continue
		}
		line, _, _ := strings.Cut(all[i].Text(), "\n")
		out = append(out, all[i].TS+" "+strconv.Quote(shortened(line)))
	}
	if len(out) == 0 {
		return "there is none"
	}
	return "the newest are " + strings.Join(out, ", ")
}

func shortened(line string) string {
	const most = 40
	if r := []rune(line); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return line
}

// open lists the views that a person has before them.
func (p *person) open() string {
	var out []string
	if n := len(p.modals); n > 0 {
		out = append(out, fmt.Sprintf("the modal %s, %q", p.modals[n-1].id, textOf(p.modals[n-1].body["title"])))
	}
	if p.home != nil {
		out = append(out, "the Home "+p.home.id)
	}
	if len(out) == 0 {
		return "nothing is open"
	}
	return "open are " + strings.Join(out, " and ")
}

// handles lists who can be invited.
func (s *Server) handles() string {
	names := []string{s.opts.Workspace.BotName}
	for _, p := range s.people {
		names = append(names, p.Name)
	}
	return "there are " + strings.Join(names, ", ")
}
