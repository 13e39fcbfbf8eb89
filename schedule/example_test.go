package schedule_test

import (
	"fmt"
	"time"

	"healthbot/schedule"
	"healthbot/storage/record"
)

// A nightly slot at half past two, in the nights in which Berlin's clocks change.
func ExampleDue() {
	berlin, _ := schedule.ParseZone("Europe/Berlin")
	spec, _ := schedule.ParseCron("30 2 * * *")
	for _, night := range []time.Time{
		time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC),  // 2:30 doesn't exist
		time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC), // 2:30 comes twice
	} {
		last := schedule.WallAt(night, berlin)
		for now := night; now.Sub(night) < 3*time.Hour; now = now.Add(5 * time.Second) {
			for _, slot := range schedule.Due(spec, berlin, last, now, record.CatchLatest, 0) {
				fmt.Printf("slot %s is run at %s\n", slot.Wall, now.In(berlin).Format("15:04 MST"))
				last = slot.Wall
			}
		}
	}
	// Output:
	// slot 2026-03-29T02:30 is run at 03:00 CEST
	// slot 2026-10-25T02:30 is run at 02:30 CEST
}
