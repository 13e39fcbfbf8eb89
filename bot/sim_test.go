package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"healthbot/bot/slacksim"
	"healthbot/bot/view"
	"healthbot/storage/record"
)

// These tests speak with the local Slack over real sockets.

func workspace() slacksim.Workspace {
	w := slacksim.Workspace{TeamID: "T0LOCAL", TeamName: "Local Office", AppID: "A0APP", BotUserID: "U0BOT", BotName: "healthbot", Command: cmdHealth,
		BotScopes: Scopes(), AppScopes: AppScopes(), Events: Subscriptions()}
	for _, p := range people().All() {
		w.People = append(w.People, slacksim.Person{ID: p.ID, Name: strings.ToLower(p.Name), RealName: p.Name, TZ: "UTC", Locale: "en-US"})
	}
	w.People = append(w.People, slacksim.Person{ID: "U0GIL", Name: "gil", RealName: "Gil Guest", TZ: "UTC", Guest: true})
	all := []string{"U0BOT", "U0GIL"}
	for _, p := range everybody {
		all = append(all, p.ID)
	}
	w.Channels = []slacksim.Channel{
		{ID: "C0CSM", Name: "csm", Members: all},
		{ID: "C0OUT", Name: "outside", Private: true, Members: []string{ana.ID}},
		{ID: "C0OLD", Name: "old", Archived: true, Members: all},
		{ID: "C0SHARED", Name: "shared", Shared: true, Members: all},
	}
	return w
}

// office is a running local Slack, and what a bot needs to know of it.
type office struct {
	*slacksim.Server
	t       *testing.T
	control *slacksim.Client
	o       Options
}

