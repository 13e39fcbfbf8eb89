package slacksim

import "time"

func (c *call) getUploadURLExternal() (object, error) {
	length, ok := c.integer("length", 0)
	name := c.text("filename")
	switch {
	case !ok:
		return nil, badArgument("must provide an integer [json-pointer:/length]")
	case name == "" || length <= 0:
		return nil, refuse("missing_argument")
	case length > fileBytes.max():
		return nil, refuse("file_upload_size_restricted")
	case runes(c.text("alt_txt")) > fileAlt.max():
		return nil, refuse("alt_txt_too_large")
	}
	f := &file{
		id: newID("F"), name: name, title: name, alt: c.text("alt_txt"), length: length, door: secret(24), created: c.clock.now(),
	}
	c.files = append(c.files, f)
	return object{"upload_url": c.origin() + "/upload/v1/" + f.door, "file_id": f.id}, nil
}

// uploads reads the files argument: each must have come, and be nobody's yet.
func (c *call) uploads() ([]*file, []string, error) {
	v, _ := c.structure("files")
	entries, isList := v.([]any)
	if !isList || len(entries) == 0 {
		return nil, nil, badArgument("missing required field: files")
	}
	var files []*file
	var titles []string
	for _, e := range entries {
		f := c.fileCalled(object{"id": str(obj(e)["id"])})
		if f == nil || f.content == nil || f.completed() {
			return nil, nil, refuse("file_not_found")
		}
		files, titles = append(files, f), append(titles, str(obj(e)["title"]))
	}
	return files, titles, nil
}

func (c *call) completeUploadExternal() (object, error) {
	files, titles, err := c.uploads()
	if err != nil {
		return nil, err
	}
	names := c.words("channels")
	if id := c.text("channel_id"); id != "" {
		names = append(names, id)
	}
	if len(names) > fileChannels.max() {
		return nil, refuse("channels_limit_exceeded")
	}
	var where []*channel
	for _, name := range names {
		ch, err := c.writeTo(name, false)
		if err != nil {
			if is(err, "channel_not_found") {
				err = refuse("invalid_channel")
			}
			return nil, err
		}
		where = append(where, ch)
	}
	say := args{"text": c.text("initial_comment")}
	if !c.has("initial_comment") && c.has("blocks") {
		say["blocks"] = c.args["blocks"]
	}
	d, err := say.draft(c.world())
	if err != nil {
		return nil, err
	}
	threads := make([]stamp, len(where))
	for i, ch := range where {
		if threads[i], err = c.threadIn(ch); err != nil {
			return nil, err
		}
	}

	answer := []any{}
	for i, f := range files {
		if titles[i] != "" {
			f.title = titles[i]
		}
		f.processed = time.Now().Add(c.opts.FileDelay)
		answer = append(answer, object{"id": f.id, "title": f.title})
	}
	c.after(c.opts.FileDelay, func() { // those who look will see its type
		for _, f := range files {
			c.stirShares(f)
		}
		c.touch()
	})
	for i, ch := range where {
		m := c.botMessage(ch, d)
		m.thread, m.files = threads[i], files
		for _, f := range files {
			f.shares = append(f.shares, share{ch, m.ts, m.thread})
		}
		c.post(ch, m)
		c.emitMessage(ch, m)
	}
	return object{"files": answer}, nil
}

// filesUpload ended on 2025-11-12; what calls it is told so.
func (c *call) filesUpload() (object, error) { return nil, refuse("method_deprecated") }

func (c *call) filesInfo() (object, error) {
	f := c.fileCalled(object{"id": c.text("file")})
	if f == nil || !f.completed() {
		return nil, refuse("file_not_found")
	}
	return object{
		"file": c.fileObject(f), "comments": []any{}, "content_html": nil, "editor": nil, "response_metadata": nextPage(""),
	}, nil
}

func (c *call) filesDelete() (object, error) {
	f := c.fileCalled(object{"id": c.text("file")})
	if f == nil || !f.completed() {
		return nil, refuse("file_not_found")
	}
	c.forget(f)
	return object{}, nil
}
