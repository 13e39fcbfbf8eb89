package slacksim

import (
	"bytes"
	"context"
	"encoding/base64"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func filing(o *Options) {
	o.Workspace.BotScopes = append(o.Workspace.BotScopes, "files:read", "files:write")
	o.FileDelay = time.Nanosecond
}

// stillLooking is a Slack that never gets done with looking at a file.
func stillLooking(o *Options) { filing(o); o.FileDelay = time.Hour }

var pixel = decoded("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

func decoded(text string) []byte {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return raw
}

// hold asks for an address and sends the bytes there; nothing is completed.
func hold(t *testing.T, s *Server, name string, content []byte) (id string) {
	t.Helper()
	answer := must(t, do(t, s, "files.getUploadURLExternal", object{"filename": name, "length": len(content), "alt_txt": "a line that falls"}))
	w, said := send(t, newRequest(t, "POST", str(answer["upload_url"]), "application/octet-stream", string(content)))
	if w.StatusCode != 200 || !strings.HasPrefix(str(said["raw"]), "OK - ") {
		t.Fatalf("upload: %d %s", w.StatusCode, encode(said))
	}
	return str(answer["file_id"])
}

func upload(t *testing.T, s *Server, name string, content []byte, more object) (id string) {
	t.Helper()
	id = hold(t, s, name, content)
	a := object{"files": []any{object{"id": id, "title": "A chart"}}}
	for k, v := range more {
		a[k] = v
	}
	must(t, do(t, s, "files.completeUploadExternal", a))
	return id
}

func fileInfo(t *testing.T, s *Server, id string) object {
	t.Helper()
	return obj(must(t, do(t, s, "files.info", object{"file": id}))["file"])
}

func TestAFileIsUploadedAndShared(t *testing.T) {
	s := start(t, filing)
	w := connect(t, s)
	root := post(t, s, "C0CSM", "root")
	w.ack(w.read(), nil)
	id := upload(t, s, "Chart.PNG", pixel, object{"channel_id": "C0CSM", "thread_ts": root, "initial_comment": "see"})
	e := w.read()
	w.ack(e, nil)
	event := obj(obj(e["payload"])["event"])
	if event["subtype"] != "file_share" || event["text"] != "see" || obj(list(event["files"])[0])["id"] != id || event["thread_ts"] != root {
		t.Errorf("event: %s", encode(event))
	}
	info := fileInfo(t, s, id)
	if info["mimetype"] != "image/png" || info["filetype"] != "png" || info["title"] != "A chart" || info["name"] != "Chart.PNG" ||
		string(encode(info["channels"])) != `["C0CSM"]` || info["is_public"] != true || info["alt_txt"] != "a line that falls" {
		t.Errorf("files.info: %s", encode(info))
	}
	share := obj(list(obj(obj(info["shares"])["public"])["C0CSM"])[0])
	if share["thread_ts"] != root || str(share["ts"]) == "" {
		t.Errorf("shares: %s", encode(info["shares"]))
	}
	thread := list(must(t, do(t, s, "conversations.replies", object{"channel": "C0CSM", "ts": root}))["messages"])
	if m := obj(thread[1]); obj(list(m["files"])[0])["id"] != id || m["text"] != "see" {
		t.Errorf("history: %s", encode(m))
	}
	seen, err := seat(t, s, "ana").Thread(ctx(t), "csm", root)
	ok(t, err)
	shown := seen[1].Files[0]
	if shown.Title != "A chart" || shown.Mimetype != "image/png" || shown.Size != len(pixel) || shown.Alt == "" {
		t.Errorf("Ana sees %+v", shown)
	}
	r, picture := send(t, newRequest(t, "GET", s.origin()+shown.URL, "", ""))
	if r.Header.Get("Content-Type") != "image/png" || !strings.Contains(r.Header.Get("Content-Security-Policy"), "sandbox") ||
		r.Header.Get("X-Content-Type-Options") != "nosniff" || str(picture["raw"]) != string(pixel) {
		t.Errorf("the page gets %v", r.Header)
	}
	for _, address := range []string{shown.URL + "x/y", strings.Replace(shown.URL, "/files/"+id+"/", "/files/"+id+"/guess", 1)} {
		if r, _ := send(t, newRequest(t, "GET", s.origin()+address, "", "")); r.StatusCode != 404 {
			t.Errorf("%s: %d", address, r.StatusCode)
		}
	}
}

func TestDownloads(t *testing.T) {
	s := start(t, filing)
	id := upload(t, s, "facts.csv", []byte("a,b\n"), object{"channels": "C0PRIV,D0ANA"})
	info := fileInfo(t, s, id)
	if string(encode(info["groups"])) != `["C0PRIV"]` || string(encode(info["ims"])) != `["D0ANA"]` || info["is_public"] != false {
		t.Errorf("places: %s", encode(info))
	}
	for _, key := range []string{"url_private", "url_private_download"} {
		address := str(info[key])
		r, got := send(t, newRequest(t, "GET", address, "", "", "Authorization", "Bearer "+s.BotToken()))
		if str(got["raw"]) != "a,b\n" || r.Header.Get("Content-Type") != "text/csv" || !strings.Contains(r.Header.Get("Content-Disposition"), "facts.csv") {
			t.Errorf("%s: %v %s", key, r.Header, encode(got))
		}
		for _, token := range []string{"", "Bearer nobody", "Bearer " + s.AppToken()} {
			r, got := send(t, newRequest(t, "GET", address, "", "", "Authorization", token))
			if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") || strings.Contains(str(got["raw"]), "a,b") {
				t.Errorf("with %q: %v", token, r.Header)
			}
		}
	}
	if r, _ := send(t, newRequest(t, "GET", s.origin()+"/files-pri/T0LOCAL-F404/x", "", "", "Authorization", "Bearer "+s.BotToken())); r.StatusCode != 404 {
		t.Errorf("a file that is not there: %d", r.StatusCode)
	}
	must(t, do(t, s, "files.delete", object{"file": id}))
	refused(t, do(t, s, "files.info", object{"file": id}), "file_not_found")
	refused(t, do(t, s, "files.delete", object{"file": id}), "file_not_found")
	if dm, err := seat(t, s, "ana").DM(ctx(t)); err != nil || len(dm) != 1 || len(dm[0].Files) != 0 {
		t.Errorf("afterwards: %+v %v", dm, err)
	}
	unread := start(t, func(o *Options) { o.Workspace.BotScopes = []string{"files:write", "chat:write"}; o.FileDelay = 1 })
	hidden := upload(t, unread, "f.csv", []byte("x"), object{"channel_id": "C0CSM"})
	if r, _ := send(t, newRequest(t, "GET", unread.origin()+"/files-pri/T0LOCAL-"+hidden+"/f.csv", "", "", "Authorization", "Bearer "+unread.BotToken())); !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		t.Errorf("without files:read: %v", r.Header)
	}
}

