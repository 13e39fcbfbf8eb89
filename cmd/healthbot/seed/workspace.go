package seed

import "healthbot/bot/slacksim"

// Workspace is Quillmoor's Slack: everybody in [members], the channels that the
// routes name, and those in which the bot must be careful.
func Workspace() slacksim.Workspace {
	w := slacksim.Workspace{
		TeamID: "T01QUILLMOOR", TeamName: "Quillmoor",
		AppID: "A01HEALTHBOT", BotUserID: botID, BotName: "healthbot", Command: "/health",
		BotScopes: []string{"chat:write", "commands", "app_mentions:read", "channels:read", "groups:read",
			"channels:history", "groups:history", "im:history", "im:write", "users:read"},
		AppScopes: []string{"connections:write"},
		Events: []string{"app_home_opened", "app_mention", "message.im", "member_joined_channel", "channel_shared",
			"channel_archive", "group_archive", "channel_left", "group_left", "user_change"},
	}
	var everybody, staff []string
	for _, m := range members {
		w.People = append(w.People, slacksim.Person{ID: m.id, Name: m.handle, RealName: m.name, Title: m.title,
			TZ: m.zone, Locale: "en-US", Guest: m.guest, Stranger: m.stranger})
		if m.stranger {
			continue
		}
		everybody = append(everybody, m.id)
		if !m.guest {
			staff = append(staff, m.id)
		}
	}
	with := func(ids ...string) []string { return append(ids, marta, diego, noor, tom, grace, sam, botID) }
	w.Channels = []slacksim.Channel{
		{ID: general, Name: "general", Topic: "Everybody at Quillmoor", Members: append(everybody, botID)},
		{ID: enterprise, Name: "cs-enterprise", Topic: "Account health, Mondays at nine", Members: with(ana, yuki)},
		{ID: midMarket, Name: "cs-mid-market", Topic: "Account health, Mondays at nine", Members: with(kofi, liam)},
		{ID: smb, Name: "cs-smb", Topic: "Account health, Mondays at nine", Members: with(priya, liam)},
		{ID: leadership, Name: "leadership", Topic: "Private", Private: true, Members: []string{grace, marta, diego}},
		{ID: shared, Name: "acme-shared", Topic: "With Acme, through Slack Connect", Shared: true, Members: []string{ana, marta, guest, felix, botID}},
		{ID: archived, Name: "old-project", Topic: "Closed", Archived: true, Members: staff},
	}
	return w
}
