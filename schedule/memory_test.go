package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// memory is a Store that forgets. It keeps the rules that storage keeps: the
// oldest first, parents before their children, one run for a slot.
type memory struct {
	mu     sync.Mutex
	before func(method string) error // may refuse, or panic instead of, any call
	calls  map[string]int

	runs      []record.Run
	snapshots map[string]map[string]record.Snapshot // by run and account
	missing   map[string][]string
	accounts  []record.Account
	due       []string
	queue     []record.QueueRow
	inputs    func(ids []string, asOf time.Time) []scoring.Input
	early     []record.Snapshot // until they joined a run
	load      int64
	joined    []string // "job slot: accounts"
	woken     []record.Date
	since     time.Time                   // when the first account became known
	staged    map[[2]string]record.Weekly // by moment and account
	weeks     []scoredWeek

	rings   int // answers of Ring: a message each time until it is 0
	notices []record.Notice

	deliveries []*record.Delivery
	claimed    map[string]time.Time
}

func newMemory() *memory {
	return &memory{
		calls: map[string]int{}, snapshots: map[string]map[string]record.Snapshot{},
		missing: map[string][]string{}, claimed: map[string]time.Time{}, staged: map[[2]string]record.Weekly{},
	}
}

// enter begins a method: it waits for its turn and asks whether it may go on.
func (m *memory) enter(ctx context.Context, method string) (leave func(), err error) {
	m.mu.Lock()
	m.calls[method]++
	defer func() {
		if leave == nil {
			m.mu.Unlock()
		}
	}()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if m.before != nil {
		if err := m.before(method); err != nil {
			return nil, err
		}
	}
	return m.mu.Unlock, nil
}

func (m *memory) LastWeek(ctx context.Context) (string, time.Time, error) {
	leave, err := m.enter(ctx, "LastWeek")
	if err != nil {
		return "", time.Time{}, err
	}
	defer leave()
	if n := len(m.weeks); n > 0 {
		return m.weeks[n-1].Slot, time.Time{}, nil
	}
	return "", m.since, nil
}

func (m *memory) StageWeekly(ctx context.Context, rows []record.Weekly) error {
	leave, err := m.enter(ctx, "StageWeekly")
	if err != nil {
		return err
	}
	defer leave()
	for _, x := range rows {
		m.staged[[2]string{x.At.UTC().String(), x.Account}] = x
	}
	return nil
}

func (m *memory) SaveWeeks(ctx context.Context, weeks []record.Week) error {
	leave, err := m.enter(ctx, "SaveWeeks")
	if err != nil {
		return err
	}
	defer leave()
	for _, w := range weeks {
		if !slices.ContainsFunc(m.weeks, func(x scoredWeek) bool { return x.Slot == w.Slot }) {
			m.weeks = append(m.weeks, scoredWeek{w, m.scores(w.At)})
		}
	}
	return nil
}

// scoredWeek is a week with its rows, by account.
type scoredWeek struct {
	record.Week
	Scores []record.Weekly
}

func (m *memory) scores(at time.Time) (out []record.Weekly) {
	for _, x := range m.staged {
		if x.At.Equal(at) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b record.Weekly) int { return strings.Compare(a.Account, b.Account) })
	return out
}

func (m *memory) PlanDeadlines(ctx context.Context) (int, error) {
	leave, err := m.enter(ctx, "PlanDeadlines")
	if err != nil {
		return 0, err
	}
	leave()
	return 0, nil
}

func (m *memory) Ring(ctx context.Context) (n int, err error) {
	leave, err := m.enter(ctx, "Ring")
	if err != nil {
		return 0, err
	}
	defer leave()
	n, m.rings = m.rings, 0
	return n, nil
}

func (m *memory) LastMissed(ctx context.Context, job string) (last string, err error) {
	leave, err := m.enter(ctx, "LastMissed")
	if err != nil {
		return "", err
	}
	defer leave()
	for _, n := range m.notices {
		if n.Job == job && n.Kind == record.NoticeMissed {
			last = max(last, n.Slot)
		}
	}
	return last, nil
}

func (m *memory) Notify(ctx context.Context, n record.Notice) (bool, error) {
	leave, err := m.enter(ctx, "Notify")
	if err != nil {
		return false, err
	}
	defer leave()
	for _, have := range m.notices {
		if have.Kind == n.Kind && have.Job == n.Job && have.Slot == n.Slot {
			return false, nil
		}
	}
	m.notices = append(m.notices, n)
	return true, nil
}

