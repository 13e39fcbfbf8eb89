package slacksim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Admin is something that happens to the workspace itself, as administrators
// and channel owners do it. Kind is one of AdminKinds.
type Admin struct {
	Kind    string `json:"kind"`
	As      string `json:"as,omitempty"`      // who does it; the first person when empty
	Channel string `json:"channel,omitempty"` // which channel it is done to
	Person  string `json:"person,omitempty"`  // whom it is done to
	Token   string `json:"token,omitempty"`   // "bot" or "app"; both when empty

	// What a changed profile says from now on; what is empty stays.
	RealName string `json:"real_name,omitempty"`
	Title    string `json:"title,omitempty"`
	TZ       string `json:"tz,omitempty"`
	Locale   string `json:"locale,omitempty"`
}

// AdminKind is one kind of Admin, what it concerns and what comes of it.
type AdminKind struct{ Kind, Concerns, Says string }

// AdminKinds is everything that can happen.
var AdminKinds = []AdminKind{
	{"archive", aChannel, "the channel is archived: channel_archive or group_archive"},
	{"unarchive", aChannel, "and comes back: channel_unarchive or group_unarchive"},
	{"share", aChannel, "another workspace is let in through Slack Connect: channel_shared"},
	{"unshare", aChannel, "and leaves again: channel_unshared"},
	{"remove_app", aChannel, "the app is removed from the channel: channel_left or group_left"},
	{"remove", aChannelAndPerson, "somebody is removed from the channel: member_left_channel"},
	{"deactivate", aPerson, "the account is deactivated: user_change"},
	{"reactivate", aPerson, "and may come back: user_change"},
	{"profile", aPerson, "real_name, title, tz or locale change: user_change"},
	{"revoke", nothing, "the tokens (or the one named in token) are revoked: every call answers token_revoked, and without the app token the connections end"},
	{"reinstall", nothing, "the app is installed again; answers its new tokens"},
}

// What a kind concerns.
const (
	nothing           = ""
	aChannel          = "channel"
	aPerson           = "person"
	aChannelAndPerson = "channel, person"
)

// administer carries out what an administrator does.
func (s *Server) administer(a Admin) (object, error) {
	i := slices.IndexFunc(AdminKinds, func(k AdminKind) bool { return k.Kind == a.Kind })
	if i < 0 {
		return nil, fmt.Errorf("nothing of the kind %q can happen; there are %s", a.Kind, adminNames())
	}
	if a.As == "" {
		a.As = s.first()
	}
	by, err := s.findPerson(a.As)
	if err != nil {
		return nil, err
	}
	var ch *channel
	if strings.Contains(AdminKinds[i].Concerns, aChannel) {
		if ch, err = s.anyChannel(a.Channel); err != nil {
			return nil, err
		}
	}
	var whom *person
	if strings.Contains(AdminKinds[i].Concerns, aPerson) {
		if whom, err = s.anybody(a.Person); err != nil {
			return nil, err
		}
	}
	defer s.touch()
	switch a.Kind {
	case "archive", "unarchive":
		return nil, s.archive(ch, by, a.Kind == "archive")
	case "share", "unshare":
		return nil, s.share(ch, a.Kind == "share")
	case "remove_app":
		return nil, s.removeApp(ch, by)
	case "remove":
		return nil, s.removePerson(ch, whom)
	case "deactivate", "reactivate":
		return nil, s.deactivate(whom, a.Kind == "deactivate")
	case "profile":
		return nil, s.changeProfile(whom, a)
	case "revoke":
		return nil, s.revoke(a.Token)
	}
	return s.reinstall()
}

func adminNames() string {
	var names []string
	for _, k := range AdminKinds {
		names = append(names, k.Kind)
	}
	return strings.Join(names, ", ")
}

// first is who acts when nobody is named.
func (st *state) first() string {
	for _, p := range st.people {
		if !p.Bot && !p.Deactivated {
			return p.ID
		}
	}
	return ""
}

// anyChannel is a channel by id or name; administrators see all but DMs.
func (st *state) anyChannel(which string) (*channel, error) {
	id, err := st.conversationID(which)
	if err != nil {
		return nil, err
	}
	ch := st.channel(id)
	if ch.with != nil {
		return nil, fmt.Errorf("%s is a direct message; administrators have no say there", which)
	}
	return ch, nil
}

// anybody is a person by id, handle or name, deactivated or not; bots are none.
func (st *state) anybody(who string) (*person, error) {
	id, err := st.userID(who)
	if err != nil {
		return nil, err
	}
	p := st.person(id)
	if p.Bot {
		return nil, fmt.Errorf("%s is a bot, and administrators manage people", who)
	}
	return p, nil
}

// prefix is how events about a channel's own life begin.
func (c *channel) prefix() string {
	if c.Private {
		return "group"
	}
	return "channel"
}

func (s *Server) eventTS() string { return stampOf(s.clock.now()).String() }

