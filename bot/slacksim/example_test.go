package slacksim_test

import (
	"context"
	"fmt"

	"healthbot/bot/slacksim"
)

// A workspace with one person, who writes to a channel that the app may read.
func Example() {
	server, err := slacksim.New(slacksim.Options{Workspace: slacksim.Workspace{
		TeamID: "T1", TeamName: "Example", AppID: "A1", BotUserID: "U1", BotName: "healthbot", Command: "/health",
		BotScopes: []string{"commands", "channels:history"}, AppScopes: []string{"connections:write"},
		Events:   []string{"message.channels"},
		People:   []slacksim.Person{{ID: "U2", Name: "ana", RealName: "Ana Ruiz", TZ: "Europe/Madrid"}},
		Channels: []slacksim.Channel{{ID: "C1", Name: "csm", Members: []string{"U1", "U2"}}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	// The app under test is given server.APIURL(), BotToken() and AppToken();
	// a person opens server.PageURL(). Here, somebody plays the person.

	ctx := context.Background()
	ana, err := server.Control().As("Ana Ruiz")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := ana.Say(ctx, "#csm", "How is Acme?"); err != nil {
		fmt.Println(err)
		return
	}
	messages, err := ana.Messages(ctx, "#csm")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range messages {
		fmt.Println(m.Text())
	}
	fmt.Println(ana.Command(ctx, "#csm", "/health acme"))
	// Output:
	// How is Acme?
	// ana was told: /health failed with the error "dispatch_failed".
}
