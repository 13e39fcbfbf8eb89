package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// chunk is how many accounts are read, scored and saved at a time.
const chunk = 500

// advance brings a job up to date: it runs what is owed, oldest first. A slot
// once owed stays so until it is done; a fault of an hour mustn't turn a slot
// that was seen on time into a missed one.
func (s *Scheduler) advance(ctx context.Context, j *job, now time.Time) error {
	if len(j.owed) == 0 {
		owed, err := s.owed(ctx, j, now)
		if err != nil {
			return err
		}
		j.owed = owed
	}
	for ; len(j.owed) > 0; j.owed = j.owed[1:] {
		if err := guard(func() error { return s.perform(ctx, j, j.owed[0], now) }); err != nil {
			return errors.Join(fmt.Errorf("run of %s: %w", j.owed[0].Wall, err), s.reportFailed(ctx, j, err))
		}
	}
	return nil
}

// owed lists a job's slots that are due, and before them its last slot, the
// first time that this process sees it: its run may have been left as begun.
func (s *Scheduler) owed(ctx context.Context, j *job, now time.Time) ([]Slot, error) {
	from := WallAt(j.begin(s.o.First, now), j.route.Zone) // before anything can fail
	last, err := s.o.Store.LastSlot(ctx, j.route.Name)
	if err != nil {
		return nil, fmt.Errorf("read the last slot: %w", err)
	}
	var owed []Slot
	if last != "" {
		if from, err = ParseWall(last); err != nil {
			return nil, err
		}
		if last != j.done {
			owed = []Slot{{Wall: from, At: from.In(j.route.Zone)}}
		}
	}
	due := Due(j.spec, j.route.Zone, from, now, j.route.CatchUp, j.route.Grace)
	if last != "" { // a job that never ran has missed nothing
		if err := s.reportMissed(ctx, j, from, now, due); err != nil {
			return nil, err
		}
	}
	return append(owed, due...), nil
}

// begin is the moment from which a job that never ran has slots. It follows a
// clock that is set back, so that what it passes for the second time counts.
func (j *job) begin(first func(string) time.Time, now time.Time) time.Time {
	if j.since.IsZero() && first != nil {
		j.since = first(j.route.Name)
	}
	if j.since.IsZero() || now.Before(j.since) {
		j.since = now
	}
	return j.since
}

// perform makes the run of a slot, or finishes it. A run that people see
// already is left alone.
func (s *Scheduler) perform(ctx context.Context, j *job, slot Slot, now time.Time) error {
	if err := s.scoreWeeks(ctx, now, true); err != nil {
		return fmt.Errorf("the weeks before it: %w", err)
	}
	run, _, err := s.o.Store.BeginRun(ctx, record.Run{
		Job: j.route.Name, Slot: slot.Wall.String(), State: record.RunBegun,
		Segment: j.route.Segment, Channel: j.route.Channel,
		DueAt: slot.At, Late: slot.late(now), Version: s.o.Model.Label(),
	})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if run.State == record.RunBegun {
		begun := time.Now()
		run, accounts, err := s.open(ctx, run, slot.Wall.Date())
		if err != nil {
			return err
		}
		s.log.Info().Str("job", run.Job).Str("slot", run.Slot).Str("run", run.ID).Int("accounts", accounts).
			Bool("late", run.Late).Dur("took", time.Since(begun)).Msg("run opened")
		s.o.Watch.run(run.Job)
		s.Wake()
	}
	j.done = slot.Wall.String()
	return nil
}

// open scores what is due and shows the run to people. The evidence is that of
// the slot's own moment, so a run that is late or done again scores the same.
func (s *Scheduler) open(ctx context.Context, run record.Run, on record.Date) (record.Run, int, error) {
	due, err := s.o.Store.DueAccounts(ctx, run.Segment, on)
	if err != nil {
		return run, 0, fmt.Errorf("list the due accounts: %w", err)
	}
	early, err := s.o.Store.Early(ctx, run.Segment, run.DueAt, on)
	if err != nil {
		return run, 0, fmt.Errorf("look for accounts that can't wait: %w", err)
	}
	early = slices.DeleteFunc(early, func(x record.Snapshot) bool { return slices.Contains(due, x.Account) })
	sc, err := s.readScope(ctx, run, due)
	if err != nil {
		return run, 0, err
	}
	scorer := scoring.NewScorer(s.o.Model)
	err = sideBySide(ctx, due, chunk, func(ctx context.Context, ids []string) error {
		inputs, err := s.o.Store.Inputs(ctx, ids, run.DueAt)
		if err != nil {
			return fmt.Errorf("read what was known: %w", err)
		}
		snaps, unscored := s.score(scorer, inputs, run.DueAt)
		sc.took(ids, inputs, unscored)
		if err := s.o.Store.SaveSnapshots(ctx, run.ID, snaps); err != nil {
			return fmt.Errorf("save scores: %w", err)
		}
		return nil
	})
	if err != nil {
		return run, 0, err
	}
	if len(early) > 0 {
		if err := s.o.Store.SaveSnapshots(ctx, run.ID, early); err != nil {
			return run, 0, fmt.Errorf("save scores of accounts that can't wait: %w", err)
		}
	}
	run, err = s.o.Store.OpenRun(ctx, run.ID, sc.missing())
	if err != nil {
		return run, 0, fmt.Errorf("open: %w", err)
	}
	return run, len(due) + len(early), nil
}

// score makes a run's snapshots. One whose evidence the model can't digest gets
// none and is named; it must not stop everybody's review.
func (s *Scheduler) score(scorer *scoring.Scorer, inputs []scoring.Input, at time.Time) (snaps []record.Snapshot, unscored []string) {
	var failed failures
	for _, in := range inputs {
		runtime.Gosched() // somebody may wait for this core to answer a click
		failed.note(in.Account.ID, guard(func() error {
			snaps = append(snaps, record.Snapshot{Account: in.Account.ID, At: at, Result: scorer.Evaluate(in)})
			return nil
		}))
	}
	failed.report(s.log)
	return snaps, failed.accounts
}
