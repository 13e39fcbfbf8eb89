package slacksim

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A method is one row of the Web API.
type method struct {
	token  tokenKind
	tier   tier
	scopes []string // any one of these opens the method
	run    func(*call) (object, error)
}

type tokenKind int

const (
	botToken tokenKind = 1 << iota
	appToken
)

// methods is the Web API as far as it is simulated. Where a method serves
// several kinds of channel it lists the scopes of all, and the one that this
// channel needs is checked when the channel is known.
var methods map[string]method

func init() { // not a literal: the methods call back into the table
	methods = map[string]method{
		"apps.connections.open": {appToken, tier3, []string{"connections:write"}, (*call).connectionsOpen},
		"auth.test":             {botToken | appToken, tierSpecial, nil, (*call).authTest},
		"auth.revoke":           {botToken, tier3, nil, (*call).authRevoke},
		"bots.info":             {botToken, tier3, []string{"users:read"}, (*call).botsInfo},
		"team.info":             {botToken, tier3, []string{"team:read"}, (*call).teamInfo},

		"chat.postMessage":   {botToken, tierSpecial, []string{"chat:write"}, (*call).postMessage},
		"chat.update":        {botToken, tier3, []string{"chat:write"}, (*call).update},
		"chat.delete":        {botToken, tier3, []string{"chat:write"}, (*call).deleteMessage},
		"chat.postEphemeral": {botToken, tier4, []string{"chat:write"}, (*call).postEphemeral},
		"chat.getPermalink":  {botToken, tierSpecial, nil, (*call).getPermalink},

		"chat.scheduleMessage":        {botToken, tier3, []string{"chat:write"}, (*call).scheduleMessage},
		"chat.deleteScheduledMessage": {botToken, tier3, []string{"chat:write"}, (*call).deleteScheduled},
		"chat.scheduledMessages.list": {botToken, tier3, nil, (*call).scheduledList},

		"conversations.list":    {botToken, tier2, readScopes, (*call).conversationsList},
		"conversations.info":    {botToken, tier3, readScopes, (*call).conversationsInfo},
		"conversations.members": {botToken, tier4, readScopes, (*call).conversationsMembers},
		"conversations.history": {botToken, tier3, historyScopes, (*call).conversationsHistory},
		"conversations.replies": {botToken, tier3, historyScopes, (*call).conversationsReplies},
		"conversations.open":    {botToken, tier3, []string{"im:write", "mpim:write"}, (*call).conversationsOpen},
		"conversations.join":    {botToken, tier3, []string{"channels:join"}, (*call).conversationsJoin},

		"users.info": {botToken, tier4, []string{"users:read"}, (*call).usersInfo},
		"users.list": {botToken, tier2, []string{"users:read"}, (*call).usersList},

		"users.lookupByEmail":   {botToken, tier3, []string{"users:read.email"}, (*call).lookupByEmail},
		"usergroups.list":       {botToken, tier2, []string{"usergroups:read"}, (*call).usergroupsList},
		"usergroups.users.list": {botToken, tier2, []string{"usergroups:read"}, (*call).usergroupsUsersList},

		"files.getUploadURLExternal":   {botToken, tier4, []string{"files:write"}, (*call).getUploadURLExternal},
		"files.completeUploadExternal": {botToken, tier4, []string{"files:write"}, (*call).completeUploadExternal},
		"files.info":                   {botToken, tier4, []string{"files:read"}, (*call).filesInfo},
		"files.upload":                 {botToken, tier2, []string{"files:write"}, (*call).filesUpload},
		"files.delete":                 {botToken, tier3, []string{"files:write"}, (*call).filesDelete},

		"reactions.add":    {botToken, tier3, []string{"reactions:write"}, (*call).reactionsAdd},
		"reactions.remove": {botToken, tier2, []string{"reactions:write"}, (*call).reactionsRemove},

		"blocks.validate": {botToken, tierSpecial, nil, (*call).blocksValidate},

		"views.open":    {botToken, tier4, nil, (*call).viewsOpen},
		"views.push":    {botToken, tier4, nil, (*call).viewsPush},
		"views.update":  {botToken, tier4, nil, (*call).viewsUpdate},
		"views.publish": {botToken, tier4, nil, (*call).viewsPublish},
	}
	maps.Copy(methods, absentMethods)
}