func TestWhatIsRefusedOfFiles(t *testing.T) {
	s := start(t, filing)
	for name, c := range map[string]struct {
		args object
		want string
	}{
		"no name":   {object{"length": 1}, "missing_argument"},
		"no bytes":  {object{"filename": "f", "length": 0}, "missing_argument"},
		"no number": {object{"filename": "f", "length": "many"}, "invalid_arguments"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, do(t, s, "files.getUploadURLExternal", c.args), c.want) })
	}
	answer := must(t, do(t, s, "files.getUploadURLExternal", object{"filename": "f.bin", "length": 3}))
	address, id := str(answer["upload_url"]), str(answer["file_id"])
	completing := object{"files": []any{object{"id": id}}, "channel_id": "C0CSM"}
	refused(t, do(t, s, "files.completeUploadExternal", completing), "file_not_found") // nothing came yet
	for body, want := range map[string]int{"four": 400, "ab": 400} {
		if w, _ := send(t, newRequest(t, "POST", address, "", body)); w.StatusCode != want {
			t.Errorf("%q: %d", body, w.StatusCode)
		}
	}
	if w, _ := send(t, newRequest(t, "POST", address, "multipart/form-data; boundary=b", "--b--\r\n")); w.StatusCode != 400 {
		t.Errorf("a form without a file: %d", w.StatusCode)
	}
	if w, _ := send(t, newRequest(t, "POST", s.origin()+"/upload/v1/guess", "", "abc")); w.StatusCode != 404 {
		t.Errorf("a made-up address: %d", w.StatusCode)
	}
	refused(t, do(t, s, "files.completeUploadExternal", completing), "file_not_found")
	if w, _ := send(t, newRequest(t, "POST", address, "", "abc")); w.StatusCode != 200 {
		t.Fatalf("the right bytes: %d", w.StatusCode)
	}
	refused(t, do(t, s, "files.info", object{"file": id}), "file_not_found") // not completed
	for channel, want := range map[string]string{"C404": "invalid_channel", "C0SECRET": "invalid_channel", "C0OUT": "not_in_channel", "C0OLD": "is_archived", "#csm": "invalid_channel"} {
		refused(t, do(t, s, "files.completeUploadExternal", object{"files": []any{object{"id": id}}, "channel_id": channel}), want)
	}
	refused(t, do(t, s, "files.completeUploadExternal", object{"channel_id": "C0CSM"}), "invalid_arguments")
	refused(t, do(t, s, "files.upload", object{"content": "abc"}), "method_deprecated")
	refused(t, do(t, s, "files.completeUploadExternal", object{"files": []any{object{"id": id}}, "channel_id": "C0CSM", "thread_ts": "1.000000"}), "thread_not_found")
	refused(t, do(t, s, "files.completeUploadExternal", object{"files": []any{object{"id": id}}, "channel_id": "C0CSM", "blocks": `[{"type":"x"}]`}), "invalid_blocks")
	if messages, err := seat(t, s, "ana").Messages(ctx(t), "csm"); err != nil || len(messages) != 0 {
		t.Errorf("what was refused was shown: %v %v", messages, err)
	}
	must(t, do(t, s, "files.completeUploadExternal", completing))
	refused(t, do(t, s, "files.completeUploadExternal", completing), "file_not_found") // once only
	if w, _ := send(t, newRequest(t, "POST", address, "", "abc")); w.StatusCode != 409 {
		t.Errorf("after it was completed: %d", w.StatusCode)
	}
	if info := fileInfo(t, s, id); info["mimetype"] != "text/plain" || info["filetype"] != "binary" {
		t.Errorf("a file of no known name: %s", encode(info))
	}
}