func (m *memory) LastSlot(ctx context.Context, job string) (last string, err error) {
	leave, err := m.enter(ctx, "LastSlot")
	if err != nil {
		return "", err
	}
	defer leave()
	for _, r := range m.runs {
		if r.Job == job {
			last = max(last, r.Slot)
		}
	}
	return last, nil
}

func (m *memory) BeginRun(ctx context.Context, r record.Run) (record.Run, bool, error) {
	leave, err := m.enter(ctx, "BeginRun")
	if err != nil {
		return r, false, err
	}
	defer leave()
	for _, have := range m.runs {
		if have.Job == r.Job && have.Slot == r.Slot {
			return have, false, nil
		}
	}
	r.ID = fmt.Sprintf("rn_%s_%s", r.Job, r.Slot)
	m.runs = append(m.runs, r)
	return r, true, nil
}

// begun counts the runs.
func (m *memory) begun() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.runs)
}

func (m *memory) Accounts(ctx context.Context) ([]record.Account, error) {
	leave, err := m.enter(ctx, "Accounts")
	if err != nil {
		return nil, err
	}
	defer leave()
	return slices.Clone(m.accounts), nil
}

func (m *memory) AccountIDs(ctx context.Context) (out []string, err error) {
	leave, err := m.enter(ctx, "AccountIDs")
	if err != nil {
		return nil, err
	}
	defer leave()
	for _, a := range m.accounts {
		out = append(out, a.ID)
	}
	slices.Sort(out)
	return out, nil
}

func (m *memory) DueAccounts(ctx context.Context, _ string, _ record.Date) ([]string, error) {
	leave, err := m.enter(ctx, "DueAccounts")
	if err != nil {
		return nil, err
	}
	defer leave()
	return m.due, nil
}

func (m *memory) Queue(ctx context.Context, _ record.QueueFilter) ([]record.QueueRow, error) {
	leave, err := m.enter(ctx, "Queue")
	if err != nil {
		return nil, err
	}
	defer leave()
	return m.queue, nil
}

func (m *memory) Inputs(ctx context.Context, ids []string, asOf time.Time) (out []scoring.Input, err error) {
	leave, err := m.enter(ctx, "Inputs")
	if err != nil {
		return nil, err
	}
	defer leave()
	if m.inputs != nil {
		return m.inputs(ids, asOf), nil
	}
	for _, id := range ids {
		out = append(out, scoring.Input{Now: asOf, Account: scoring.Account{ID: id}})
	}
	return out, nil
}

func (m *memory) InputsAt(ctx context.Context, ids []string, moments []time.Time) (out [][]scoring.Input, err error) {
	leave, err := m.enter(ctx, "InputsAt")
	if err != nil {
		return nil, err
	}
	leave()
	for _, id := range ids {
		var known []scoring.Input
		for _, at := range moments {
			in, err := m.Inputs(ctx, []string{id}, at)
			if err != nil {
				return nil, err
			}
			known = append(known, in...)
		}
		out = append(out, known)
	}
	return out, nil
}

func (m *memory) SaveSnapshots(ctx context.Context, run string, list []record.Snapshot) error {
	leave, err := m.enter(ctx, "SaveSnapshots")
	if err != nil {
		return err
	}
	defer leave()
	if m.snapshots[run] == nil {
		m.snapshots[run] = map[string]record.Snapshot{}
	}
	for _, s := range list {
		if _, ok := m.snapshots[run][s.Account]; !ok {
			m.snapshots[run][s.Account] = s
		}
	}
	return nil
}

func (m *memory) OpenRun(ctx context.Context, id string, missing []string) (record.Run, error) {
	leave, err := m.enter(ctx, "OpenRun")
	if err != nil {
		return record.Run{}, err
	}
	defer leave()
	for i, r := range m.runs {
		if r.ID == id && r.State == record.RunBegun {
			m.runs[i].State, m.missing[id] = record.RunOpen, missing
			return m.runs[i], nil
		}
	}
	return record.Run{}, errors.New("no such run is begun")
}

func (m *memory) Early(ctx context.Context, _ string, _ time.Time, _ record.Date) ([]record.Snapshot, error) {
	leave, err := m.enter(ctx, "Early")
	if err != nil {
		return nil, err
	}
	defer leave()
	return slices.Clone(m.early), nil
}

func (m *memory) JoinRun(ctx context.Context, r record.Run, s []record.Snapshot) ([]record.Run, error) {
	leave, err := m.enter(ctx, "JoinRun")
	if err != nil {
		return nil, err
	}
	defer leave()
	for _, x := range s {
		m.joined = append(m.joined, fmt.Sprintf("%s %s: %s", r.Job, r.Slot, x.Account))
	}
	m.early = nil
	return []record.Run{r}, nil
}

