package schedule

import (
	"context"
	"fmt"
)

// ring tells people of what is due. The store knows what that is and claims it in
// the commit that queues the message, so a tick more or less, a restart or a clock
// that jumps changes nothing but the moment.
func (s *Scheduler) ring(ctx context.Context) error {
	if !s.planned {
		n, err := s.o.Store.PlanDeadlines(ctx)
		if err != nil {
			return err
		}
		if s.planned = true; n > 0 {
			s.log.Info().Int("subjects", n).Msg("deadlines planned for earlier work")
		}
	}
	n, err := s.o.Store.Ring(ctx)
	if n > 0 {
		s.log.Info().Int("messages", n).Msg("people reminded")
		s.Wake()
	}
	if err != nil {
		return fmt.Errorf("tell of deadlines: %w", err)
	}
	return nil
}
