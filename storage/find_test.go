package storage

import (
	"strings"
	"testing"
	"time"

	"healthbot/storage/record"
)

func TestFind(t *testing.T) {
	o := empty(t)
	b := record.Batch{File: "a.csv", Source: "crm"}
	for id, name := range map[string]string{"c-1": "Northwind Traders", "c-2": "Northwind", "c-3": "Südwind GmbH", "c-4": "Contoso", "c-5": "Contour Maps", "c-66": "ACME"} {
		b.Accounts = append(b.Accounts, account(id, name, "UANA"))
	}
	o.load(b)
	for _, c := range []struct{ query, want string }{
		{"northwind", "Northwind!, Northwind Traders"}, // a whole name wins over a beginning
		{" Northwind  TRADERS ", "Northwind Traders!"},
		{"C-66", "ACME!"},
		{"acm", "ACME!"}, // only one begins so
		{"südw", "Südwind GmbH!"},
		{"cont", "Contoso, Contour Maps"}, // two do
		{"contosso", "Contoso, Contour Maps"},
		{"nortwind", "Northwind, Northwind Traders, Südwind GmbH"},
		{"zzz", ""},
		{"", ""},
	} {
		found, err := o.Find(t.Context(), c.query, 3)
		o.check(err)
		var got []string
		for _, m := range found {
			mark := ""
			if m.Exact {
				mark = "!"
			}
			got = append(got, m.Name+mark)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%q finds %q, want %q", c.query, strings.Join(got, ", "), c.want)
		}
	}
	if found, err := o.Find(t.Context(), "cont", 1); err != nil || len(found) != 1 {
		t.Errorf("at most one: %v, %v", found, err)
	}

	// Accounts that another process loads are found, too.
	other := *o
	other.open()
	other.now = o.now.Add(time.Hour)
	other.load(record.Batch{File: "b.csv", Source: "crm", Accounts: []record.AccountRow{account("c-7", "Globex", "UANA")}})
	o.check(other.Close())
	if found, err := o.Find(t.Context(), "globex", 3); err != nil || len(found) != 1 || found[0].ID != "c-7" || !found[0].Exact {
		t.Errorf("after another import: %v, %v", found, err)
	}

	// One that was renamed is found by its new name, and no longer by the old one.
	o.now = other.now.Add(time.Hour)
	o.load(record.Batch{File: "c.csv", Source: "crm", Accounts: []record.AccountRow{account("c-7", "Initech", "UANA")}})
	if found, err := o.Find(t.Context(), "inittech", 3); err != nil || len(found) != 1 || found[0].ID != "c-7" {
		t.Errorf("after it was renamed: %v, %v", found, err)
	}
	if found, err := o.Find(t.Context(), "globex", 3); err != nil || len(found) > 0 {
		t.Errorf("by its old name: %v, %v", found, err)
	}
}

// The letters by which two names differ are counted as a hand slips.
func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"contoso", "contoso", 0}, {"contosso", "contoso", 1}, {"cotnoso", "contoso", 1}, {"südwind", "sudwind", 1}, {"kontosso", "contoso", 2},
		{"", "ab", 2}, {"abcd", "ab", 2}, {"contoso", "northwind", 3}, {"abcdef", "uvwxyz", 3}, {"ab", "abcde", 3},
	} {
		if got := distance([]rune(c.a), c.b, 2); got != c.want {
			t.Errorf("%q and %q are %d apart, want %d", c.a, c.b, got, c.want)
		}
		if got := distance([]rune(c.b), c.a, 2); got != c.want {
			t.Errorf("%q and %q are %d apart, want %d", c.b, c.a, got, c.want)
		}
	}
}
