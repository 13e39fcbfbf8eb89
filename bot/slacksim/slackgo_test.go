package slacksim

import (
	"context"
	"errors"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// TestAnotherClient lets a client that we did not write tell a whole story:
// connect, a command, a card with a button, a modal, a submission.
func TestAnotherClient(t *testing.T) {
	s := start(t)
	api := slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.APIURL()),
		slack.OptionHTTPClient(client))
	socket := socketmode.New(api)
	run, stop := context.WithCancel(ctx(t))
	ended := make(chan error, 1)
	go func() { ended <- socket.RunContext(run) }()

	heard := make(chan error, 1)
	submitted := make(chan string, 1)
	go func() { heard <- answerLikeAnApp(run, socket, api, submitted) }()
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool { return d.Connections == 1 }))

	ana := seat(t, s, "Ana Ruiz")
	ok(t, ana.Command(ctx(t), "#csm", "/health acme"))
	var card Message
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool {
		for _, c := range d.Channels {
			for _, m := range c.Messages {
				if m.BotID != "" {
					card = m
					return true
				}
			}
		}
		return false
	}))
	has(t, card.Text(), "acme · 59")
	has(t, card.Text(), "[Review]")

	ok(t, ana.Click(ctx(t), Target{Channel: "csm", TS: card.TS}, "Review"))
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool { return len(d.People[0].Modals) == 1 }))
	ok(t, ana.Fill(ctx(t), "Why", "sponsor silent"))
	ok(t, ana.Submit(ctx(t)))
	select {
	case note := <-submitted:
		if note != "sponsor silent" {
			t.Errorf("the app got %q", note)
		}
	case err := <-heard:
		t.Fatalf("the app ended: %v", err)
	}
	if _, err := ana.View(ctx(t)); err == nil {
		t.Error("the modal is still open")
	}

	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("RunContext: %v", err)
	}
	if err := <-heard; err != nil {
		t.Error(err)
	}
}

func answerLikeAnApp(ctx context.Context, socket *socketmode.Client, api *slack.Client, submitted chan<- string) error {
	for {
		var e socketmode.Event
		select {
		case <-ctx.Done():
			return nil
		case e = <-socket.Events:
		}
		switch data := e.Data.(type) {
		case slack.SlashCommand:
			if err := socket.AckCtx(ctx, e.Request.EnvelopeID, nil); err != nil {
				return err
			}
			button := slack.NewButtonBlockElement("review", "1", slack.NewTextBlockObject("plain_text", "Review", false, false))
			_, _, err := api.PostMessageContext(ctx, data.ChannelID, slack.MsgOptionText("acme", false), slack.MsgOptionBlocks(
				slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", data.Text+" · 59", false, false), nil, nil),
				slack.NewActionBlock("act", button),
			))
			if err != nil {
				return err
			}
		case slack.InteractionCallback:
			if err := socket.AckCtx(ctx, e.Request.EnvelopeID, nil); err != nil {
				return err
			}
			switch data.Type {
			case slack.InteractionTypeBlockActions:
				if _, err := api.OpenViewContext(ctx, data.TriggerID, reviewModal()); err != nil {
					return err
				}
			case slack.InteractionTypeViewSubmission:
				submitted <- data.View.State.Values["why"]["text"].Value
			}
		default:
			if e.Type == socketmode.EventTypeEventsAPI {
				if err := socket.AckCtx(ctx, e.Request.EnvelopeID, nil); err != nil {
					return err
				}
			}
			if e.Type == socketmode.EventTypeErrorBadMessage {
				return errors.New("the client could not read what it was sent")
			}
		}
	}
}

func reviewModal() slack.ModalViewRequest {
	plain := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain("Review"), Submit: plain("Save"), CallbackID: "review",
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("why", plain("Why"), nil, slack.NewPlainTextInputBlockElement(nil, "text")),
		}},
	}
}
