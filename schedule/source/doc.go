// Package source turns what other systems export into record.Batch values. It
// is pure: a reader in, a batch out; no clock, no database, no network.
//
// # What the words mean
//
//	kind     what a file holds: accounts, readings, or one kind of fact
//	column   one thing a file may say about it; the table in columns.go is the
//	         only place that knows them, and [Doc] prints it
//	mapping  a small YAML file that says how somebody else's export is read:
//	         which of their columns is ours, constants, value maps, scales
//	plan     a header and a mapping brought together, before the first row
//	line     one row as a format hands it over: texts and where they stand
//
// # How a file becomes batches
//
//	bytes ─► guard      line and record limits, encodings that aren't UTF-8
//	      ─► csv, json  delimiter found from the header; texts with positions
//	      ─► plan.row   texts to dates, numbers, choices; ranges; future times
//	      ─► gatherer   some thousand rows at a time, as a part of the file
//
// A format hands over lines (texts and a position for each); everything else is
// the same for all. One part is in memory at a time, however long the file is.
// Whether two rows of a file contradict each other takes the whole file to tell,
// and so it is found where the file is sorted anyway: in storage.
//
// # What is refused, and what that costs
//
// A line with a fault is refused whole, once, with its first fault: where, what
// was found, what would have been right. The other lines load. A fault in the
// header or in the mapping stops the file before its first row, because every
// row would be read wrongly; then all such faults are reported together. JSON
// lines have no header: there each line names what it has, and answers for it.
//
// Nothing is guessed: "1,234" may be a thousand or a little more than one, so it
// is refused, while "1,234,567" and "12,5" can only mean one thing and load. An
// empty field is no statement: no reading, no attribute, never a zero.
package source
