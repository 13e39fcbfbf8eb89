package slacksim

import (
	"fmt"
	"net/url"
	"strings"
)

// writable resolves the channel argument for a method that writes, refusing
// what Slack refuses: unseen, not joined, archived.
func (c *call) writable(allowNames bool) (*channel, error) {
	return c.writeTo(c.text("channel"), allowNames)
}

func (c *call) writeTo(which string, allowNames bool) (*channel, error) {
	if which == "" {
		return nil, refuse("channel_not_found")
	}
	ch := c.channel(which)
	if ch == nil && allowNames {
		ch = c.byNameOrPerson(which)
	}
	switch {
	case ch == nil, ch.Private && !ch.has(c.opts.Workspace.BotUserID):
		return nil, refuse("channel_not_found")
	case ch.Archived:
		return nil, refuse("is_archived")
	case !ch.has(c.opts.Workspace.BotUserID) && c.needsAny("chat:write.public") != nil:
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

// byNameOrPerson is the leniency of chat.postMessage: names, and people's ids
// for their DM.
func (c *call) byNameOrPerson(which string) *channel {
	if p := c.person(which); p != nil {
		return p.dm
	}
	name := strings.TrimPrefix(which, "#")
	for _, ch := range c.channels {
		if ch.with == nil && ch.Name == name {
			return ch
		}
	}
	return nil
}

// draft is what a caller wants to say, checked.
type draft struct {
	text             string
	blocks, attached []any
	metadata         object

	hasText, hasBlocks, hasAttached, hasMetadata bool
}

func (a args) draft(w world) (draft, error) {
	d := draft{text: a.text("text"), hasText: a.has("text")}
	if md := a.text("markdown_text"); md != "" {
		if d.hasText || a.has("blocks") {
			return d, refuse("markdown_text_conflict")
		}
		if runes(md) > markdownText.max() {
			return d, refuse("msg_too_long")
		}
		d.text, d.hasText = md, true
	}
	if a.has("blocks") {
		v, ok := a.structure("blocks")
		blocks, isList := v.([]any)
		if !ok || !isList {
			return d, refuse("invalid_blocks_format")
		}
		if err := w.checkBlocks(blocks); err != nil {
			return d, err
		}
		d.blocks, d.hasBlocks = settle(clone(blocks), newName), true
	}
	if a.has("attachments") {
		v, ok := a.structure("attachments")
		attached, isList := v.([]any)
		switch {
		case !ok || !isList:
			return d, refuse("invalid_attachments")
		case len(attached) > attachmentsPerMessage.max():
			return d, refuse("too_many_attachments")
		}
		if err := w.checkAttachments(attached); err != nil {
			return d, err
		}
		d.attached, d.hasAttached = clone(attached), true
	}
	var err error
	d.metadata, d.hasMetadata, err = a.messageMetadata()
	return d, err
}

// checkAttachments looks at their blocks; the rest of an attachment is legacy
// and free in form.
func (w world) checkAttachments(attached []any) error {
	for _, at := range attached {
		if err := w.checkBlocks(list(obj(at)["blocks"])); err != nil {
			return err
		}
	}
	return nil
}

func (a args) messageMetadata() (object, bool, error) {
	if !a.has("metadata") {
		return nil, false, nil
	}
	v, ok := a.structure("metadata")
	m, isObject := v.(object)
	switch {
	case !ok || !isObject:
		return nil, false, refuse("invalid_metadata_format")
	case len(m) == 0:
		return nil, true, nil // the way to remove it
	case len(encode(m)) > metadataBytes.max():
		return nil, false, refuse("metadata_too_large")
	}
	r := &report{}
	metadataShape.check(r, "/metadata", m)
	if len(r.problems) > 0 {
		return nil, false, &apiError{code: "invalid_metadata_schema", messages: r.texts()}
	}
	return clone(m), true, nil
}

var metadataShape = shape{
	fields: fields{
		"event_type":    chars(1, identifier),
		"event_payload": flatPayload,
		"entities":      anything,
	},
	needs: []string{"event_type", "event_payload"},
}

// flatPayload: strings, numbers and booleans; one level of objects or arrays.
func flatPayload(r *report, at string, v any) {
	o, ok := v.(object)
	if !ok {
		r.add(at, "must provide an object")
		return
	}
	for k, v := range o {
		depth := nesting(v)
		if depth > 2 || depth == 2 && obj(v) != nil {
			r.add(at+"/"+k, "must be a string, number, boolean, or one level of objects")
		}
	}
}

func nesting(v any) int {
	deepest := 0
	switch x := v.(type) {
	case object:
		for _, e := range x {
			deepest = max(deepest, nesting(e))
		}
	case []any:
		for _, e := range x {
			deepest = max(deepest, nesting(e))
		}
	default:
		return 0
	}
	return deepest + 1
}

func (d draft) empty() bool {
	return strings.TrimSpace(d.text) == "" && len(d.blocks) == 0 && len(d.attached) == 0
}

func (c *call) postMessage() (object, error) {
	ch, err := c.writable(true)
	if err != nil {
		return nil, err
	}
	if err := c.spend("post "+ch.ID, float64(postsPerSecond.max()), postBurst.max()); err != nil {
		return nil, err
	}
	d, err := c.args.draft(c.world())
	switch {
	case err != nil:
		return nil, err
	case d.empty():
		return nil, refuse("no_text")
	}
	m := c.botMessage(ch, d)
	if m.thread, err = c.threadIn(ch); err != nil {
		return nil, err
	}
	m.broadcast = m.thread != 0 && c.boolean("reply_broadcast")
	c.post(ch, m)
	c.emitMessage(ch, m)

	answer := object{"channel": ch.ID, "ts": m.ts.String(), "message": c.messageObject(m)}
	if m.metadata != nil {
		obj(answer["message"])["metadata"] = clone(m.metadata)
	}
	return answer, nil
}

// threadIn finds the thread to answer in. A reply cannot be answered, only its
// root; Slack leaves that undefined, so it is refused here.
func (a args) threadIn(ch *channel) (stamp, error) {
	if !a.has("thread_ts") {
		return 0, nil
	}
	ts, ok := parseStamp(a.text("thread_ts"))
	root := ch.byTS[ts]
	switch {
	case !ok || root == nil:
		return 0, refuse("thread_not_found")
	case root.thread != 0:
		return 0, refuse("cannot_reply_to_message")
	}
	return ts, nil
}

// botMessage makes the message; the caller files it.
func (s *Server) botMessage(ch *channel, d draft) *message {
	text := d.text
	if r := []rune(text); len(r) > messageText.max() {
		text = string(r[:messageText.max()])
	}
	return &message{
		ts: ch.nextStamp(s.clock.now()), user: s.opts.Workspace.BotUserID, bot: true,
		text: text, blocks: d.blocks, attached: d.attached, metadata: d.metadata,
	}
}

// own finds a message of the bot's by channel and ts.
func (c *call) own(refusal string) (*channel, *message, error) {
	ch, err := c.writable(false)
	if err != nil {
		return nil, nil, err
	}
	ts, ok := parseStamp(c.text("ts"))
	m := ch.byTS[ts]
	switch {
	case !ok || m == nil:
		return nil, nil, refuse("message_not_found")
	case !m.bot:
		return nil, nil, refuse(refusal)
	}
	return ch, m, nil
}

func (c *call) update() (object, error) {
	ch, m, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	d, err := c.args.draft(c.world())
	switch {
	case err != nil:
		return nil, err
	case runes(d.text) > editedText.max():
		return nil, refuse("msg_too_long")
	case !d.hasText && !d.hasBlocks && !d.hasAttached:
		return nil, refuse("no_text")
	}
	previous := c.messageObject(m)
	// What isn't mentioned stays; an empty list removes.
	if d.hasText || d.hasBlocks {
		m.text = d.text
	}
	if d.hasBlocks {
		m.blocks = d.blocks
	}
	if d.hasAttached {
		m.attached = d.attached
	}
	if d.hasMetadata {
		m.metadata = d.metadata
	}
	m.edited = stampOf(c.clock.now())
	c.stir(ch, m)
	c.emitChange(ch, "message_changed", m, previous)
	shown := c.messageObject(m)
	for _, key := range notInUpdate {
		delete(shown, key)
	}
	return object{"channel": ch.ID, "ts": m.ts.String(), "text": m.text, "message": shown}, nil
}

// notInUpdate is what Slack leaves out of the message that chat.update answers:
// its place, which stands beside it, and its thread.
var notInUpdate = []string{"ts", "thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply", "subscribed", "is_locked"}

func (c *call) deleteMessage() (object, error) {
	ch, m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	previous := c.messageObject(m)
	c.unpost(ch, m)
	c.emitChange(ch, "message_deleted", m, previous)
	return object{"channel": ch.ID, "ts": m.ts.String()}, nil
}

func (c *call) postEphemeral() (object, error) {
	ch, err := c.writable(true)
	if err != nil {
		return nil, err
	}
	if err := c.missing("user"); err != nil {
		return nil, err
	}
	p := c.person(c.text("user"))
	if p == nil || !ch.has(p.ID) {
		return nil, refuse("user_not_in_channel")
	}
	d, err := c.args.draft(c.world())
	switch {
	case err != nil:
		return nil, err
	case d.empty():
		return nil, refuse("no_text")
	case runes(d.text) > editedText.max():
		return nil, refuse("msg_too_long")
	}
	m := c.botMessage(ch, d)
	m.to = p.ID
	if m.thread, err = c.threadIn(ch); err != nil {
		return nil, err
	}
	c.whisper(ch, m)
	return object{"message_ts": m.ts.String()}, nil
}

func (c *call) getPermalink() (object, error) {
	ch := c.channel(c.text("channel"))
	if ch == nil || !ch.has(c.opts.Workspace.BotUserID) {
		return nil, refuse("channel_not_found")
	}
	ts, ok := parseStamp(c.text("message_ts"))
	m := ch.byTS[ts]
	if !ok || m == nil {
		return nil, refuse("message_not_found")
	}
	link := fmt.Sprintf("https://%s.slack.com/archives/%s/p%s",
		c.opts.Workspace.domain(), ch.ID, strings.ReplaceAll(m.ts.String(), ".", ""))
	if m.thread != 0 {
		link += "?" + url.Values{"thread_ts": {m.thread.String()}, "cid": {ch.ID}}.Encode()
	}
	return object{"channel": ch.ID, "permalink": link}, nil
}
