package bot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"healthbot/bot/view"
)

// TestHugeForm: an ack of 20 kB is dropped by Slack without a word, so a larger
// form comes after a small one.
func TestHugeForm(t *testing.T) {
	big := view.Done("")
	for range 60 {
		big.Blocks.BlockSet = append(big.Blocks.BlockSet, slack.NewSectionBlock(slack.NewTextBlockObject(slack.PlainTextType, strings.Repeat("x", 400), false, false), nil, nil))
	}
	big.CallbackID = view.CallOutcome
	g := &gesture{kind: submit, view: slack.View{ID: "V1"}}
	payload, later := reply(g, form(big))
	b, err := json.Marshal(payload)
	if err != nil || len(b) > 2000 || later == nil || later.CallbackID != view.CallOutcome {
		t.Errorf("an ack of %d bytes (%v), and later %v", len(b), err, later)
	}
	f := newFakeSlack()
	bot := testBot(oneAccount(), f)
	if err := bot.present(t.Context(), g, form(*later)); err != nil || !slices.Equal(f.said, []string{"updateView V1 " + view.CallOutcome}) {
		t.Errorf("then %q, %v", f.said, err)
	}
}
