package slacksim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// state is what the workspace knows. It is guarded by Server.mu.
type state struct {
	people   []*person
	channels []*channel // in seeded order, DMs after
	views    map[string]*view
	triggers map[string]*trigger
	urls     map[string]*responseURL
	timers   map[*timer]struct{}
	files    []*file
	agenda   []*scheduled // soonest first
	alarm    *timer       // for the first of the agenda
	opened   time.Time    // when the workspace began, for `created` fields

	seq     int64
	changed chan struct{} // closed, and replaced, at every change
}

type person struct {
	Person
	seed    Person    // as the workspace began
	updated time.Time // when the account last changed
	dm      *channel
	home    *view
	homes   int     // how often Home was published
	modals  []*view // bottom first
	notices []string
	read    map[*channel]stamp
	entered map[*message]inputs // what they chose in messages' menus
}

type channel struct {
	Channel
	seed    Channel
	created time.Time
	with    *person // whom the bot talks with here; nil unless this is a DM
	opened  bool    // a DM that somebody has opened or written in
	last    stamp   // newest timestamp given out
	roots   []*message
	byTS    map[stamp]*message
	private []*message // ephemerals: in no history
	rev     int64      // when it was last opened anew for whoever follows; see follow.go
	gone    []removal
}

func newState(w Workspace, now time.Time) state {
	st := state{
		views:    map[string]*view{},
		triggers: map[string]*trigger{},
		urls:     map[string]*responseURL{},
		timers:   map[*timer]struct{}{},
		opened:   now,
		changed:  make(chan struct{}),
	}
	for _, p := range w.People {
		st.people = append(st.people, &person{
			Person: p, seed: p, updated: now, read: map[*channel]stamp{}, entered: map[*message]inputs{},
		})
	}
	for _, c := range w.Channels {
		c.Members = slices.Clone(c.Members)
		st.channels = append(st.channels, &channel{Channel: c, seed: c, created: now, byTS: map[stamp]*message{}})
	}
	for _, p := range st.people {
		if p.Bot || p.Deactivated {
			continue
		}
		st.giveDM(p, w.BotUserID, now)
	}
	return st
}

// giveDM makes the conversation of a person and the bot.
func (st *state) giveDM(p *person, bot string, now time.Time) {
	p.dm = &channel{
		Channel: Channel{ID: "D" + p.ID[1:], Private: true, Members: []string{p.ID, bot}},
		created: now, with: p, byTS: map[stamp]*message{},
	}
	p.dm.seed = p.dm.Channel
	st.channels = append(st.channels, p.dm)
}

// touch says that something changed; long polls wake up.
func (st *state) touch() {
	st.seq++
	close(st.changed)
	st.changed = make(chan struct{})
}

func (st *state) person(id string) *person {
	for _, p := range st.people {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// findPerson accepts what one would call a person: id, handle or real name.
func (st *state) findPerson(who string) (*person, error) {
	who = strings.TrimPrefix(who, "@")
	var names []string
	for _, p := range st.people {
		if p.ID == who || p.Name == who || p.RealName == who {
			if p.Bot || p.Deactivated {
				return nil, fmt.Errorf("nobody can act as %s: the account is a bot or deactivated", who)
			}
			return p, nil
		}
		names = append(names, p.Name)
	}
	return nil, fmt.Errorf("there is no person %q here; there are %s", who, strings.Join(names, ", "))
}

// userID is for menus of people, in which everybody can be chosen.
func (st *state) userID(who string) (string, error) {
	who = strings.TrimPrefix(who, "@")
	var names []string
	for _, p := range st.people {
		if p.ID == who || p.Name == who || p.RealName == who {
			return p.ID, nil
		}
		names = append(names, p.RealName)
	}
	return "", fmt.Errorf("there is no person %q to choose; there are %s", who, strings.Join(names, ", "))
}

func (st *state) conversationID(which string) (string, error) {
	which = strings.TrimPrefix(which, "#")
	var names []string
	for _, c := range st.channels {
		if c.ID == which || c.Name == which && c.with == nil {
			return c.ID, nil
		}
		if c.with == nil {
			names = append(names, "#"+c.Name)
		}
	}
	return "", fmt.Errorf("there is no channel %q to choose; there are %s", which, strings.Join(names, ", "))
}

func (st *state) channel(id string) *channel {
	for _, c := range st.channels {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// findChannel accepts an id, a name with or without #, and from a person "dm"
// or the bot's name for the conversation with the bot.
func (st *state) findChannel(p *person, which, botName string) (*channel, error) {
	name := strings.TrimPrefix(which, "#")
	if name == "dm" || name == "@"+botName || name == botName {
		return p.dm, nil
	}
	var names []string
	for _, c := range st.channels {
		if !st.sees(p, c) {
			continue
		}
		if c.ID == name || c.Name == name {
			return c, nil
		}
		if c.with == nil {
			names = append(names, "#"+c.Name)
		}
	}
	return nil, fmt.Errorf("%s sees no channel %q; there are %s and the DM with the bot", p.Name, which, strings.Join(names, ", "))
}

// sees tells whether a person can open a channel at all.
func (st *state) sees(p *person, c *channel) bool {
	if c.has(p.ID) {
		return true
	}
	return !c.Private && !p.Guest && !p.Stranger
}

func (c *channel) has(id string) bool { return slices.Contains(c.Members, id) }

// kind is the channel_type of events.
func (c *channel) kind() string {
	switch {
	case c.with != nil:
		return "im"
	case c.Private:
		return "group"
	}
	return "channel"
}

// family is the middle of a scope's name: channels:read, groups:read, im:read.
func (c *channel) family() string {
	return map[string]string{"im": "im", "group": "groups", "channel": "channels"}[c.kind()]
}

// calledBy is how a person calls it.
func (c *channel) calledBy() string {
	if c.with != nil {
		return "the DM with the bot"
	}
	return "#" + c.Name
}

// nameFor is the channel_name of payloads, where DMs and private channels have
// a word instead of a name.
func (c *channel) nameFor() string {
	switch c.kind() {
	case "im":
		return "directmessage"
	case "group":
		return "privategroup"
	}
	return c.Name
}

// nextStamp gives out a timestamp later than any before, even if the office
// clock was set back.
func (c *channel) nextStamp(now time.Time) stamp {
	c.last = max(stampOf(now), c.last+1)
	return c.last
}
