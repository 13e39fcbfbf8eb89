package storage

import "healthbot/storage/record"

// A message that was posted shows records. Whoever changes a record touches the
// messages that show it: their wanted revision grows, and the outbox edits them,
// several touches in one edit. Touching what isn't posted yet costs nothing,
// because messages are rendered when they are sent.

// touch marks the messages of some kinds about one subject.
func (t *tx) touch(subject string, kinds ...record.DeliveryKind) error {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return t.do("UPDATE delivery SET wanted = wanted + 1, touched_at = $1 WHERE subject = $2 AND kind IN "+among(3), instant(t.now), subject, ids(names))
}

// touchReview marks the card of a review, the digest that counts it, and the
// line to the account's owner.
func (t *tx) touchReview(rv record.Review, a record.Account) error {
	if err := t.touch(rv.ID, record.Card); err != nil || rv.Run == "" {
		return err
	}
	if err := t.touch(rv.Run, record.Digest); err != nil {
		return err
	}
	owner, ok := t.rules.People.Acting(a, t.today())
	if !ok {
		return nil
	}
	return t.do("UPDATE delivery SET wanted = wanted + 1, touched_at = $1 WHERE key = $2",
		instant(t.now), record.DeliveryKey(record.OwnerLine, rv.Run, owner.ID))
}

func (t *tx) touchTask(id string) error { return t.touch(id, record.TaskDM) }

func (t *tx) touchEscalation(id string) error {
	return t.touch(id, record.EscalationDM, record.EscalatedDM)
}

// touchAccount marks everything that shows the account: the cards of its
// reviews in open runs, the DMs of its open tasks and of its open escalation.
func (t *tx) touchAccount(account string) error {
	a, err := t.account(account)
	if err != nil {
		return err
	}
	reviews, err := list(&t.reader, t.intoReview, "SELECT "+reviewCols+` FROM review rv LEFT JOIN run rn ON rn.id = rv.run
		WHERE rv.account = $1 AND (rv.state NOT IN ('decided', 'carried') OR rn.state = 'open')`, account)
	if err != nil {
		return err
	}
	for _, rv := range reviews {
		if err := t.touchReview(rv, a); err != nil {
			return err
		}
	}
	tasks, err := list(&t.reader, column[string], "SELECT id FROM task WHERE account = $1 AND state IN ('open', 'accepted')", account)
	if err != nil {
		return err
	}
	for _, id := range tasks {
		if err := t.touchTask(id); err != nil {
			return err
		}
	}
	escalations, err := list(&t.reader, column[string], "SELECT id FROM escalation WHERE account = $1 AND state IN ('waiting for an answer', 'acknowledged')", account)
	if err != nil {
		return err
	}
	for _, id := range escalations {
		if err := t.touchEscalation(id); err != nil {
			return err
		}
	}
	return nil
}
