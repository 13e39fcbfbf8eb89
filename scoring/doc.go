// Package scoring turns what is known about a customer into a health score
// with its evidence and its doubt. It is pure: values in, values out; no clock,
// no database, no Slack, and nothing imported beyond the standard library.
//
// The words, in the order in which data flows:
//
//	reading    one value of a measure for an account, as a source reported it
//	fact       something dated (milestone, ticket, invoice, contact, touch)
//	           from which measures are derived at review time
//	finding    one judgement on one measure: points, evidence, age, or "unknown"
//	result     the score: findings added up, capped, banded, with coverage,
//	           range, holds and a proposal
//
// [Evaluate] does all of it. A [Model] holds every number and text it uses, so
// the same input under the same model gives the same result for ever.
//
// # The formula
//
// A measure's value x maps through five anchors to a score S of 0 to 100. Its
// freshness Q is 1 up to the allowed age and then halves every half-life. Good
// news ages toward the norm N, bad news stands:
//
//	e = S             if S ≤ N
//	e = N + Q·(S − N) otherwise, and N when nothing is known
//
// With W the measure's share of the whole, over all measures of the signals in
// service:
//
//	health    H = Σ W·e        points of a measure = W·(e − N)
//	coverage  C = Σ W·Q
//	adjusted    = clamp(H + override, 0, 100)
//	score     D = min(adjusted, caps), kept in whole tenths
//
// Shares are never re-spread over what happens to be known, so silence cannot
// turn into green: it turns into low coverage and, below the floor, into
// "unscored", which is a legal answer and not a zero.
package scoring
