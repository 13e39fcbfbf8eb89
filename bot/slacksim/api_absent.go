package slacksim

import "fmt"

// absentMethods are those of Slack that an app of this kind may well call and
// that are not simulated. Who lacks the scope is told so, as in Slack; who has
// it gets the answer of a Slack that is out of order, which no app may take for
// success, and the inspector says why.
var absentMethods = map[string]method{
	"chat.startStream":  {botToken, tier2, []string{"chat:write"}, (*call).notSimulated},
	"chat.appendStream": {botToken, tier4, []string{"chat:write"}, (*call).notSimulated},
	"chat.stopStream":   {botToken, tier2, []string{"chat:write"}, (*call).notSimulated},
	"pins.add":          {botToken, tier2, []string{"pins:write"}, (*call).notSimulated},
	"pins.remove":       {botToken, tier2, []string{"pins:write"}, (*call).notSimulated},
	"pins.list":         {botToken, tier2, []string{"pins:read"}, (*call).notSimulated},
	"bookmarks.add":     {botToken, tier2, []string{"bookmarks:write"}, (*call).notSimulated},
	"bookmarks.edit":    {botToken, tier2, []string{"bookmarks:write"}, (*call).notSimulated},
	"bookmarks.remove":  {botToken, tier2, []string{"bookmarks:write"}, (*call).notSimulated},
	"bookmarks.list":    {botToken, tier2, []string{"bookmarks:read"}, (*call).notSimulated},
	"calls.add":         {botToken, tier2, []string{"calls:write"}, (*call).notSimulated},
}

func (c *call) notSimulated() (object, error) {
	c.deny(nil, fmt.Sprintf("%s is not simulated here; Slack has it", c.method), "")
	return nil, refuse("service_unavailable")
}