func (m *memory) LastLoad(ctx context.Context) (int64, error) {
	leave, err := m.enter(ctx, "LastLoad")
	if err != nil {
		return 0, err
	}
	defer leave()
	return m.load, nil
}

func (m *memory) WakeSnoozed(ctx context.Context, today record.Date) (int, error) {
	leave, err := m.enter(ctx, "WakeSnoozed")
	if err != nil {
		return 0, err
	}
	defer leave()
	m.woken = append(m.woken, today)
	return 1, nil
}

func (m *memory) find(id string) *record.Delivery {
	for _, d := range m.deliveries {
		if d.ID == id {
			return d
		}
	}
	return nil
}

func (m *memory) NextDelivery(ctx context.Context) (record.Delivery, bool, error) {
	leave, err := m.enter(ctx, "NextDelivery")
	if err != nil {
		return record.Delivery{}, false, err
	}
	defer leave()
	now := time.Now()
	for _, d := range m.deliveries {
		parent := m.find(d.Parent)
		if d.State != record.Pending || d.NotUntil.After(now) || parent != nil && parent.State != record.Sent {
			continue
		}
		d.State, d.SentAt = record.Sending, now
		d.Attempts++
		d.Shown = d.Wanted
		m.claimed[d.ID] = now
		out := *d
		if parent != nil {
			out.ParentTS = parent.TS
		}
		return out, true, nil
	}
	return record.Delivery{}, false, nil
}

func (m *memory) change(ctx context.Context, method, id string, change func(d *record.Delivery)) error {
	leave, err := m.enter(ctx, method)
	if err != nil {
		return err
	}
	defer leave()
	if d := m.find(id); d != nil {
		change(d)
	}
	return nil
}

func (m *memory) DeliverySent(ctx context.Context, id string, r record.Receipt) error {
	return m.change(ctx, "DeliverySent", id, func(d *record.Delivery) { d.State, d.Channel, d.TS = record.Sent, r.Channel, r.TS })
}

func (m *memory) DeliveryRefused(ctx context.Context, id string, no record.Refusal) error {
	return m.change(ctx, "DeliveryRefused", id, func(d *record.Delivery) {
		d.State, d.Reason = record.Dead, no.Reason
		if no.Again {
			d.State, d.NotUntil = record.Pending, time.Now().Add(no.After)
		}
	})
}

func (m *memory) DeliveryLost(ctx context.Context, id string) error {
	return m.change(ctx, "DeliveryLost", id, func(d *record.Delivery) {
		if d.State == record.Sending {
			d.State = record.Pending
		}
	})
}

func (m *memory) Unsettled(ctx context.Context, before time.Time) (out []record.Delivery, err error) {
	leave, err := m.enter(ctx, "Unsettled")
	if err != nil {
		return nil, err
	}
	defer leave()
	for _, d := range m.deliveries {
		if d.State == record.Sending && m.claimed[d.ID].Before(before) {
			out = append(out, *d)
		}
	}
	return out, nil
}

func (m *memory) NextEdit(ctx context.Context) (record.Delivery, bool, error) {
	leave, err := m.enter(ctx, "NextEdit")
	if err != nil {
		return record.Delivery{}, false, err
	}
	defer leave()
	for _, d := range m.deliveries {
		if d.State == record.Sent && d.Wanted > d.Shown {
			return *d, true, nil
		}
	}
	return record.Delivery{}, false, nil
}

func (m *memory) Edited(ctx context.Context, id string, shown int) error {
	return m.change(ctx, "Edited", id, func(d *record.Delivery) { d.Shown = max(d.Shown, shown) })
}

// add queues deliveries, written "id kind to [parent]".
func (m *memory) add(lines ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, line := range lines {
		f := append(strings.Fields(line), "")
		m.deliveries = append(m.deliveries, &record.Delivery{
			ID: f[0], Kind: record.DeliveryKind(f[1]), To: f[2], Parent: f[3], State: record.Pending,
		})
	}
}

func (m *memory) touch(ids ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		m.find(id).Wanted++
	}
}

// delivery is a copy of one, as it stands.
func (m *memory) delivery(id string) record.Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	return *m.find(id)
}

func (m *memory) count(method string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[method]
}

// refuse makes some methods fail from now on; none: all work.
func (m *memory) refuse(err error, methods ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = func(method string) error {
		for _, x := range methods {
			if x == method {
				return err
			}
		}
		return nil
	}
}