// archive closes a channel for writing, or opens it again, and leaves the line
// that Slack leaves.
func (s *Server) archive(ch *channel, by *person, closed bool) error {
	verb, done := "archive", "archived"
	if !closed {
		verb, done = "unarchive", "un-archived"
	}
	if ch.Archived == closed {
		return fmt.Errorf("#%s is %s already", ch.Name, done)
	}
	kind := ch.prefix() + "_" + verb
	ch.Archived = closed
	m := &message{
		ts: ch.nextStamp(s.clock.now()), user: by.ID, subtype: kind, text: fmt.Sprintf("<@%s> %s the channel", by.ID, done),
	}
	s.post(ch, m)
	s.emitMessage(ch, m)
	if s.appSees(ch) {
		s.emit(kind, object{"type": kind, "channel": ch.ID, "user": by.ID, "is_moved": 0, "event_ts": s.eventTS()})
	}
	return nil
}

// appSees tells whether the app learns of what happens to a channel.
func (s *Server) appSees(ch *channel) bool { return !ch.Private || ch.has(s.opts.Workspace.BotUserID) }

// share lets another workspace into a channel, or takes it out with its people.
func (s *Server) share(ch *channel, shared bool) error {
	if ch.Shared == shared {
		return fmt.Errorf("#%s is %s already", ch.Name, map[bool]string{true: "shared", false: "not shared"}[shared])
	}
	ch.Shared = shared
	event := object{"channel": ch.ID, "event_ts": s.eventTS()}
	kind := "channel_shared"
	if shared {
		event["connected_team_id"] = strangersTeam
	} else {
		kind = "channel_unshared"
		event["previously_connected_team_id"], event["is_ext_shared"] = strangersTeam, false
		ch.Members = slices.DeleteFunc(ch.Members, func(id string) bool {
			p := s.person(id)
			return p != nil && p.Stranger
		})
	}
	event["type"] = kind
	if s.appSees(ch) {
		s.emit(kind, event)
	}
	return nil
}

// removeApp takes the bot out of a channel. It is the last that it hears of it.
func (s *Server) removeApp(ch *channel, by *person) error {
	bot := s.opts.Workspace.BotUserID
	if !ch.has(bot) {
		return fmt.Errorf("@%s is not in #%s", s.opts.Workspace.BotName, ch.Name)
	}
	ch.Members = slices.DeleteFunc(ch.Members, func(id string) bool { return id == bot })
	kind := ch.prefix() + "_left"
	s.emit(kind, object{"type": kind, "channel": ch.ID, "actor_id": by.ID, "event_ts": s.eventTS()})
	return nil
}

func (s *Server) removePerson(ch *channel, whom *person) error {
	if !ch.has(whom.ID) {
		return fmt.Errorf("%s is not in #%s", whom.Name, ch.Name)
	}
	ch.Members = slices.DeleteFunc(ch.Members, func(id string) bool { return id == whom.ID })
	if ch.has(s.opts.Workspace.BotUserID) {
		s.emit("member_left_channel", object{
			"type": "member_left_channel", "user": whom.ID, "channel": ch.ID, "channel_type": ch.ID[:1],
			"team": s.opts.Workspace.TeamID, "event_ts": s.eventTS(),
		})
	}
	return nil
}

// deactivate ends an account, or lets it begin again. Nobody acts as it, and
// what it had open is gone; its DM stays, as in Slack, and can be posted to.
func (s *Server) deactivate(p *person, gone bool) error {
	if p.Deactivated == gone {
		return fmt.Errorf("%s is %s already", p.Name, map[bool]string{true: "deactivated", false: "active"}[gone])
	}
	if gone && s.first() == p.ID && s.onlyPerson(p) {
		return fmt.Errorf("%s is the last person here; somebody has to stay", p.Name)
	}
	p.Deactivated = gone
	if gone {
		s.closeModals(p)
	} else if p.dm == nil {
		s.giveDM(p, s.opts.Workspace.BotUserID, s.clock.now())
	}
	s.emitPerson(p)
	return nil
}

func (st *state) onlyPerson(p *person) bool {
	return !slices.ContainsFunc(st.people, func(q *person) bool { return q != p && !q.Bot && !q.Deactivated })
}

func (s *Server) changeProfile(p *person, a Admin) error {
	if a.RealName == "" && a.Title == "" && a.TZ == "" && a.Locale == "" {
		return fmt.Errorf("nothing is said to change; there are real_name, title, tz, locale")
	}
	if a.TZ != "" {
		if _, err := time.LoadLocation(a.TZ); err != nil {
			return fmt.Errorf("the time zone %q is not known; write one such as Europe/Madrid", a.TZ)
		}
	}
	for field, value := range map[*string]string{&p.RealName: a.RealName, &p.Title: a.Title, &p.TZ: a.TZ, &p.Locale: a.Locale} {
		if value != "" {
			*field = value
		}
	}
	s.emitPerson(p)
	return nil
}

// emitPerson tells the app that somebody's account is no longer as it was.
func (s *Server) emitPerson(p *person) {
	now := s.clock.now()
	p.updated = now
	s.emit("user_change", object{
		"type": "user_change", "user": s.userObject(p, true), "cache_ts": now.Unix(), "event_ts": s.eventTS(),
	})
}
