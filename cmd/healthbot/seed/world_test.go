package seed

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"healthbot/schedule/source"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// world is what the files say, read by the ordinary reader.
type world struct {
	batches map[string]record.Batch // by file
	rows    int
}

// model is the one that the demo runs with: every signal has a source.
func model() scoring.Model {
	m := scoring.AllSignals().InService(Policy().Signals()...)
	for _, s := range Policy().Sources {
		m.SourceOrder = append(m.SourceOrder, s.Name)
	}
	return m
}

// worlds keeps what was loaded: several tests look at the same moments.
var worlds = map[time.Time]world{}

func load(t *testing.T, now time.Time) world {
	t.Helper()
	if w, ok := worlds[now]; ok {
		return w
	}
	w := world{batches: map[string]record.Batch{}}
	for _, f := range Files(now) {
		b, err := source.ReadAll(bytes.NewReader(f.CSV), f.Name, source.Options{Kind: f.Kind, Source: f.Source, Zone: Policy().Zone, Now: now, Model: model()})
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		for _, r := range b.Refused {
			t.Errorf("refused: %s", r)
		}
		w.batches[f.Name] = b
		w.rows += len(b.Accounts) + len(b.Readings) + len(b.Facts)
	}
	worlds[now] = w
	return w
}

// inputs are what was known at a moment, as the database would answer.
func (w world) inputs(t *testing.T, asOf time.Time) map[string]scoring.Input {
	t.Helper()
	accounts, out := map[string]record.Account{}, map[string]scoring.Input{}
	synced := map[scoring.FactKind]time.Time{}
	known := func(at time.Time) bool { return !at.After(asOf) }
	for _, name := range slices.Sorted(maps.Keys(w.batches)) {
		for _, r := range w.batches[name].Accounts {
			if known(r.ReceivedAt) {
				a := accounts[r.ID]
				a.ID = r.ID
				attribute(t, &a, r.Values)
				accounts[r.ID] = a
			}
		}
	}
	for id, a := range accounts {
		out[id] = scoring.Input{Now: asOf, Account: a.Scoring(asOf.In(Policy().Zone)), Synced: synced}
	}
	for _, b := range w.batches {
		for _, r := range b.Readings {
			if in, ok := out[r.Account]; ok && known(r.ReceivedAt) {
				in.Readings = append(in.Readings, scoring.Reading{Measure: r.Measure, Source: b.Source, Value: r.Value, ObservedAt: r.ObservedAt, ReceivedAt: r.ReceivedAt, Evidence: r.Evidence})
				out[r.Account] = in
			}
		}
		for _, r := range b.Facts {
			in, ok := out[r.Account]
			if !ok || !known(r.ReceivedAt) {
				continue
			}
			if r.ReceivedAt.After(synced[r.Kind]) {
				synced[r.Kind] = r.ReceivedAt
			}
			switch f := &in.Facts; r.Kind {
			case scoring.KindMilestone:
				f.Milestones = append(f.Milestones, *r.Milestone)
			case scoring.KindTicket:
				f.Tickets = append(f.Tickets, *r.Ticket)
			case scoring.KindInvoice:
				f.Invoices = append(f.Invoices, *r.Invoice)
			case scoring.KindContact:
				f.Contacts = append(f.Contacts, *r.Contact)
			case scoring.KindTouch:
				f.Touches = append(f.Touches, *r.Touch)
			}
			out[r.Account] = in
		}
	}
	return out
}

func attribute(t *testing.T, a *record.Account, values map[record.Attribute]string) {
	t.Helper()
	for k, v := range values {
		var err error
		switch k {
		case record.AttrName:
			a.Name = v
		case record.AttrSegment:
			a.Segment = v
		case record.AttrSeats:
			a.Seats, err = strconv.Atoi(v)
		case record.AttrStarted:
			a.StartedOn, err = record.ParseDate(v)
		case record.AttrRenewal:
			a.RenewalOn, err = record.ParseDate(v)
		case record.AttrOwner:
			a.Owner = v
		case record.AttrManager:
			a.Manager = v
		case record.AttrBackup:
			a.Backup = v
		case record.AttrProcess:
			a.Process = v
		}
		if err != nil {
			t.Fatalf("%s of %s: %v", k, a.ID, err)
		}
	}
}
