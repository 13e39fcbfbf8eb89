package source

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"healthbot/storage/record"
)

func sameFact(a, b record.FactRow) bool {
	return a.Account == b.Account && same(a.Milestone, b.Milestone) && same(a.Ticket, b.Ticket) && same(a.Invoice, b.Invoice) &&
		same(a.Contact, b.Contact) && same(a.Touch, b.Touch)
}

func same[T comparable](a, b *T) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// difference words the first field in which two rows differ; both texts are ""
// where none does.
func difference(a, b map[string]string) (was, is string) {
	for _, k := range slices.Sorted(maps.Keys(join(a, b))) {
		if a[k] != b[k] {
			return k + " " + shown(a[k]), k + " " + shown(b[k])
		}
	}
	return "", ""
}

func join(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

func shown(s string) string {
	if s == "" {
		return "nothing"
	}
	return show(s)
}

// said is what a fact says, by the names under which it is stored.
func said(r record.FactRow) map[string]string {
	var fact any
	switch {
	case r.Milestone != nil:
		fact = r.Milestone
	case r.Ticket != nil:
		fact = r.Ticket
	case r.Invoice != nil:
		fact = r.Invoice
	case r.Contact != nil:
		fact = r.Contact
	case r.Touch != nil:
		fact = r.Touch
	}
	out := map[string]string{"account": r.Account}
	fields := map[string]any{}
	b, err := json.Marshal(fact)
	if err == nil {
		err = json.Unmarshal(b, &fields)
	}
	if err != nil { // facts are plain values with years of four digits
		panic(fmt.Sprintf("source: a %s can't be encoded: %v", r.Kind, err))
	}
	for k, v := range fields {
		out[k] = fmt.Sprint(v)
	}
	return out
}

// attributes is what a row says about an account.
func attributes(r record.AccountRow) map[string]string {
	out := map[string]string{}
	for k, v := range r.Values {
		out[string(k)] = v
	}
	return out
}
