package slacksim

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
)

// readable resolves the channel argument for a method that reads, and checks
// the scope that this kind of channel needs.
func (c *call) readable(right string) (*channel, error) {
	ch := c.channel(c.text("channel"))
	if ch == nil || ch.Private && !ch.has(c.opts.Workspace.BotUserID) {
		return nil, refuse("channel_not_found")
	}
	return ch, c.needsAny(ch.family() + ":" + right)
}

func (s *Server) channelObject(ch *channel) object {
	w := s.opts.Workspace
	created := ch.created.Unix()
	if ch.with != nil {
		return object{
			"id": ch.ID, "created": created, "is_archived": false, "is_im": true, "is_org_shared": false,
			"user": ch.with.ID, "is_user_deleted": ch.with.Deactivated, "priority": 0,
			"context_team_id": w.TeamID, "updated": created * 1000, "is_open": ch.opened,
		}
	}
	return object{
		"id": ch.ID, "name": ch.Name, "name_normalized": ch.Name, "created": created, "updated": created * 1000,
		"is_channel": !ch.Private, "is_group": ch.Private, "is_im": false, "is_mpim": false,
		"is_private": ch.Private, "is_archived": ch.Archived, "is_general": ch.Name == "general",
		"is_member": ch.has(w.BotUserID), "is_shared": ch.Shared, "is_ext_shared": ch.Shared,
		"is_org_shared": false, "is_pending_ext_shared": false, "is_frozen": false,
		"pending_shared": []any{}, "pending_connected_team_ids": []any{}, "previous_names": []any{},
		"unlinked": 0, "creator": "USLACKBOT", "context_team_id": w.TeamID,
		"shared_team_ids": anyList(s.teamsOf(ch)), "parent_conversation": nil,
		"topic":   object{"value": ch.Topic, "creator": "", "last_set": 0},
		"purpose": object{"value": "", "creator": "", "last_set": 0},
	}
}

func (s *Server) teamsOf(ch *channel) []string {
	if ch.Shared {
		return []string{s.opts.Workspace.TeamID, strangersTeam}
	}
	return []string{s.opts.Workspace.TeamID}
}

// page is what a cursor walks over: from, and how many.
func (c *call) page(def, most int) (from string, n int, err error) {
	n, ok := c.integer("limit", def)
	if !ok || n < 1 || n > most {
		return "", 0, refuse("invalid_limit")
	}
	if !c.has("cursor") {
		return "", n, nil
	}
	raw, err := base64.StdEncoding.DecodeString(c.text("cursor"))
	from, ok = strings.CutPrefix(string(raw), "next:")
	if err != nil || !ok {
		return "", 0, refuse("invalid_cursor")
	}
	return from, n, nil
}

func cursor(from string) string {
	return base64.StdEncoding.EncodeToString([]byte("next:" + from))
}

// paged cuts a list at the cursor; the cursor names the first item of the next
// page, so that what is added meanwhile moves nothing.
func paged[T any](c *call, all []T, id func(T) string, def, most int) (items []T, next string, err error) {
	from, n, err := c.page(def, most)
	if err != nil {
		return nil, "", err
	}
	if from != "" {
		at := slices.IndexFunc(all, func(t T) bool { return id(t) == from })
		if at < 0 {
			return nil, "", refuse("invalid_cursor")
		}
		all = all[at:]
	}
	if len(all) > n {
		return all[:n], cursor(id(all[n])), nil
	}
	return all, "", nil
}

func objects[T any](in []T, show func(T) object) []any {
	out := make([]any, len(in))
	for i, t := range in {
		out[i] = show(t)
	}
	return out
}

func nextPage(next string) object { return object{"next_cursor": next} }

