package schedule

// Watch is told what the background work does, for an operator's counters. Any
// field may be nil; those that aren't are called from several goroutines and
// must not block.
type Watch struct {
	Tick     func()             // the office clock was looked at, and what was due is done
	Run      func(route string) // a run was opened
	Delivery func(e End)        // an attempt to deliver ended
	Edit     func()             // a posted message was brought up to date
}

// End is how one attempt to deliver a message ended.
type End string

const (
	Posted  End = "posted"
	Found   End = "found"   // nobody knew, and it was there
	Retried End = "retried" // Slack asked to wait, or it was looked for and wasn't there
	Unknown End = "unknown" // no answer; it is looked up before anything else
	Dead    End = "dead"    // refused for good
)

func (w Watch) tick() {
	if w.Tick != nil {
		w.Tick()
	}
}

func (w Watch) run(route string) {
	if w.Run != nil {
		w.Run(route)
	}
}

func (w Watch) delivery(e End) {
	if w.Delivery != nil {
		w.Delivery(e)
	}
}

func (w Watch) edit() {
	if w.Edit != nil {
		w.Edit()
	}
}
