package slacksim

import (
	"net/http"
	"time"
)

// picture is the whole workspace as one person sees it.
type picture struct {
	Seq         int64            `json:"seq"`
	OK          bool             `json:"ok"`
	Team        object           `json:"team"`
	Me          object           `json:"me"`
	People      []object         `json:"people"`
	Bot         object           `json:"bot"`
	Command     string           `json:"command"`
	Shortcuts   []Shortcut       `json:"shortcuts"`
	Now         string           `json:"now"`
	Connections int              `json:"connections"`
	Channels    []Room           `json:"channels"`
	DMs         []Room           `json:"dms"`
	Home        map[string]*View `json:"home"`
	Modals      []*View          `json:"modals"`
	Notices     []object         `json:"notices"`
}

// serveState shows the workspace to the person asked for, or to the first one.
func (s *Server) serveState(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	pic, err := s.picture(r.URL.Query().Get("as"))
	var raw []byte
	if err == nil {
		raw = encode(pic)
	}
	s.mu.Unlock()
	s.show(w, raw, err)
}

func (s *Server) picture(who string) (*picture, error) {
	pic, me, err := s.frame(who)
	if err != nil {
		return nil, err
	}
	pic.Channels, pic.DMs = []Room{}, []Room{s.room(me.dm, me)}
	for _, c := range s.visible(me) {
		pic.Channels = append(pic.Channels, s.room(c, me))
	}
	return pic, nil
}

// visible are the channels that a person can open, DMs aside.
func (s *Server) visible(p *person) (all []*channel) {
	for _, c := range s.channels {
		if c.with == nil && s.sees(p, c) {
			all = append(all, c)
		}
	}
	return all
}

// frame is a picture without its conversations, and whose it is.
func (s *Server) frame(who string) (*picture, *person, error) {
	if who == "" {
		who = s.first()
	}
	me, err := s.findPerson(who)
	if err != nil {
		return nil, nil, err
	}
	ws := s.opts.Workspace
	pic := &picture{
		Seq: s.seq, OK: true,
		Team:    object{"id": ws.TeamID, "name": ws.TeamName, "domain": ws.domain()},
		Bot:     object{"id": ws.BotUserID, "user_id": ws.BotUserID, "bot_id": ws.botID(), "app_id": ws.AppID, "name": ws.BotName},
		Command: ws.Command, Shortcuts: append([]Shortcut{}, ws.Shortcuts...), Now: s.clock.now().Format(time.RFC3339Nano), Connections: len(s.conns),
		Home: map[string]*View{"view": nil}, Modals: []*View{}, Notices: []object{},
	}
	for _, p := range s.people {
		card := personCard(p)
		pic.People = append(pic.People, card)
		if p == me {
			pic.Me = card
		}
	}
	if me.home != nil {
		pic.Home["view"] = s.viewSeen(me.home)
	}
	for _, v := range me.modals {
		pic.Modals = append(pic.Modals, s.viewSeen(v))
	}
	for _, n := range me.notices {
		pic.Notices = append(pic.Notices, object{"text": n})
	}
	return pic, me, nil
}

func personCard(p *person) object {
	return object{
		"id": p.ID, "name": p.Name, "real_name": p.RealName, "title": p.Title, "tz": p.TZ, "locale": p.Locale,
		"guest": p.Guest, "bot": p.Bot, "deactivated": p.Deactivated, "stranger": p.Stranger,
	}
}
