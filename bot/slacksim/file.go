package slacksim

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// A file is uploaded in three steps: an address is asked for, the bytes are
// sent there, and the upload is completed. Afterwards Slack looks at it for a
// while, and until it has done so the file has no type and can't be shown.
type file struct {
	id, name, title, alt string
	length               int    // as announced; what comes must be as long
	door                 string // the part of its addresses that can't be guessed
	content              []byte // nil until the bytes came
	created              time.Time
	processed            time.Time // real time; zero until the upload is completed
	shares               []share
}

// A share is a message that shows the file.
type share struct {
	channel *channel
	ts      stamp
	thread  stamp
}

func (f *file) completed() bool { return !f.processed.IsZero() }
func (f *file) ready() bool     { return f.completed() && !time.Now().Before(f.processed) }

// A fileKind is how Slack names a kind of file.
type fileKind struct{ mimetype, filetype, pretty string }

var fileKinds = map[string]fileKind{
	".png": {"image/png", "png", "PNG"}, ".jpg": {"image/jpeg", "jpg", "JPEG"}, ".jpeg": {"image/jpeg", "jpg", "JPEG"},
	".gif": {"image/gif", "gif", "GIF"}, ".pdf": {"application/pdf", "pdf", "PDF"}, ".csv": {"text/csv", "csv", "CSV"},
	".txt": {"text/plain", "text", "Plain Text"}, ".md": {"text/markdown", "markdown", "Markdown (raw)"},
	".json": {"application/json", "json", "JSON"}, ".html": {"text/html", "html", "HTML"}, ".zip": {"application/zip", "zip", "Zip"},
}

// kind is empty while Slack has not looked at the file.
func (f *file) kind() fileKind {
	if !f.ready() {
		return fileKind{}
	}
	if k, known := fileKinds[strings.ToLower(path.Ext(f.name))]; known {
		return k
	}
	mimetype, _, _ := strings.Cut(http.DetectContentType(f.content), ";")
	return fileKind{mimetype, "binary", "Binary"}
}

// pictured tells whether a slack_file can be shown in a block.
func (s *Server) pictured(ref object) bool {
	f := s.fileCalled(ref)
	if f == nil || !strings.HasPrefix(f.kind().mimetype, "image/") {
		return false
	}
	return len(f.shares) > 0 || !s.opts.Guesses.HiddenFilesRefused
}

// fileCalled finds what a slack_file means: an id, or one of its addresses.
func (s *Server) fileCalled(ref object) *file {
	for _, f := range s.files {
		if f.id == str(ref["id"]) {
			return f
		}
		if url := str(ref["url"]); url != "" && (url == s.private(f, "") || url == s.private(f, "download/") || url == s.permalinkOf(f)) {
			return f
		}
	}
	return nil
}

// shownTo tells whether somebody may see a file: who sees a conversation that
// it was shared in. Shared nowhere, it is the bot's alone.
func (s *Server) shownTo(p *person, f *file) bool {
	return slices.ContainsFunc(f.shares, func(sh share) bool { return p == nil || s.sees(p, sh.channel) })
}

// The three addresses of a file: two for who has the bot's token, and one that
// the page can show, because it can't be guessed.
func (s *Server) private(f *file, middle string) string {
	return fmt.Sprintf("%s/files-pri/%s-%s/%s%s", s.origin(), s.opts.Workspace.TeamID, f.id, middle, f.slug())
}

func (s *Server) permalinkOf(f *file) string {
	w := s.opts.Workspace
	return fmt.Sprintf("https://%s.slack.com/files/%s/%s/%s", w.domain(), w.BotUserID, f.id, f.slug())
}

func (f *file) pageURL() string { return "/files/" + f.id + "/" + f.door + "/" + f.slug() }

// slug is the name as it stands in addresses.
func (f *file) slug() string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, f.name)
}

// fileObject is a file as the Web API shows it.
func (s *Server) fileObject(f *file) object {
	w, k := s.opts.Workspace, f.kind()
	public, closed := object{}, object{}
	ids := map[string][]string{"channel": {}, "group": {}, "im": {}}
	for _, sh := range f.shares {
		in := public
		if sh.channel.kind() != "channel" {
			in = closed
		}
		if in[sh.channel.ID] == nil {
			ids[sh.channel.kind()] = append(ids[sh.channel.kind()], sh.channel.ID)
		}
		entry := object{"ts": sh.ts.String(), "channel_name": sh.channel.nameFor(), "team_id": w.TeamID, "reply_count": 0}
		if sh.thread != 0 {
			entry["thread_ts"] = sh.thread.String()
		}
		in[sh.channel.ID] = append(list(in[sh.channel.ID]), entry)
	}
	shares := object{}
	if len(public) > 0 {
		shares["public"] = public
	}
	if len(closed) > 0 {
		shares["private"] = closed
	}
	out := object{
		"id": f.id, "created": f.created.Unix(), "timestamp": f.created.Unix(), "name": f.name, "title": f.title,
		"mimetype": k.mimetype, "filetype": k.filetype, "pretty_type": k.pretty, "size": len(f.content),
		"user": w.BotUserID, "user_team": w.TeamID, "mode": "hosted", "editable": false, "is_external": false,
		"external_type": "", "is_public": len(public) > 0, "public_url_shared": false, "display_as_bot": false, "username": "",
		"url_private": s.private(f, ""), "url_private_download": s.private(f, "download/"), "permalink": s.permalinkOf(f),
		"channels": anyList(ids["channel"]), "groups": anyList(ids["group"]), "ims": anyList(ids["im"]), "shares": shares,
		"file_access": "visible", "has_rich_preview": false, "is_starred": false, "comments_count": 0,
	}
	if f.alt != "" {
		out["alt_txt"] = f.alt
	}
	return out
}

// File is an uploaded file as somebody sees it.
type File struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	Mimetype string `json:"mimetype"` // empty until Slack has looked at it
	Filetype string `json:"filetype,omitempty"`
	Pretty   string `json:"pretty_type,omitempty"`
	Size     int    `json:"size"`
	Alt      string `json:"alt_txt,omitempty"`
	URL      string `json:"url"` // on this server
}

func (f *file) seen() File {
	k := f.kind()
	return File{ID: f.id, Name: f.name, Title: f.title, Mimetype: k.mimetype, Filetype: k.filetype, Pretty: k.pretty,
		Size: len(f.content), Alt: f.alt, URL: f.pageURL()}
}

// pictures gives every slack_file in blocks the address under which the page
// can show it, to those who may see it. It owns the blocks it is given.
func (s *Server) pictures(blocks []any, p *person) []any {
	each(blocks, func(o object) {
		ref := obj(o["slack_file"])
		if ref == nil {
			return
		}
		delete(ref, "url")
		if f := s.fileCalled(ref); f != nil && s.shownTo(p, f) {
			ref["url"] = f.pageURL()
		}
	})
	return blocks
}
