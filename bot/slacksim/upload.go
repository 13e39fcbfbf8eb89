package slacksim

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
)

// serveUpload takes a file's bytes, raw or as a part of a form. What it refuses
// it refuses as a file server does: with a status and a sentence.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	content, err := uploaded(r)
	s.mu.Lock()
	record := s.beginCall("upload", args{"bytes": len(content), "content_type": r.Header.Get("Content-Type")})
	fault := s.takeFault("upload")
	s.touch()
	s.mu.Unlock()
	if fault.before(w, r) {
		s.endCall(record, nil, fault.describe())
		return
	}
	status := http.StatusBadRequest
	s.mu.Lock()
	if err == nil {
		status, err = s.receive(r.PathValue("door"), content)
	}
	s.touch()
	s.mu.Unlock()
	if fault.after(w) {
		s.endCall(record, nil, fault.describe())
		return
	}
	if err != nil {
		s.endCall(record, nil, err.Error())
		http.Error(w, err.Error(), status)
		return
	}
	s.endCall(record, nil, "")
	s.write(w, fmt.Appendf(nil, "OK - %d", len(content)))
}

func uploaded(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(fileBytes.max())+bodyLimit))
	if err != nil {
		return nil, fmt.Errorf("the upload broke off: %w", err)
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return body, nil // raw, of whatever type
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, fmt.Errorf("the form has no file in it: %w", err)
		}
		if part.FileName() != "" || part.FormName() == "file" {
			return io.ReadAll(part)
		}
	}
}

// receive keeps the bytes of the file whose door this is.
func (s *Server) receive(door string, content []byte) (int, error) {
	i := slices.IndexFunc(s.files, func(f *file) bool { return f.opens(door) })
	switch {
	case i < 0:
		return http.StatusNotFound, fmt.Errorf("there is no upload at this address")
	case s.files[i].completed():
		return http.StatusConflict, fmt.Errorf("this upload is completed")
	case len(content) != s.files[i].length:
		return http.StatusBadRequest, fmt.Errorf("%d bytes were announced and %d came", s.files[i].length, len(content))
	}
	s.files[i].content = content
	return http.StatusOK, nil
}

func (f *file) opens(door string) bool {
	return subtle.ConstantTimeCompare([]byte(door), []byte(f.door)) == 1
}

// servePrivate is url_private. Who has no token gets, as in Slack, a page to
// sign in on, with status 200: a client must look at the type.
func (s *Server) servePrivate(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	_, id, _ := strings.Cut(r.PathValue("file"), "-")
	s.mu.Lock()
	kind, err := s.keys.kind(token)
	f := s.finished(id)
	allowed := err == nil && kind == botToken && slices.Contains(s.opts.Workspace.BotScopes, "files:read")
	s.mu.Unlock()
	switch {
	case !allowed:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		s.write(w, []byte("<!DOCTYPE html><title>Sign in</title><p>Sign in to see this file."))
	case f == nil:
		http.NotFound(w, r)
	default:
		s.hand(w, f)
	}
}

// servePage shows a file to the page, whose images can send no header.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.finished(r.PathValue("id"))
	s.mu.Unlock()
	if f == nil || !f.opens(r.PathValue("door")) {
		http.NotFound(w, r)
		return
	}
	s.hand(w, f)
}

// finished is a copy of a file whose upload is completed; its bytes never change.
func (s *Server) finished(id string) *file {
	f := s.fileCalled(object{"id": id})
	if f == nil || !f.completed() {
		return nil
	}
	kept := *f
	return &kept
}

// hand sends a file in a way that no browser runs it.
func (s *Server) hand(w http.ResponseWriter, f *file) {
	h := w.Header()
	mimetype := f.kind().mimetype
	h.Set("Content-Type", mimetype)
	if mimetype == "" {
		h.Set("Content-Type", "application/octet-stream")
	}
	if !strings.HasPrefix(mimetype, "image/") {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	s.write(w, f.content)
}

// forget deletes a file; the messages that showed it stay.
func (s *Server) forget(f *file) {
	s.stirShares(f)
	s.stirPictures(f)
	s.files = slices.DeleteFunc(s.files, func(x *file) bool { return x == f })
	for _, sh := range f.shares {
		if m := sh.channel.byTS[sh.ts]; m != nil {
			m.files = slices.DeleteFunc(slices.Clone(m.files), func(x *file) bool { return x == f })
		}
	}
}
