package bot

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

// httpTimeout bounds every call to Slack. The outbox waits four times as long
// before it asks Slack what became of a post whose answer was lost.
const httpTimeout = 15 * time.Second

// calls are the Web API methods that the bot may use, and the scopes that each
// needs. A method that isn't here isn't called: see [slackAPI.Do].
var calls = map[string][]string{
	"apps.connections.open": nil, // the app token's connections:write
	"auth.test":             nil,
	"chat.postMessage":      {"chat:write"},
	"chat.postEphemeral":    {"chat:write"},
	"chat.update":           {"chat:write"},
	"conversations.info":    {"channels:read", "groups:read"},
	"conversations.history": {"channels:history", "groups:history", "im:history"},
	"conversations.replies": {"channels:history", "groups:history"},
	"conversations.open":    {"im:write"},
	"users.info":            {"users:read"},
	"views.open":            nil,
	"views.update":          nil,
	"views.publish":         nil,
}

// messenger is the little of Slack that the handlers use, in their words.
type messenger interface {
	whoAmI(context.Context) (identity, error)
	post(context.Context, post) (record.Receipt, error)
	update(context.Context, record.Receipt, post) error
	whisper(ctx context.Context, channel, thread, user string, m view.Message) error
	respond(ctx context.Context, url string, m view.Message, replace bool) error
	openDM(ctx context.Context, user string) (channel string, err error)
	openView(ctx context.Context, trigger string, v slack.ModalViewRequest) error
	updateView(ctx context.Context, id string, v slack.ModalViewRequest) error
	publishHome(ctx context.Context, user string, v slack.HomeTabViewRequest) error
	channel(ctx context.Context, id string) (channelFacts, error)
	user(ctx context.Context, id string) (userFacts, error)
	find(context.Context, search) (record.Receipt, bool, error)
}

// identity is who we are in which workspace.
type identity struct {
	Team, Enterprise, User, Bot string
	Scopes                      []string // granted; nil when Slack didn't say
}

// post is a message to send.
type post struct {
	channel, thread string
	message         view.Message
	delivery        string // the id that travels in the metadata; "" for an answer
}

// search looks for the message that carries a delivery's id.
type search struct {
	channel, thread, delivery string
	since                     time.Time // zero: as far back as there is
}

// channelFacts are what we must know of a channel before we speak there.
type channelFacts struct {
	Name                     string
	Shared, Archived, Member bool
}

// userFacts are what Slack says about a person.
type userFacts struct {
	Team, Enterprise                         string
	Guest, Bot, Stranger, Deleted, Connector bool
}

// slackAPI speaks with Slack through slack-go. Nothing is retried: the outbox
// decides, because only it knows whether a repeat could post twice.
type slackAPI struct {
	client             *slack.Client
	http               http.Client
	botToken, appToken string
}

func newSlackAPI(o Options) *slackAPI {
	s := &slackAPI{botToken: o.BotToken, appToken: o.AppToken, http: http.Client{Timeout: httpTimeout, Transport: transport()}}
	s.client = s.newClient(o, s)
	return s
}

// transport is ours alone, so that its idle connections can be closed.
func transport() http.RoundTripper {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		return t.Clone()
	}
	return http.DefaultTransport
}

// doer is what slack-go needs of an HTTP client.
type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// newClient makes a slack-go client that calls through d.
func (s *slackAPI) newClient(o Options, d doer) *slack.Client {
	return slack.New(o.BotToken, slack.OptionAPIURL(apiURL(o)), slack.OptionAppLevelToken(o.AppToken), slack.OptionHTTPClient(d),
		slack.OptionLog(libraryLog{o.Log, []string{o.BotToken, o.AppToken}}))
}

// apiURL ends in a slash, because slack-go joins by plain concatenation.
func apiURL(o Options) string {
	return strings.TrimSuffix(cmp.Or(o.APIURL, slack.APIURL), "/") + "/"
}

// Do refuses to call a method that doesn't say which scopes it needs, so that
// the manifest and the program can't drift apart.
func (s *slackAPI) Do(req *http.Request) (*http.Response, error) {
	if dir, method := path.Split(req.URL.Path); path.Base(dir) == "api" {
		if _, ok := calls[method]; !ok {
			return nil, fmt.Errorf("%s isn't in the table of Slack calls, so its scopes aren't in the manifest", method)
		}
	}
	return s.http.Do(req)
}

func (s *slackAPI) whoAmI(ctx context.Context) (identity, error) {
	a, err := s.client.AuthTestContext(ctx)
	if err != nil {
		return identity{}, s.failed("auth.test", err)
	}
	id := identity{Team: a.TeamID, Enterprise: a.EnterpriseID, User: a.UserID, Bot: a.BotID}
	if h := a.Header.Get("X-OAuth-Scopes"); h != "" {
		for scope := range strings.SplitSeq(h, ",") {
			id.Scopes = append(id.Scopes, strings.TrimSpace(scope))
		}
	}
	return id, nil
}

// content is what every message has. The text is escaped by the view.
func content(m view.Message) slack.MsgOption {
	return slack.MsgOptionCompose(slack.MsgOptionText(m.Text, false), slack.MsgOptionBlocks(m.Blocks...))
}

// marked adds the delivery's id, by which the message can be found again.
func (p post) marked() slack.MsgOption {
	if p.delivery == "" {
		return content(p.message)
	}
	return slack.MsgOptionCompose(content(p.message), slack.MsgOptionMetadata(slack.SlackMetadata{
		EventType: record.MetadataEvent, EventPayload: map[string]any{"id": p.delivery}}))
}

