package slacksim

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Workspace says who and what is there when the server starts.
type Workspace struct {
	TeamID, TeamName string

	// The app under test: the bot's user, and the one command it registers.
	AppID, BotUserID, BotName string
	Command                   string

	// What its manifest grants. Calls and events outside of these are refused
	// or not sent, as in Slack.
	BotScopes, AppScopes, Events []string

	// Shortcuts that the manifest registers. When there are none here, any
	// callback_id may be run.
	Shortcuts []Shortcut

	People   []Person
	Channels []Channel
	Groups   []Group
}

// Shortcut is an entry of Slack's own menus.
type Shortcut struct {
	CallbackID string `json:"callback_id"`
	Name       string `json:"name"`
	Type       string `json:"type"` // GlobalShortcut or MessageShortcut
}

// The two kinds of shortcut, as the manifest calls them.
const (
	GlobalShortcut  = "global"
	MessageShortcut = "message"
)

// registers tells why a shortcut can't be run.
func (w Workspace) registers(callbackID, kind string) error {
	var known []string
	for _, s := range w.Shortcuts {
		if s.CallbackID == callbackID && s.Type == kind {
			return nil
		}
		known = append(known, fmt.Sprintf("%s (%s)", s.CallbackID, s.Type))
	}
	if len(w.Shortcuts) == 0 && callbackID != "" {
		return nil
	}
	if len(known) == 0 {
		return fmt.Errorf("a shortcut needs its callback_id")
	}
	return fmt.Errorf("there is no %s shortcut %q; there are %s", kind, callbackID, strings.Join(known, ", "))
}

// Person is somebody with a Slack account.
type Person struct {
	ID, Name, RealName, Title string // U…, handle, "Ana Ruiz", "CSM, Enterprise"
	Email                     string // made of the handle when empty
	TZ, Locale                string // "Europe/Madrid", "en-US"
	Guest, Bot, Deactivated   bool
	Stranger                  bool // belongs to another workspace, seen through Slack Connect
}

// Channel is a public, private or shared conversation.
type Channel struct {
	ID, Name, Topic           string
	Private, Shared, Archived bool
	Members                   []string // person ids, and the bot's user id where it is in
}

var (
	teamIDForm    = regexp.MustCompile(`^T[A-Z0-9]+$`)
	appIDForm     = regexp.MustCompile(`^A[A-Z0-9]+$`)
	userIDForm    = regexp.MustCompile(`^[UW][A-Z0-9]+$`)
	groupIDForm   = regexp.MustCompile(`^S[A-Z0-9]+$`)
	channelIDForm = regexp.MustCompile(`^[CG][A-Z0-9]+$`)
	commandForm   = regexp.MustCompile(`^/[a-z0-9_-]{1,31}$`)
)

// Validate reports every mistake at once, because a seed file is mended by hand.
func (w Workspace) Validate() error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }

	form := func(what, value string, want *regexp.Regexp) {
		if !want.MatchString(value) {
			say("%s is %q; it must match %s", what, value, want)
		}
	}
	form("TeamID", w.TeamID, teamIDForm)
	form("AppID", w.AppID, appIDForm)
	form("BotUserID", w.BotUserID, userIDForm)
	if w.Command != "" {
		form("Command", w.Command, commandForm)
	}
	if runes(w.BotName) > botName.max() {
		say("BotName has %d characters; Slack takes %d", runes(w.BotName), botName.max())
	}
	if w.BotName == "" {
		say("BotName is empty; people need a name to mention")
	}

	known := map[string]bool{w.BotUserID: true}
	handles := map[string]bool{w.BotName: true}
	for _, p := range w.People {
		form("a person's ID", p.ID, userIDForm)
		if known[p.ID] {
			say("two people have the ID %s", p.ID)
		}
		known[p.ID] = true
		if p.Name == "" || strings.ContainsAny(p.Name, " @<>") {
			say("person %s has the handle %q; it must be one word", p.ID, p.Name)
		}
		if handles[p.Name] {
			say("two people have the handle %q", p.Name)
		}
		handles[p.Name] = true
		if _, err := time.LoadLocation(p.TZ); err != nil {
			say("person %s has the time zone %q, which is not known", p.ID, p.TZ)
		}
	}

	taken := map[string]bool{}
	for _, c := range w.Channels {
		form("a channel's ID", c.ID, channelIDForm)
		if c.Name == "" || strings.ContainsAny(c.Name, " #") {
			say("channel %s has the name %q; it must be one word without #", c.ID, c.Name)
		}
		if taken[c.ID] || taken[c.Name] {
			say("two channels share the ID %s or the name %q", c.ID, c.Name)
		}
		taken[c.ID], taken[c.Name] = true, true
		for _, m := range c.Members {
			if !known[m] {
				say("channel %s lists the member %s, who is not among the people", c.Name, m)
			}
		}
	}
	for _, g := range w.Groups {
		form("a group's ID", g.ID, groupIDForm)
		if taken[g.ID] {
			say("two groups have the ID %s", g.ID)
		}
		taken[g.ID] = true
		for _, m := range g.Members {
			if !known[m] {
				say("group %s lists the member %s, who is not among the people", g.Handle, m)
			}
		}
	}
	for _, s := range w.Shortcuts {
		if s.CallbackID == "" || s.Name == "" || s.Type != GlobalShortcut && s.Type != MessageShortcut {
			say("shortcut %q, %q has the type %q; it needs a callback_id, a name, and the type global or message", s.CallbackID, s.Name, s.Type)
		}
	}
	return errors.Join(wrong...)
}

// domain is the part of the workspace's address before .slack.com.
func (w Workspace) domain() string {
	var b strings.Builder
	for _, r := range strings.ToLower(w.TeamName) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ' || r == '-':
			b.WriteByte('-')
		}
	}
	if b.Len() == 0 {
		return "local"
	}
	return b.String()
}

// botID is the B… id beside the bot's U… id; Slack gives every app both.
func (w Workspace) botID() string { return "B" + w.BotUserID[1:] }
