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

// touchAccounts does the same for many accounts with a few statements, because it
// holds the writer.
func (t *tx) touchAccounts(accounts []string) error {
	type shown struct {
		review, run string
		account     record.Account
	}
	reviews, err := list(&t.reader, func(x *shown) []any {
		return append([]any{&x.review, scanOptional{&x.run}}, intoAccount(&x.account)...)
	}, "SELECT rv.id, rv.run, "+accountCols+` FROM review rv JOIN account ac ON ac.id = rv.account LEFT JOIN run rn ON rn.id = rv.run
		WHERE rv.account IN `+among(1)+` AND (rv.state NOT IN ('decided', 'carried') OR rn.state = 'open')`, ids(accounts))
	if err != nil {
		return err
	}
	var subjects, keys []string
	for _, x := range reviews {
		subjects = append(subjects, x.review)
		if x.run == "" {
			continue
		}
		subjects = append(subjects, x.run)
		if owner, ok := t.rules.People.Acting(x.account, t.today()); ok {
			keys = append(keys, record.DeliveryKey(record.OwnerLine, x.run, owner.ID))
		}
	}
	work, err := list(&t.reader, column[string], `SELECT id FROM task WHERE state IN ('open', 'accepted') AND account IN `+among(1)+`
		UNION ALL SELECT id FROM escalation WHERE state IN ('waiting for an answer', 'acknowledged') AND account IN `+among(1), ids(accounts))
	if err != nil {
		return err
	}
	if subjects = append(subjects, work...); len(subjects) == 0 {
		return nil
	}
	kinds := ids([]string{string(record.Card), string(record.Digest), string(record.TaskDM), string(record.EscalationDM), string(record.EscalatedDM)})
	err = t.do("UPDATE delivery SET wanted = wanted + 1, touched_at = $1 WHERE subject IN "+among(2)+" AND kind IN "+among(3), instant(t.now), ids(subjects), kinds)
	if err != nil {
		return err
	}
	return t.do("UPDATE delivery SET wanted = wanted + 1, touched_at = $1 WHERE key IN "+among(2), instant(t.now), ids(keys))
}
