package record

import (
	"time"

	"healthbot/scoring"
)

// Week is one weekly scoring of all accounts, due or not: Mondays at 00:00 of
// the office. It carries bands, latches and trends from one week to the next.
type Week struct {
	Slot   string // wall time, "2026-11-23T00:00": its key
	At     time.Time
	Scores []Weekly
}

// Weekly is one account's weekly score.
type Weekly struct {
	Result scoring.Result
	State  scoring.Carried // what it hands to the next week
}