func newOffice(t *testing.T, s Store, change ...func(*slacksim.Options)) *office {
	t.Helper()
	so := slacksim.Options{Workspace: workspace(), RateFactor: 1000, Now: func() time.Time { return noon }, Log: t.Logf}
	for _, c := range change {
		c(&so)
	}
	srv, err := slacksim.New(so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	o := options(s)
	o.APIURL, o.BotToken, o.AppToken = srv.APIURL(), srv.BotToken(), srv.AppToken()
	return &office{Server: srv, t: t, control: srv.Control(), o: o}
}

// open starts a bot and returns when both of its sockets are there. The bot ends
// with stop, or with the test.
func (f *office) open() (b *Bot, stop func() error) {
	f.t.Helper()
	quick := slacksTempo
	quick.stagger, quick.firstGap, quick.window = 0, time.Millisecond, 0
	return f.openAt(quick)
}

// openAt starts a bot that is as patient as it is told to be.
func (f *office) openAt(tempo tempo) (b *Bot, stop func() error) {
	f.t.Helper()
	b, err := newBot(f.o, tempo)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(f.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	f.t.Cleanup(func() {
		if err := stop(); err != nil {
			f.t.Errorf("the bot ended with %v", err)
		}
	})
	bounded, enough := context.WithTimeout(f.t.Context(), tempo.stagger+20*time.Second)
	defer enough()
	if err := f.control.Wait(bounded, func(d slacksim.Dump) bool { return d.Connections == ownSockets }); err != nil {
		f.t.Fatalf("both sockets: %v", err)
	}
	<-b.Ready()
	return b, stop
}

func (f *office) wait(what string, done func(slacksim.Dump) bool) {
	f.t.Helper()
	if err := f.control.Wait(f.t.Context(), done); err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
}

func (f *office) seat(p record.Person) *slacksim.Seat {
	f.t.Helper()
	s, err := f.control.As(p.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *office) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *office) dump() slacksim.Dump {
	f.t.Helper()
	d, err := f.control.Dump(f.t.Context())
	f.must(err)
	return d
}

// post delivers a card into a thread of its own.
func (f *office) post(b *Bot, kind record.DeliveryKind, subject, to string) record.Receipt {
	f.t.Helper()
	at, err := b.Deliver(f.t.Context(), record.Delivery{ID: "dl_" + subject + string(kind), Kind: kind, Subject: subject, To: to, SentAt: time.Now()})
	f.must(err)
	return at
}

// TestAReview is the daily routine over real sockets: Review, Next, Save. The
// local Slack refuses whatever Slack would refuse in our forms and answers.
func TestAReview(t *testing.T) {
	s, did := story(openCase())
	f := newOffice(t, s)
	b, _ := f.open()
	card := f.post(b, record.Card, "rv_1", "C0CSM")
	seat, at := f.seat(ana), slacksim.Target{Channel: card.Channel, TS: card.TS}

	f.must(seat.Click(t.Context(), at, "Review"))
	f.wait("the form", func(d slacksim.Dump) bool { return modal(d, ana.ID) == view.CallOutcome })
	f.must(seat.Choose(t.Context(), "Your decision", "🟢 stable"))
	f.must(seat.Submit(t.Context()))
	f.wait("the next step", func(d slacksim.Dump) bool { return modal(d, ana.ID) == view.CallFollow })
	f.must(seat.Submit(t.Context()))
	f.wait("the end", func(d slacksim.Dump) bool { return modal(d, ana.ID) == "" })
	if got := *did; len(got) != 2 || got[0] != "draft rv_1 of U0ANA: stable" || !strings.HasPrefix(got[1], "decide stable") {
		t.Errorf("recorded %q", got)
	}
	if r := f.dump().Refusals; len(r) > 0 {
		t.Errorf("the local Slack refused %v", r)
	}
}

func modal(d slacksim.Dump, who string) string {
	for _, p := range d.People {
		if p.ID == who && len(p.Modals) > 0 {
			return p.Modals[len(p.Modals)-1].CallbackID
		}
	}
	return ""
}

// TestEveryForm opens each form by its button and submits it as it is: the local
// Slack judges the views, and field errors must fall on inputs that exist.
func TestEveryForm(t *testing.T) {
	s := oneAccount()
	s.change = func(_ context.Context, _ record.Actor, verb any) (any, error) {
		if v, ok := verb.(interface{ Validate() error }); ok {
			return nil, v.Validate()
		}
		if v, ok := verb.(record.Snooze); ok {
			return nil, v.Validate(record.DateOf(noon))
		}
		return nil, nil
	}
	f := newOffice(t, s)
	b, _ := f.open()
	for _, c := range []struct {
		kind         record.DeliveryKind
		subject, to  string
		who          record.Person
		press, shown string
	}{
		{record.Card, "rv_1", "C0CSM", ana, "Review", view.CallOutcome},
		{record.Card, "rv_1", "C0CSM", ana, "Snooze…", view.CallSnooze},
		{record.Card, "rv_1", "C0CSM", lee, "Change owner…", view.CallOwner},
		{record.TaskDM, "tk_1", ana.ID, ana, "Done…", view.CallTaskDone},
		{record.TaskDM, "tk_1", ana.ID, ana, "Decline…", view.CallTaskDecline},
		{record.EscalationDM, "es_1", mgr.ID, mgr, "Decide…", view.CallDecide},
	} {
		at := f.post(b, c.kind, c.subject, c.to)
		seat := f.seat(c.who)
		if err := seat.Click(t.Context(), slacksim.Target{Channel: at.Channel, TS: at.TS}, c.press); err != nil {
			t.Errorf("%s: %v", c.press, err)
			continue
		}
		f.wait(c.press, func(d slacksim.Dump) bool { return modal(d, c.who.ID) == c.shown })
		// Incomplete on purpose: an answer that Slack can't show would be an error here.
		if err := seat.Submit(t.Context()); err != nil {
			if _, ok := err.(slacksim.FieldErrors); !ok {
				t.Errorf("%s: %v", c.press, err)
			}
		}
		for modal(f.dump(), c.who.ID) != "" {
			f.must(seat.CloseModal(t.Context()))
		}
	}
	if r := f.dump().Refusals; len(r) > 0 {
		t.Errorf("the local Slack refused %v", r)
	}
}

// TestAsking: the command anywhere, the mention in its thread, the message in the
// DM, Home; and nothing of it is seen by others.
func TestAsking(t *testing.T) {
	f := newOffice(t, oneAccount())
	_, _ = f.open()
	seat := f.seat(ana)
	f.must(seat.Command(t.Context(), "csm", "/health acme"))
	f.must(seat.Command(t.Context(), "outside", "/health mine")) // the bot isn't in there
	ts, err := seat.Say(t.Context(), "csm", "what about Acme?")
	f.must(err)
	_, err = seat.Reply(t.Context(), "csm", ts, "@healthbot acme")
	f.must(err)
	_, err = seat.Say(t.Context(), "dm", "queue")
	f.must(err)
	home, err := seat.Home(t.Context())
	f.must(err)
	if home == nil || len(home.Text()) == 0 {
		t.Error("Home is empty")
	}
	f.wait("three private answers and one in the DM", func(d slacksim.Dump) bool {
		ephemerals, direct := 0, 0
		for _, room := range d.Channels {
			for _, m := range room.Messages {
				switch {
				case m.Ephemeral && m.To == ana.ID:
					ephemerals++
				case room.Kind == "dm" && m.BotID != "":
					direct++
				case m.BotID != "":
					t.Errorf("everybody reads %q in %s", m.Plain, room.Name)
				}
			}
		}
		return ephemerals == 3 && direct == 1
	})
	thread, err := seat.Thread(t.Context(), "csm", ts)
	f.must(err)
	if !slices.ContainsFunc(thread, func(m slacksim.Message) bool { return m.Ephemeral && strings.Contains(m.Plain, "Acme") }) {
		t.Errorf("the mention wasn't answered in its thread: %v", thread)
	}
	if n, err := seat.Notices(t.Context()); err != nil || len(n) > 0 {
		t.Errorf("Slack complained: %q %v", n, err)
	}
}

// TestRefused: guests, and channels that another company reads.
func TestRefused(t *testing.T) {
	f := newOffice(t, oneAccount())
	_, _ = f.open()
	gil, err := f.control.As("gil")
	f.must(err)
	f.must(gil.Command(t.Context(), "csm", "/health acme"))
	f.must(f.seat(ana).Command(t.Context(), "shared", "/health acme"))
	for who, want := range map[string]string{"U0GIL": "Guests can't use healthbot", ana.ID: "shared with another company"} {
		f.wait(want, func(d slacksim.Dump) bool {
			for _, room := range d.Channels {
				for _, m := range room.Messages {
					if m.To == who && strings.Contains(m.Plain, want) {
						return true
					}
				}
			}
			return false
		})
	}
}

// TestLostAnswer: Slack posted, but its answer never came. The look-up finds the
// message, in the channel as in a thread; what wasn't posted isn't found.
func TestLostAnswer(t *testing.T) {
	f := newOffice(t, oneAccount())
	b, _ := f.open()
	parent := f.post(b, record.Digest, "rn_1", "C0CSM")
	for name, d := range map[string]record.Delivery{
		"channel": {ID: "dl_a", Kind: record.Digest, Subject: "rn_1", To: "C0CSM"},
		"thread":  {ID: "dl_b", Kind: record.Card, Subject: "rv_1", To: "C0CSM", Parent: "dl_0", ParentTS: parent.TS},
		"DM":      {ID: "dl_c", Kind: record.TaskDM, Subject: "tk_1", To: ana.ID},
	} {
		d.SentAt = time.Now()
		for fault, there := range map[string]bool{"lost_answer": true, "500_after": true, "reset": false, "500_before": false} {
			d := d
			d.ID += fault
			f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: fault, Method: "chat.postMessage"}))
			_, err := b.Deliver(t.Context(), d)
			judge(t, err, -1, "")
			at, found, err := b.Lookup(t.Context(), d)
			if err != nil || found != there || found && !posted(f.dump(), at, d.ID) {
				t.Errorf("%s, %s: found %t at %v, %v; want %t", name, fault, found, at, err, there)
			}
		}
	}
}

func posted(d slacksim.Dump, at record.Receipt, id string) bool {
	for _, room := range d.Channels {
		for _, m := range room.Messages {
			if room.ID == at.Channel && m.TS == at.TS {
				return strings.Contains(fmt.Sprint(m.Metadata), id)
			}
		}
	}
	return false
}

// TestEditing: an edit keeps the place, and the id by which it can be found.
func TestEditing(t *testing.T) {
	f := newOffice(t, oneAccount())
	b, _ := f.open()
	d := record.Delivery{ID: "dl_1", Kind: record.Digest, Subject: "rn_1", To: "C0CSM", SentAt: time.Now()}
	at, err := b.Deliver(t.Context(), d)
	f.must(err)
	d.Channel, d.TS = at.Channel, at.TS
	f.must(b.Edit(t.Context(), d))
	again, found, err := b.Lookup(t.Context(), d)
	if again != at || !found || err != nil {
		t.Errorf("after the edit it is %v, %t, %v; was %v", again, found, err, at)
	}
	f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: "429", Method: "chat.update", RetryAfter: 7}))
	judge(t, b.Edit(t.Context(), d), 7*time.Second, "patience")
	d.TS = "1.000001"
	judge(t, b.Edit(t.Context(), d), 0, "deleted")
}