func (s *slackAPI) post(ctx context.Context, p post) (record.Receipt, error) {
	// Links are evidence; they aren't to grow into previews.
	opts := []slack.MsgOption{p.marked(), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if p.thread != "" {
		opts = append(opts, slack.MsgOptionTS(p.thread))
	}
	channel, ts, err := s.client.PostMessageContext(ctx, p.channel, opts...)
	if err != nil {
		return record.Receipt{}, s.failed("chat.postMessage", err)
	}
	return record.Receipt{Channel: channel, TS: ts}, nil
}

func (s *slackAPI) update(ctx context.Context, at record.Receipt, p post) error {
	_, _, _, err := s.client.UpdateMessageContext(ctx, at.Channel, at.TS, p.marked())
	return s.failed("chat.update", err)
}

func (s *slackAPI) whisper(ctx context.Context, channel, thread, user string, m view.Message) error {
	opts := []slack.MsgOption{content(m)}
	if thread != "" {
		opts = append(opts, slack.MsgOptionTS(thread))
	}
	_, err := s.client.PostEphemeralContext(ctx, channel, user, opts...)
	return s.failed("chat.postEphemeral", err)
}

// respond answers by response_url, by hand: slack-go adds empty metadata to such
// a message, which isn't valid metadata.
func (s *slackAPI) respond(ctx context.Context, url string, m view.Message, replace bool) error {
	const what = "answer by response_url"
	body, err := json.Marshal(map[string]any{"response_type": slack.ResponseTypeEphemeral, "replace_original": replace, "text": m.Text, "blocks": m.Blocks})
	if err != nil {
		return s.failed(what, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return s.failed(what, err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.http.Do(req)
	if err != nil {
		return s.failed(what, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return s.failed(what, slack.StatusCodeError{Code: res.StatusCode, Status: res.Status})
	}
	_, err = io.Copy(io.Discard, res.Body) // lets the connection be used again
	return s.failed(what, err)
}

func (s *slackAPI) openDM(ctx context.Context, user string) (string, error) {
	c, _, _, err := s.client.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}, ReturnIM: true})
	if err != nil {
		return "", s.failed("conversations.open", err)
	}
	return c.ID, nil
}

func (s *slackAPI) openView(ctx context.Context, trigger string, v slack.ModalViewRequest) error {
	_, err := s.client.OpenViewContext(ctx, trigger, v)
	return s.failed("views.open", err)
}

func (s *slackAPI) updateView(ctx context.Context, id string, v slack.ModalViewRequest) error {
	_, err := s.client.UpdateViewContext(ctx, v, "", "", id)
	return s.failed("views.update", err)
}

func (s *slackAPI) publishHome(ctx context.Context, user string, v slack.HomeTabViewRequest) error {
	_, err := s.client.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: v})
	return s.failed("views.publish", err)
}

func (s *slackAPI) channel(ctx context.Context, id string) (channelFacts, error) {
	c, err := s.client.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
	if err != nil {
		return channelFacts{}, s.failed("conversations.info", err)
	}
	// is_shared is also true within one organisation, where nobody is a stranger.
	shared := c.IsExtShared || c.IsPendingExtShared || (c.IsShared && !c.IsOrgShared)
	return channelFacts{Name: c.Name, Shared: shared, Archived: c.IsArchived, Member: c.IsMember}, nil
}

func (s *slackAPI) user(ctx context.Context, id string) (userFacts, error) {
	u, err := s.client.GetUserInfoContext(ctx, id)
	if err != nil {
		return userFacts{}, s.failed("users.info", err)
	}
	return userFacts{Team: u.TeamID, Enterprise: u.Enterprise.EnterpriseID, Guest: u.IsRestricted || u.IsUltraRestricted,
		Bot: u.IsBot || u.IsWorkflowBot, Stranger: u.IsStranger, Deleted: u.Deleted, Connector: u.IsConnectorBot}, nil
}

const (
	pageSize = 200
	mostPage = 25 // 5,000 messages; beyond that an honest "don't know" is better
)

// find walks a channel, or a thread, until it meets the delivery's id.
func (s *slackAPI) find(ctx context.Context, q search) (record.Receipt, bool, error) {
	oldest, cursor := "", ""
	if !q.since.IsZero() {
		oldest = fmt.Sprintf("%d.000000", q.since.Unix())
	}
	for range mostPage {
		var page []slack.Message
		var err error
		method := "conversations.history"
		if q.thread != "" {
			method = "conversations.replies"
			page, _, cursor, err = s.client.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: q.channel,
				Timestamp: q.thread, Cursor: cursor, Oldest: oldest, Limit: pageSize, IncludeAllMetadata: true})
		} else {
			var r *slack.GetConversationHistoryResponse
			r, err = s.client.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: q.channel,
				Cursor: cursor, Oldest: oldest, Limit: pageSize, IncludeAllMetadata: true})
			if err == nil {
				page, cursor = r.Messages, r.ResponseMetaData.NextCursor
			}
		}
		if err != nil {
			return record.Receipt{}, false, s.failed(method, err)
		}
		i := slices.IndexFunc(page, func(m slack.Message) bool {
			return m.Metadata.EventType == record.MetadataEvent && m.Metadata.EventPayload["id"] == q.delivery
		})
		if i >= 0 {
			return record.Receipt{Channel: q.channel, TS: page[i].Timestamp}, true, nil
		}
		if cursor == "" {
			return record.Receipt{}, false, nil
		}
	}
	return record.Receipt{}, false, fmt.Errorf("delivery %s isn't among the newest %d messages of %s", q.delivery, pageSize*mostPage, q.channel)
}

// failed says which call failed, without its secrets.
func (s *slackAPI) failed(method string, err error) error {
	if err == nil {
		return nil
	}
	return s.clean(fmt.Errorf("%s: %w", method, err))
}

// slackCode is the code with which Slack refused, or "" for any other failure.
func slackCode(err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return e.Err
	}
	return ""
}
