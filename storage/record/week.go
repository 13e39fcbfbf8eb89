package record

import (
	"time"

	"healthbot/scoring"
)

// Week is one weekly scoring of all accounts, due or not: Mondays at 00:00 of
// the office. It carries bands, latches and trends from one week to the next.
type Week struct {
	Slot string // wall time, "2026-11-23T00:00": its key
	At   time.Time
}

// Weekly is what is kept of one account's weekly score.
type Weekly struct {
	Account  string
	At       time.Time // the week's
	Score    scoring.Tenths
	Unscored bool
	Band     scoring.Band
	Health   float64
	State    scoring.Carried // what it hands to the next week
}

// WeeklyOf keeps of a weekly scoring what the next ones need.
func WeeklyOf(r scoring.Result, state scoring.Carried) Weekly {
	return Weekly{Account: r.Account, At: r.AsOf, Score: r.Score, Unscored: r.Unscored, Band: r.Band, Health: r.Health, State: state}
}
