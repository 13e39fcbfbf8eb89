package storage

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Account loads an account as it stands now.
func (db *DB) Account(ctx context.Context, id string) (a record.Account, err error) {
	err = db.read(ctx, func(r *reader) error {
		a, err = r.account(id)
		return err
	})
	return a, err
}

// Accounts lists all accounts by name.
func (db *DB) Accounts(ctx context.Context) (out []record.Account, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = list(r, intoAccount, "SELECT "+accountCols+" FROM account ac ORDER BY ac.name, ac.id")
		return err
	})
	return out, err
}

// AccountIDs lists all accounts in the order of their ids, in which the tables stand.
func (db *DB) AccountIDs(ctx context.Context) (out []string, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = list(r, column[string], "SELECT id FROM account ORDER BY id")
		return err
	})
	return out, err
}

func (r *reader) account(id string) (record.Account, error) {
	return must(r, "account", intoAccount, "SELECT "+accountCols+" FROM account ac WHERE ac.id = $1", id)
}

// accountsAsOf rebuilds accounts from the history of their attributes: for
// each, what was received last by then, whichever source brought it. Accounts
// of which nothing was known by then are left out.
func (r *reader) accountsAsOf(accounts []string, asOf time.Time) (map[string]record.Account, error) {
	return r.accountsWith(noBatch, accounts, asOf)
}

// noBatch is the number of no batch.
const noBatch = -1

// accountsWith rebuilds accounts as if a batch were loaded already.
func (r *reader) accountsWith(batch int64, accounts []string, asOf time.Time) (map[string]record.Account, error) {
	type row struct {
		account string
		attr    record.Attribute
		value   string
	}
	rows, err := list(r, func(x *row) []any { return []any{&x.account, &x.attr, &x.value} },
		`SELECT account, attribute, value FROM (
			SELECT account, attribute, value, row_number() OVER (PARTITION BY account, attribute ORDER BY received_at DESC, n DESC) AS newest
			FROM account_attribute WHERE account IN `+among(1)+` AND received_at <= $2
			AND batch NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL AND n <> $3))
		WHERE newest = 1`, ids(accounts), instant(asOf), batch)
	if err != nil {
		return nil, err
	}
	out := map[string]record.Account{}
	for _, x := range rows {
		a, ok := out[x.account]
		if !ok {
			a = record.Account{ID: x.account, Name: x.account}
		}
		if err := setAttribute(&a, x.attr, x.value); err != nil {
			return nil, fmt.Errorf("account %s: %w", x.account, err)
		}
		out[x.account] = a
	}
	return out, nil
}

// setAttribute reads an attribute's canonical text; the error says what was expected.
func setAttribute(a *record.Account, attr record.Attribute, value string) (err error) {
	switch attr {
	case record.AttrName:
		if value != "" {
			a.Name = value
		}
	case record.AttrSegment:
		a.Segment = value
	case record.AttrStage:
		a.Stage = scoring.Stage(value)
		switch a.Stage {
		case "", scoring.Onboarding, scoring.Active, scoring.Renewing, scoring.Churned:
		default:
			err = errors.New("onboarding, active, renewing or churned")
		}
	case record.AttrSeats:
		a.Seats = 0
		if value != "" {
			a.Seats, err = strconv.Atoi(value)
		}
		if err != nil || a.Seats < 0 {
			err = errors.New("a whole number of seats")
		}
	case record.AttrStarted:
		a.StartedOn, err = day(value)
	case record.AttrARR:
		a.ARR = 0
		if value != "" {
			a.ARR, err = strconv.ParseFloat(value, 64)
		}
		if err != nil || !(a.ARR >= 0 && a.ARR < 1e15) {
			err = errors.New("an amount of money, digits only")
		}
	case record.AttrCurrency:
		a.Currency = value
	case record.AttrRenewal:
		a.RenewalOn, err = day(value)
	case record.AttrOwner:
		a.Owner = value
	case record.AttrBackup:
		a.Backup = value
	case record.AttrManager:
		a.Manager = value
	case record.AttrCRM:
		a.CRM = value
	case record.AttrProcess:
		a.Process = value
	case record.AttrProcessAt:
		a.ProcessAt = value
	case record.AttrExternal:
		a.ExternalIDs = value
	case record.AttrLinks:
		a.Links = value
	case record.AttrTags:
		a.Tags = value
	default:
		err = fmt.Errorf("an attribute that healthbot knows, not %q", attr)
	}
	return err
}

func day(s string) (record.Date, error) {
	d, err := record.ParseDate(s)
	if err != nil {
		err = errors.New("a date as YYYY-MM-DD")
	}
	return d, err
}

// everything is an "as of" that leaves nothing out, whatever the clocks say.
var everything = time.UnixMilli(1<<62 - 1)
