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
}
