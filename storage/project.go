package storage

import (
	"encoding/json"
	"strings"

	"healthbot/storage/record"
)

// accountColumns are those of account_row that say what an account is, in the
// order of the view's JSON lists.
const accountColumns = "name, segment, stage, seats, started_on, arr, currency, renewal_on, owner, backup, manager, crm, process, process_link, external_ids, links, tags"

func accountValues(a record.Account) []any {
	return []any{a.Name, a.Segment, string(a.Stage), a.Seats, a.StartedOn.String(), a.ARR, a.Currency, a.RenewalOn.String(),
		a.Owner, a.Backup, a.Manager, a.CRM, a.Process, a.ProcessAt, a.ExternalIDs, a.Links, a.Tags}
}

// project writes accounts as the history of their attributes says they are now.
// One that waits for a batch is worked out anew for that, too.
func (t *tx) project(accounts []string) error {
	now, err := t.accountsAsOf(accounts, everything)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, id := range accounts {
		if a, ok := now[id]; ok {
			rows = append(rows, append([]any{id}, accountValues(a)...))
		}
	}
	set := make([]string, 0, 17)
	for c := range strings.SplitSeq(accountColumns, ", ") {
		set = append(set, c+" = excluded."+c)
	}
	err = t.insertAll("account_row", "id, "+accountColumns, "ON CONFLICT (id) DO UPDATE SET "+strings.Join(set, ", "), rows)
	if err != nil {
		return err
	}
	if err := t.do(`UPDATE account_row SET staged = NULL, next = '' WHERE id IN `+among(1)+` AND staged NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL)`, ids(accounts)); err != nil {
		return err
	}
	type waiting struct {
		id    string
		batch int64
	}
	still, err := list(&t.reader, func(x *waiting) []any { return []any{&x.id, &x.batch} }, "SELECT id, staged FROM account_row WHERE staged IS NOT NULL AND id IN "+among(1), ids(accounts))
	if err != nil {
		return err
	}
	for _, x := range still {
		if err := t.stageAccounts(x.batch, []string{x.id}); err != nil {
			return err
		}
	}
	return nil
}

// stageAccounts keeps what accounts will be once a batch is there: beside what
// they are, or, where they are new, as rows that nobody sees before.
func (t *tx) stageAccounts(batch int64, accounts []string) error {
	then, err := t.accountsWith(batch, accounts, everything)
	if err != nil {
		return err
	}
	there, err := list(&t.reader, column[string], "SELECT id FROM account_row WHERE id IN "+among(1), ids(accounts))
	if err != nil {
		return err
	}
	var changed [][2]any
	known := make(map[string]bool, len(there))
	for _, id := range there {
		known[id] = true
		changed = append(changed, [2]any{id, accountValues(then[id])})
	}
	var fresh [][]any
	for _, id := range accounts {
		if a, ok := then[id]; ok && !known[id] {
			fresh = append(fresh, append([]any{id, batch}, accountValues(a)...))
		}
	}
	if err := t.insertAll("account_row", "id, staged, "+accountColumns, "", fresh); err != nil || len(changed) == 0 {
		return err
	}
	next, err := json.Marshal(changed)
	if err != nil {
		return err
	}
	return t.do("UPDATE account_row SET staged = $1, next = x.value ->> 1 FROM json_each($2) x WHERE account_row.id = x.value ->> 0", batch, string(next))
}

// fold writes what the view shows of accounts into their rows.
func (t *tx) fold(accounts []string) error {
	return t.do(`UPDATE account_row SET (`+accountColumns+`, staged, next) = (SELECT `+accountColumns+`, NULL, '' FROM account ac WHERE ac.id = account_row.id)
		WHERE id IN `+among(1)+` AND staged NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL)`, ids(accounts))
}
