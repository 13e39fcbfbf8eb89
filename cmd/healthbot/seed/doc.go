// Package seed is the fictional company that `healthbot demo` shows: Quillmoor,
// which sells shift planning to 66 customers, its people and its Slack.
//
// Nothing here is a real customer, and nothing is a special path through the
// program: [Files] are CSV files as other systems would export them, and they
// go through the ordinary importer.
//
// # How a year of data fits in two tables
//
// accounts.csv has one line per customer. Dates are distances from today, and a
// year of weekly figures is one short text:
//
//	0.82              steady at 82 %, give or take what is usual
//	0.84>0.45@20      84 % until twenty weeks ago, then straight down to 45 % now
//	0.71!3            the source stopped: the last figure came three weeks ago
//
// plot.csv adds what makes a customer's story: the missed milestone, the ticket
// that stays open, the champion who left, each in days from today. Whatever is
// not written down (the ordinary tickets, invoices, exchanges of a year) comes
// from a generator that is seeded by the account's id, so that every run of the
// demo on a given day shows the same company.
//
// # When things are known
//
// Weekly figures arrive on Mondays at 06:00 of the office and describe the week
// that ended the evening before; facts arrive every night at 06:00. Each row
// says when it was received, so that the past can be asked for, and no row lies
// after the moment it is made for.
package seed