func TestAFormIsTakenApart(t *testing.T) {
	s := start(t, filing)
	answer := must(t, do(t, s, "files.getUploadURLExternal", object{"filename": "p.png", "length": len(pixel)}))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	ok(t, form.WriteField("token", "t"))
	part, err := form.CreateFormFile("file", "p.png")
	ok(t, err)
	_, err = part.Write(pixel)
	ok(t, err)
	ok(t, form.Close())
	if w, _ := send(t, newRequest(t, "POST", str(answer["upload_url"]), form.FormDataContentType(), body.String())); w.StatusCode != 200 {
		t.Fatalf("status %d", w.StatusCode)
	}
	must(t, do(t, s, "files.completeUploadExternal", object{"files": `[{"id":"` + str(answer["file_id"]) + `"}]`}))
	if info := fileInfo(t, s, str(answer["file_id"])); string(encode(info["size"])) != string(encode(len(pixel))) || info["title"] != "p.png" {
		t.Errorf("files.info: %s", encode(info))
	}
}

func slackImage(ref string) object {
	return object{"channel": "C0CSM", "text": "t", "blocks": `[{"type":"image","alt_text":"a","slack_file":` + ref + `}]`}
}

// Until Slack has looked at it, a file has no type and can't stand in a block.
func TestAFileTakesAMoment(t *testing.T) {
	s := start(t, stillLooking)
	id := upload(t, s, "c.png", pixel, object{"channel_id": "C0CSM"})
	if info := fileInfo(t, s, id); info["mimetype"] != "" || info["filetype"] != "" {
		t.Errorf("already known: %s", encode(info))
	}
	answer := refused(t, do(t, s, "chat.postMessage", slackImage(`{"id":"`+id+`"}`)), "invalid_blocks")
	if got := stringsIn(answer["errors"]); got[0] != "invalid slack file [json-pointer:/blocks/0/slack_file]" {
		t.Errorf("errors: %q", got)
	}
}

func TestASlackFileInABlock(t *testing.T) {
	s := start(t, filing)
	open := upload(t, s, "c.png", pixel, object{"channel_id": "C0PRIV"})
	hidden := upload(t, s, "c.png", pixel, nil)
	paper := upload(t, s, "c.csv", []byte("x"), object{"channel_id": "C0CSM"})
	for _, ref := range []string{`{"id":"` + paper + `"}`, `{"id":"F404040404"}`} {
		refused(t, do(t, s, "chat.postMessage", slackImage(ref)), "invalid_blocks")
	}
	must(t, do(t, s, "chat.postMessage", slackImage(`{"id":"`+open+`"}`)))
	must(t, do(t, s, "chat.postMessage", slackImage(`{"url":"`+str(fileInfo(t, s, open)["url_private"])+`"}`)))
	must(t, do(t, s, "chat.postMessage", slackImage(`{"id":"`+hidden+`"}`)))
	refs := func(who string) []string {
		all, err := seat(t, s, who).Messages(ctx(t), "csm")
		ok(t, err)
		var urls []string
		for _, m := range all {
			each(m.Blocks, func(o object) {
				if ref := obj(o["slack_file"]); ref != nil {
					urls = append(urls, str(ref["url"]))
				}
			})
		}
		return urls
	}
	// Ana is in #leads, where one of them was shared; Ben is not.
	if got := refs("ana"); len(got) != 3 || !strings.HasPrefix(got[0], "/files/"+open) || got[2] != "" {
		t.Errorf("Ana's pictures: %q", got)
	}
	if got := refs("ben"); got[0] != "" || got[2] != "" {
		t.Errorf("Ben's pictures: %q", got)
	}
	strict := start(t, filing, func(o *Options) { o.Guesses.HiddenFilesRefused = true })
	refused(t, do(t, strict, "chat.postMessage", slackImage(`{"id":"`+upload(t, strict, "c.png", pixel, nil)+`"}`)), "invalid_blocks")
}

func TestAnotherClientUploads(t *testing.T) {
	s := start(t, filing)
	api := slack.New(s.BotToken(), slack.OptionAPIURL(s.APIURL()), slack.OptionHTTPClient(client))
	f, err := api.UploadFileContext(context.Background(), slack.UploadFileParameters{
		Reader: bytes.NewReader(pixel), FileSize: len(pixel), Filename: "c.png", Channel: "C0CSM", InitialComment: "see",
	})
	ok(t, err)
	info, _, _, err := api.GetFileInfoContext(ctx(t), f.ID, 0, 0)
	ok(t, err)
	var got bytes.Buffer
	ok(t, api.GetFileContext(ctx(t), info.URLPrivateDownload, &got))
	if info.Mimetype != "image/png" || !bytes.Equal(got.Bytes(), pixel) {
		t.Errorf("%s, %d bytes of %d", info.Mimetype, got.Len(), len(pixel))
	}
}
