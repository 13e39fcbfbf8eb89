package slacksim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client speaks the control API, as the page does.
type Client struct {
	origin, token string
	http          *http.Client
}

// patience ends a helper whose context has no deadline of its own, so that a
// test that waits for nothing says so instead of hanging.
const patience = 20 * time.Second

func newClient(origin, token string) *Client {
	return &Client{origin: origin, token: token, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// Dial makes a client of a running server from the address of its page.
func Dial(pageURL string) (*Client, error) {
	u, err := url.Parse(pageURL)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address: %w", pageURL, err)
	}
	token, ok := strings.CutPrefix(u.Fragment, "token=")
	if !ok || token == "" || u.Host == "" {
		return nil, fmt.Errorf("%q has no #token=; use the whole address that the server printed", pageURL)
	}
	return newClient(u.Scheme+"://"+u.Host, token), nil
}

// answer is what every POST answers.
type answer struct {
	OK     bool              `json:"ok"`
	Seq    int64             `json:"seq"`
	Error  string            `json:"error"`
	TS     string            `json:"ts"`
	Ack    string            `json:"ack"`
	Notice string            `json:"notice"`
	Errors map[string]string `json:"errors"`

	BotToken  string `json:"bot_token"`
	AppToken  string `json:"app_token"`
	Options   []any  `json:"options"`
	Published int    `json:"published"`
}

func (c *Client) ask(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	var raw bytes.Buffer
	if body != nil {
		raw.Write(encode(body))
	}
	r, err := http.NewRequestWithContext(ctx, method, c.origin+"/control/"+path, &raw)
	if err != nil {
		return err
	}
	r.Header.Set("X-Control-Token", c.token)
	w, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("the local Slack did not answer %s: %w", path, err)
	}
	defer w.Body.Close()
	dec := json.NewDecoder(w.Body)
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("the local Slack's answer to %s can't be read: %w", path, err)
	}
	return nil
}

// bounded gives a context a deadline if it has none.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, patience)
}

func (c *Client) post(ctx context.Context, path string, body any) (answer, error) {
	var a answer
	if err := c.ask(ctx, http.MethodPost, path, body, &a); err != nil {
		return a, err
	}
	if !a.OK {
		return a, errors.New(a.Error)
	}
	return a, nil
}

func (c *Client) get(ctx context.Context, path string) (answer, error) {
	var a answer
	if err := c.ask(ctx, http.MethodGet, path, nil, &a); err != nil {
		return a, err
	}
	if !a.OK {
		return a, errors.New(a.Error)
	}
	return a, nil
}

// As takes a person's seat: by id, handle or real name.
func (c *Client) As(who string) (*Seat, error) {
	pic, err := c.state(context.Background(), who)
	if err != nil {
		return nil, err
	}
	return &Seat{client: c, ID: str(pic.Me["id"]), Name: str(pic.Me["name"])}, nil
}

func (c *Client) state(ctx context.Context, who string) (*picture, error) {
	var pic struct {
		picture
		Error string `json:"error"`
	}
	if err := c.ask(ctx, http.MethodGet, "state?as="+url.QueryEscape(who), nil, &pic); err != nil {
		return nil, err
	}
	if !pic.OK {
		return nil, errors.New(pic.Error)
	}
	return &pic.picture, nil
}

// Dump is everything, as of now.
func (c *Client) Dump(ctx context.Context) (Dump, error) {
	var d Dump
	err := c.ask(ctx, http.MethodGet, "dump", nil, &d)
	return d, err
}

// Wait returns when a dump satisfies done. It looks again after every change
// and never sleeps. Its error says what had happened by the end.
func (c *Client) Wait(ctx context.Context, done func(Dump) bool) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	var last Dump
	for {
		d, err := c.Dump(ctx)
		if err == nil {
			if last = d; done(d) {
				return nil
			}
			_, err = c.get(ctx, fmt.Sprintf("wait?since=%d", d.Seq))
		}
		if err != nil {
			return fmt.Errorf("what was waited for did not happen; %s: %w", last.summary(), err)
		}
	}
}

// summary is the last that is known, for an error.
func (d Dump) summary() string {
	var calls []string
	for _, c := range d.Calls[max(0, len(d.Calls)-5):] {
		calls = append(calls, strings.TrimSpace(c.Method+" "+c.Error))
	}
	said := fmt.Sprintf("%d connections, last calls: %s", d.Connections, strings.Join(calls, ", "))
	if n := len(d.Refusals); n > 0 {
		said += ", last refusal: " + d.Refusals[n-1].Text
	}
	return said
}

// Idle returns when no envelope awaits its acknowledgement and nothing has been
// called for a moment.
func (c *Client) Idle(ctx context.Context) error {
	_, err := c.get(ctx, "idle")
	return err
}

// SetClock moves the office clock.
func (c *Client) SetClock(ctx context.Context, t time.Time) error {
	_, err := c.post(ctx, "clock", object{"now": t.Format(time.RFC3339Nano)})
	return err
}

// Advance moves the office clock on.
func (c *Client) Advance(ctx context.Context, d time.Duration) error {
	_, err := c.post(ctx, "clock", object{"advance": d.String()})
	return err
}

// Fault asks for a failure.
func (c *Client) Fault(ctx context.Context, f Fault) error {
	_, err := c.post(ctx, "fault", f)
	return err
}

// Admin does what an administrator does.
func (c *Client) Admin(ctx context.Context, a Admin) error {
	_, err := c.post(ctx, "admin", a)
	return err
}

// Reinstall installs the app again after its tokens were revoked, and returns
// the new ones.
func (c *Client) Reinstall(ctx context.Context) (bot, app string, err error) {
	a, err := c.post(ctx, "admin", Admin{Kind: "reinstall"})
	return a.BotToken, a.AppToken, err
}
