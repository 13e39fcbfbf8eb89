package storage

import (
	"encoding/json"
	"fmt"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// trail lists who did what on a review's account from the review's opening to
// the next one's, oldest first, each as a phrase that goes before "by Ana".
func (r *reader) trail(rv record.Review) ([]record.Trail, error) {
	events, err := list(r, r.intoEvent, "SELECT "+eventCols+` FROM event ev
		WHERE ev.account = $1 AND ev.actor_id <> ''
		AND ev.seq > (SELECT since FROM review WHERE id = $2)
		AND ev.seq <= COALESCE((SELECT min(since) FROM review WHERE account = $1 AND rowid > (SELECT rowid FROM review WHERE id = $2)), ev.seq)
		ORDER BY ev.seq`, rv.Account, rv.ID)
	if err != nil {
		return nil, err
	}
	var out []record.Trail
	for _, e := range events {
		text, err := r.phrase(e)
		if err != nil {
			return nil, err
		}
		if text != "" {
			out = append(out, record.Trail{At: e.At, Who: e.Actor, Text: text})
		}
	}
	return out, nil
}

// phrase words an event for a trail; "" leaves it out.
func (r *reader) phrase(e record.Event) (string, error) {
	var after struct {
		Outcome scoring.Outcome   `json:"outcome"`
		Until   record.Date       `json:"until"`
		Owner   string            `json:"owner"`
		State   string            `json:"state"`
		Points  scoring.Tenths    `json:"points"`
		Pulse   int               `json:"pulse"`
		Inputs  []json.RawMessage `json:"inputs"`
	}
	if len(e.After) > 0 {
		if err := json.Unmarshal(e.After, &after); err != nil {
			return "", fmt.Errorf("event %d: %w", e.Seq, err)
		}
	}
	switch e.Kind {
	case record.EvReview:
		return "opened", nil
	case record.EvTaken:
		return "taken", nil
	case record.EvSnoozed:
		return fmt.Sprintf("set aside until %s", after.Until), nil
	case record.EvVerified:
		if n := len(after.Inputs); n != 1 {
			return fmt.Sprintf("%d inputs verified", n), nil
		}
		return "1 input verified", nil
	case record.EvPulse:
		return fmt.Sprintf("pulse %d of 5", after.Pulse), nil
	case record.EvOverride:
		return fmt.Sprintf("overridden by %s points", after.Points.Signed()), nil
	case record.EvOverrideEnded:
		return "override ended", nil
	case record.EvCancelling:
		return "intent to cancel reported", nil
	case record.EvStaying:
		return "intent to cancel withdrawn", nil
	case record.EvOwner:
		return "given to " + r.rules.People.Name(after.Owner), nil
	case record.EvDecided:
		return string(after.Outcome), nil
	case record.EvTaskChanged:
		return "task " + after.State, nil
	case record.EvEscUpdated:
		return "escalation updated", nil
	case record.EvEscAnswered:
		return "escalation " + after.State, nil
	}
	return "", nil // what came with a decision is told by the decision
}