var (
	readScopes    = []string{"channels:read", "groups:read", "im:read", "mpim:read"}
	historyScopes = []string{"channels:history", "groups:history", "im:history", "mpim:history"}
)

// A call is one request being carried out, under the server's mutex.
type call struct {
	*Server
	args
	method string
	token  tokenKind
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	a, token, err := readArgs(r)

	s.mu.Lock()
	record := s.beginCall(name, a)
	fault := s.takeFault(name)
	s.touch()
	s.mu.Unlock()

	if fault.before(w, r) { // answered, or cut off, without effect
		s.endCall(record, nil, fault.describe())
		return
	}
	var answer object
	s.mu.Lock()
	if err == nil {
		answer, err = s.carryOut(name, a, token)
	}
	s.touch()
	s.mu.Unlock()

	var refused *apiError
	if errors.As(err, &refused) {
		answer = refused.answer()
	} else {
		answer["ok"] = true
	}
	if fault.after(w) { // done, and nobody will know
		s.endCall(record, answer, fault.describe())
		return
	}
	s.endCall(record, answer, "")
	s.reply(w, name, token, refused, answer)
}

// reply writes an answer as Slack does: 200 for all but rate limits, and the
// scopes of a token that is one.
func (s *Server) reply(w http.ResponseWriter, name, token string, refused *apiError, answer object) {
	status := http.StatusOK
	if refused != nil {
		status = cmp.Or(refused.status, status)
		if refused.retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(refused.retryAfter))
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Slack-Req-Id", secret(16))
	s.mu.Lock()
	kind, err := s.keys.kind(token)
	s.mu.Unlock()
	if err == nil {
		w.Header().Set("X-OAuth-Scopes", strings.Join(s.scopesOf(kind), ","))
		w.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(methods[name].scopes, ","))
	}
	w.WriteHeader(status)
	s.write(w, encode(answer))
}

// write sends a body. A caller that has gone away is its own concern.
func (s *Server) write(w http.ResponseWriter, body []byte) {
	if _, err := w.Write(body); err != nil {
		s.opts.Log("the caller left before its answer was written: %v", err)
	}
}

func (s *Server) carryOut(name string, a args, token string) (object, error) {
	m, known := methods[name]
	if !known {
		return nil, &apiError{code: "unknown_method", more: object{"req_method": name}}
	}
	kind, err := s.keys.kind(token)
	if err != nil {
		return nil, err
	}
	if m.token&kind == 0 {
		return nil, refuse("not_allowed_token_type")
	}
	c := &call{Server: s, args: a, method: name, token: kind}
	if err := c.needsAny(m.scopes...); err != nil {
		return nil, err
	}
	if err := s.spend("method "+name, float64(perMinute[m.tier])/60, perMinute[m.tier]); err != nil {
		return nil, err
	}
	return m.run(c)
}

func (s *Server) scopesOf(kind tokenKind) []string {
	if kind == appToken {
		return s.opts.Workspace.AppScopes
	}
	return s.opts.Workspace.BotScopes
}

func (c *call) scopes() []string { return c.scopesOf(c.token) }

// needsAny refuses a call whose token has none of the scopes.
func (c *call) needsAny(scopes ...string) error {
	if len(scopes) == 0 {
		return nil
	}
	for _, s := range scopes {
		if slices.Contains(c.scopes(), s) {
			return nil
		}
	}
	return missingScope(strings.Join(scopes, ","), strings.Join(c.scopes(), ","))
}

// A bucket holds what may be spent at once; it refills steadily, on real time.
type bucket struct {
	left float64
	at   time.Time
}

// spend takes one from the named bucket or refuses with the seconds to wait.
func (s *Server) spend(name string, perSecond float64, burst int) error {
	perSecond *= s.opts.RateFactor
	full := max(1, float64(burst)*s.opts.RateFactor)
	now := time.Now()
	b := s.rates[name]
	if b == nil {
		b = &bucket{left: full, at: now}
		s.rates[name] = b
	}
	b.left = min(full, b.left+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.left < 1 {
		return rateLimited(int(math.Ceil((1 - b.left) / perSecond)))
	}
	b.left--
	return nil
}
