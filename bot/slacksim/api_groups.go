package slacksim

import (
	"slices"
	"strings"
)

// email is a person's address; one of the workspace's own when none is given.
func (s *Server) email(p *person) string {
	if p.Email != "" || p.Bot {
		return p.Email
	}
	return p.Name + "@" + s.opts.Workspace.domain() + ".example"
}

func (c *call) lookupByEmail() (object, error) {
	if err := c.missing("email"); err != nil {
		return nil, err
	}
	for _, p := range c.people {
		if !p.Bot && !p.Deactivated && strings.EqualFold(c.email(p), c.text("email")) {
			return object{"user": c.userObject(p, false)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

// Group is a user group: people who can be mentioned by one handle.
type Group struct {
	ID, Handle, Name string // S…, "csm-leads", "CSM leads"
	Members          []string
	Disabled         bool
}

func (c *call) usergroupsList() (object, error) {
	groups := []any{}
	for _, g := range c.opts.Workspace.Groups {
		if g.Disabled && !c.boolean("include_disabled") {
			continue
		}
		o := object{
			"id": g.ID, "team_id": c.opts.Workspace.TeamID, "is_usergroup": true, "is_subteam": true, "name": g.Name,
			"description": "", "handle": g.Handle, "is_external": false, "date_create": c.opened.Unix(),
			"date_update": c.opened.Unix(), "date_delete": 0, "auto_type": nil, "auto_provision": false,
			"created_by": "USLACKBOT", "updated_by": "USLACKBOT", "deleted_by": nil,
			"prefs": object{"channels": []any{}, "groups": []any{}},
		}
		if g.Disabled {
			o["date_delete"] = c.opened.Unix()
		}
		if c.boolean("include_users") {
			o["users"] = anyList(g.Members)
		}
		if c.boolean("include_count") {
			o["user_count"] = len(g.Members)
		}
		groups = append(groups, o)
	}
	return object{"usergroups": groups}, nil
}

func (c *call) usergroupsUsersList() (object, error) {
	all := c.opts.Workspace.Groups
	i := slices.IndexFunc(all, func(g Group) bool { return g.ID == c.text("usergroup") })
	if i < 0 || all[i].Disabled && !c.boolean("include_disabled") {
		return nil, refuse("no_such_subteam")
	}
	return object{"users": anyList(all[i].Members)}, nil
}