var channelTypes = map[string]string{"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}

func (c *call) conversationsList() (object, error) {
	wanted := c.words("types")
	if len(wanted) == 0 {
		wanted = []string{"public_channel"}
	}
	families := map[string]bool{}
	for _, t := range wanted {
		family, known := channelTypes[t]
		if !known {
			return nil, refuse("invalid_types")
		}
		if err := c.needsAny(family + ":read"); err != nil {
			return nil, err
		}
		families[family] = true
	}
	var found []*channel
	for _, ch := range c.channels {
		hidden := ch.Private && !ch.has(c.opts.Workspace.BotUserID) ||
			ch.Archived && c.boolean("exclude_archived") ||
			ch.with != nil && !ch.opened
		if families[ch.family()] && !hidden {
			found = append(found, ch)
		}
	}
	some, next, err := paged(c, found, func(ch *channel) string { return ch.ID }, 100, 1000)
	if err != nil {
		return nil, err
	}
	return object{"channels": objects(some, c.channelObject), "response_metadata": nextPage(next)}, nil
}

func (c *call) conversationsInfo() (object, error) {
	ch, err := c.readable("read")
	if err != nil {
		return nil, err
	}
	info := c.channelObject(ch)
	if c.boolean("include_num_members") {
		info["num_members"] = len(ch.Members)
	}
	if c.boolean("include_locale") {
		info["locale"] = "en-US"
	}
	return object{"channel": info}, nil
}

func (c *call) conversationsMembers() (object, error) {
	ch, err := c.readable("read")
	if err != nil {
		return nil, err
	}
	some, next, err := paged(c, ch.Members, func(id string) string { return id }, 100, 999)
	if err != nil {
		return nil, err
	}
	return object{"members": anyList(some), "response_metadata": nextPage(next)}, nil
}

// window is the part of a conversation that oldest, latest and inclusive name.
func (c *call) window() (within func(*message) bool, err error) {
	oldest, latest := stamp(0), stamp(1<<62)
	for name, bound := range map[string]*stamp{"oldest": &oldest, "latest": &latest} {
		if !c.has(name) || c.text(name) == "now" {
			continue
		}
		ts, ok := parseStamp(c.text(name))
		if !ok {
			return nil, refuse("invalid_ts_" + name)
		}
		*bound = ts
	}
	inclusive := c.boolean("inclusive")
	return func(m *message) bool {
		if inclusive {
			return m.ts >= oldest && m.ts <= latest
		}
		return m.ts > oldest && m.ts < latest
	}, nil
}

// messages answers both history and replies.
func (c *call) messages(ch *channel, all []*message) (object, error) {
	some, next, err := paged(c, all, func(m *message) string { return m.ts.String() }, 100, pageSize.max())
	if err != nil {
		return nil, err
	}
	withMetadata := c.boolean("include_all_metadata")
	return object{
		"messages":          objects(some, func(m *message) object { return c.inHistory(ch, m, withMetadata) }),
		"has_more":          next != "",
		"response_metadata": nextPage(next),
	}, nil
}

func (c *call) conversation() (*channel, error) {
	ch, err := c.readable("history")
	if err != nil {
		return nil, err
	}
	if !ch.has(c.opts.Workspace.BotUserID) {
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

func (c *call) conversationsHistory() (object, error) {
	ch, err := c.conversation()
	if err != nil {
		return nil, err
	}
	within, err := c.window()
	if err != nil {
		return nil, err
	}
	var found []*message
	for _, m := range ch.roots {
		if within(m) {
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, func(a, b *message) int { return cmp.Compare(b.ts, a.ts) })
	answer, err := c.messages(ch, found)
	if err == nil {
		answer["pin_count"] = 0
	}
	return answer, err
}

func (c *call) conversationsReplies() (object, error) {
	ch, err := c.conversation()
	if err != nil {
		return nil, err
	}
	ts, ok := parseStamp(c.text("ts"))
	root := ch.byTS[ts]
	if !ok || root == nil {
		return nil, refuse("thread_not_found")
	}
	if root.thread != 0 { // Slack shows the one reply it was asked for
		return c.messages(ch, []*message{root})
	}
	within, err := c.window()
	if err != nil {
		return nil, err
	}
	found := []*message{root} // always there, whatever the window
	for _, m := range root.replies {
		if within(m) {
			found = append(found, m)
		}
	}
	return c.messages(ch, found)
}

func (c *call) conversationsOpen() (object, error) {
	ch := c.channel(c.text("channel"))
	if !c.has("channel") {
		users := c.words("users")
		switch {
		case len(users) == 0:
			return nil, refuse("users_list_not_supplied")
		case len(users) > 1:
			return nil, refuse("method_not_supported_for_channel_type") // group DMs are not simulated
		}
		p := c.person(users[0])
		switch {
		case users[0] == c.opts.Workspace.BotUserID, p != nil && p.Bot:
			return nil, refuse("cannot_dm_bot")
		case p == nil:
			return nil, refuse("user_not_found")
		case p.Deactivated:
			return nil, refuse("user_disabled")
		}
		ch = p.dm
	}
	if ch == nil || ch.with == nil {
		return nil, refuse("channel_not_found")
	}
	if err := c.needsAny("im:write"); err != nil {
		return nil, err
	}
	answer := object{"channel": object{"id": ch.ID}}
	if c.boolean("return_im") {
		answer["channel"] = c.channelObject(ch)
	}
	if ch.opened {
		answer["no_op"], answer["already_open"] = true, true
	}
	ch.opened = true
	return answer, nil
}

func (c *call) conversationsJoin() (object, error) {
	ch := c.channel(c.text("channel"))
	switch {
	case ch == nil:
		return nil, refuse("channel_not_found")
	case ch.with != nil || ch.Private:
		return nil, refuse("method_not_supported_for_channel_type")
	case ch.Archived:
		return nil, refuse("is_archived")
	}
	answer := object{}
	if ch.has(c.opts.Workspace.BotUserID) {
		answer["warning"] = "already_in_channel"
		answer["response_metadata"] = object{"warnings": []any{"already_in_channel"}}
	} else {
		c.join(ch, c.opts.Workspace.BotUserID, "")
	}
	answer["channel"] = c.channelObject(ch)
	return answer, nil
}
