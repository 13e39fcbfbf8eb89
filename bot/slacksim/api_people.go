package slacksim

import (
	"slices"
	"time"
)

// strangersTeam is the workspace that people from elsewhere belong to.
const strangersTeam = "T0ELSEWHERE"

func (s *Server) teamOf(p *person) string {
	if p.Stranger {
		return strangersTeam
	}
	return s.opts.Workspace.TeamID
}

// userObject is a user as users.info shows them. Deactivated people keep their
// names and lose what only members have.
func (s *Server) userObject(p *person, withLocale bool) object {
	profile := object{
		"real_name": p.RealName, "real_name_normalized": p.RealName,
		"display_name": p.Name, "display_name_normalized": p.Name,
		"title": p.Title, "team": s.teamOf(p), "phone": "", "skype": "",
		"status_text": "", "status_emoji": "", "status_expiration": 0, "avatar_hash": "g0",
	}
	if slices.Contains(s.opts.Workspace.BotScopes, "users:read.email") && !p.Bot {
		profile["email"] = s.email(p)
	}
	u := object{
		"id": p.ID, "team_id": s.teamOf(p), "name": p.Name, "real_name": p.RealName,
		"deleted": p.Deactivated, "is_bot": p.Bot, "is_app_user": false,
		"updated": p.updated.Unix(), "profile": profile,
	}
	if p.Deactivated {
		return u
	}
	zone, err := time.LoadLocation(p.TZ)
	if err != nil {
		zone = time.UTC // Validate refused what doesn't load
	}
	label, offset := s.clock.now().In(zone).Zone()
	for k, v := range (object{
		"tz": zone.String(), "tz_label": label, "tz_offset": offset, "color": "9f69e7",
		"is_admin": false, "is_owner": false, "is_primary_owner": false,
		"is_restricted": p.Guest, "is_ultra_restricted": false,
		"is_stranger": p.Stranger, "is_email_confirmed": true, "who_can_share_contact_card": "EVERYONE",
	}) {
		u[k] = v
	}
	if withLocale {
		u["locale"] = p.Locale
	}
	return u
}

// botUser is the app's own user, which is among the people for those who ask.
func (s *Server) botUser() *person {
	w := s.opts.Workspace
	return &person{updated: s.opened, Person: Person{ID: w.BotUserID, Name: w.BotName, RealName: w.BotName, Bot: true, TZ: "UTC", Locale: "en-US"}}
}

func (c *call) everybody() []*person { return append(slices.Clone(c.people), c.botUser()) }

func (c *call) usersInfo() (object, error) {
	for _, p := range c.everybody() {
		if p.ID == c.text("user") {
			return object{"user": c.userObject(p, c.boolean("include_locale"))}, nil
		}
	}
	return nil, refuse("user_not_found")
}

func (c *call) usersList() (object, error) {
	some, next, err := paged(c, c.everybody(), func(p *person) string { return p.ID }, 1000, 1000)
	if err != nil {
		return nil, err
	}
	return object{
		"members":           objects(some, func(p *person) object { return c.userObject(p, c.boolean("include_locale")) }),
		"cache_ts":          c.clock.now().Unix(),
		"response_metadata": nextPage(next),
	}, nil
}

func (c *call) authTest() (object, error) {
	w := c.opts.Workspace
	if c.token == appToken {
		return object{"app_name": w.BotName, "app_id": w.AppID}, nil
	}
	return object{
		"url": "https://" + w.domain() + ".slack.com/", "team": w.TeamName, "user": w.BotName,
		"team_id": w.TeamID, "user_id": w.BotUserID, "bot_id": w.botID(), "is_enterprise_install": false,
	}, nil
}

func (c *call) botsInfo() (object, error) {
	if c.text("bot") != c.opts.Workspace.botID() {
		return nil, refuse("bot_not_found")
	}
	return object{"bot": c.botProfile()}, nil
}

func (c *call) teamInfo() (object, error) {
	w := c.opts.Workspace
	return object{"team": object{
		"id": w.TeamID, "name": w.TeamName, "domain": w.domain(), "email_domain": "",
		"url": "https://" + w.domain() + ".slack.com/", "icon": object{"image_default": true},
	}}, nil
}
