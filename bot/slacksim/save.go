package slacksim

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// The state file is one line that says what it is, then JSON. It holds what a
// real Slack would still know after an office has gone home: conversations,
// files, Homes, what was read, what is scheduled, events that nobody has
// acknowledged, the office clock, and the tokens, so that neither the app nor an
// open page needs new ones. What hangs on a moment is let go: open modals,
// ephemerals, triggers, response URLs, and the inspector's list.

const (
	stateName    = "slacksim state"
	stateVersion = 1
	savePause    = 250 * time.Millisecond
)

type savedState struct {
	Team, App, Bot              string
	Control, BotToken, AppToken string
	Revoked                     []string
	Ahead                       time.Duration // of the office clock
	Opened                      time.Time
	Channels                    []savedChannel
	People                      []savedPerson
	Files                       []savedFile
	Agenda                      []savedScheduled
	Events                      []savedEvent
}

type savedChannel struct {
	ID       string
	Facts    *savedFacts // what administrators changed since the seed
	Members  []string
	Created  time.Time
	Opened   bool
	Last     stamp
	Messages []savedMessage // oldest first
}

type savedFacts struct{ Archived, Shared bool }

type savedMessage struct {
	TS, Thread, Edited                     stamp
	User, Subtype, Text, ClientID, Inviter string
	Bot, Broadcast                         bool
	Blocks, Attached                       []any
	Metadata                               object
	Files                                  []string
	Reactions                              []Reaction
}

type savedPerson struct {
	ID    string
	Facts *Person          // as above
	Read  map[string]stamp // by channel
	Homes int
	Home  *savedView
}

type savedView struct {
	ID, Hash string
	Body     object
	State    inputs
}

type savedFile struct {
	ID, Name, Title, Alt, Door string
	Length                     int
	Content                    []byte
	Created                    time.Time
	Completed                  bool
}

type savedScheduled struct {
	ID, Channel      string
	At, Made         time.Time
	Text             string
	Blocks, Attached []any
	Metadata         object
	Thread           stamp
	Broadcast        bool
}

type savedEvent struct {
	Payload object
	At      time.Time
}

// keep writes the state after every change, and pauses between two writings.
func (s *Server) keep() {
	written := int64(-1)
	for {
		s.mu.Lock()
		seq, changed := s.seq, s.changed
		s.mu.Unlock()
		wait := (<-chan time.Time)(nil)
		if seq != written {
			if err := s.save(); err != nil {
				s.opts.Log("the local Slack could not be kept: %v", err)
			}
			written = seq
			changed = nil
			wait = time.After(savePause)
		}
		select {
		case <-changed:
		case <-wait:
		case <-s.ctx.Done():
			return // Close writes the last of it
		}
	}
}

// save replaces the file at once: whoever stops us leaves the old or the new.
func (s *Server) save() error {
	s.mu.Lock()
	body := encode(s.saved())
	s.mu.Unlock()
	temp := s.opts.State + ".tmp"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %d %x\n%s", stateName, stateVersion, sha256.Sum256(body), body)
	if err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return os.Rename(temp, s.opts.State)
}

// readState returns nil when there is no file yet.
func readState(path string) (*savedState, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	refused := func(why string) error {
		return fmt.Errorf("the Slack kept in %s %s; nothing was changed. "+
			"Move the file away to start with an empty Slack, or put back a copy of it", path, why)
	}
	head, body, _ := bytes.Cut(raw, []byte("\n"))
	var version int
	var sum []byte
	if _, err := fmt.Sscanf(string(head), stateName+" %d %x", &version, &sum); err != nil {
		return nil, refused("is not one of ours")
	}
	if version != stateVersion {
		return nil, refused(fmt.Sprintf("is of version %d, and this program reads version %d", version, stateVersion))
	}
	if real := sha256.Sum256(body); !bytes.Equal(sum, real[:]) {
		return nil, refused("is damaged")
	}
	var kept savedState
	if err := unmarshal(body, &kept); err != nil {
		return nil, refused("is damaged")
	}
	return &kept, nil
}

func (s *Server) saved() savedState {
	w := s.opts.Workspace
	out := savedState{
		Team: w.TeamID, App: w.AppID, Bot: w.BotUserID, Control: s.control, BotToken: s.keys.bot, AppToken: s.keys.app, Revoked: s.keys.revoked,
		Ahead: s.clock.ahead, Opened: s.opened,
	}
	for _, c := range s.channels {
		kept := savedChannel{c.ID, nil, c.Members, c.created, c.opened, c.last, savedMessages(c)}
		if c.Archived != c.seed.Archived || c.Shared != c.seed.Shared {
			kept.Facts = &savedFacts{c.Archived, c.Shared}
		}
		out.Channels = append(out.Channels, kept)
	}
	for _, p := range s.people {
		kept := savedPerson{ID: p.ID, Read: map[string]stamp{}, Homes: p.homes}
		if p.Person != p.seed {
			facts := p.Person
			kept.Facts = &facts
		}
		for c, ts := range p.read {
			kept.Read[c.ID] = ts
		}
		if v := p.home; v != nil {
			kept.Home = &savedView{v.id, v.hash, v.body, v.state}
		}
		out.People = append(out.People, kept)
	}
	for _, f := range s.files {
		out.Files = append(out.Files, savedFile{f.id, f.name, f.title, f.alt, f.door, f.length, f.content, f.created, f.completed()})
	}
	for _, m := range s.agenda {
		out.Agenda = append(out.Agenda, savedScheduled{m.id, m.channel.ID, m.at, m.made,
			m.draft.text, m.draft.blocks, m.draft.attached, m.draft.metadata, m.thread, m.broadcast})
	}
	for _, e := range s.envelopes {
		if e.done == nil && !e.closed {
			out.Events = append(out.Events, savedEvent{e.payload, e.at})
		}
	}
	return out
}

func savedMessages(c *channel) []savedMessage {
	var out []savedMessage
	for _, m := range c.byTS {
		var files []string
		for _, f := range m.files {
			files = append(files, f.id)
		}
		out = append(out, savedMessage{
			TS: m.ts, Thread: m.thread, Edited: m.edited, User: m.user, Subtype: m.subtype, Text: m.text, ClientID: m.clientID,
			Inviter: m.inviter, Bot: m.bot, Broadcast: m.broadcast, Blocks: m.blocks, Attached: m.attached, Metadata: m.metadata,
			Files: files, Reactions: m.reactions,
		})
	}
	slices.SortFunc(out, func(a, b savedMessage) int { return cmp.Compare(a.TS, b.TS) })
	return out
}
