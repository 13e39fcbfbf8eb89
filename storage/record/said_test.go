package record

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"healthbot/scoring"
)

// complaints are the fields that a verb complains about, in order.
func complaints(err error) []Field {
	var f FieldErrors
	errors.As(err, &f)
	return slices.Sorted(maps.Keys(f))
}

func TestSetOverrideValidate(t *testing.T) {
	today := Date{2026, 11, 23}
	good := func() SetOverride {
		p := scoring.Tenths(100)
		return SetOverride{Account: "acme", Points: &p, Reason: "Seats count twice", Evidence: "a list", Until: today.Add(90)}
	}
	for name, c := range map[string]struct {
		spoil func(*SetOverride)
		want  []Field
	}{
		"ten points for ninety days":         {func(*SetOverride) {}, nil},
		"ninety-one days":                    {func(o *SetOverride) { o.Until = today.Add(91) }, []Field{FieldUntil}},
		"ten and a bit for ninety days":      {func(o *SetOverride) { *o.Points = 101 }, []Field{FieldUntil}},
		"minus fifteen for thirty days":      {func(o *SetOverride) { *o.Points = -150; o.Until = today.Add(30) }, nil},
		"minus fifteen for thirty-one":       {func(o *SetOverride) { *o.Points = -150; o.Until = today.Add(31) }, []Field{FieldUntil}},
		"beyond fifteen":                     {func(o *SetOverride) { *o.Points = 151; o.Until = today.Add(3) }, []Field{FieldPoints}},
		"until today":                        {func(o *SetOverride) { o.Until = today }, []Field{FieldUntil}},
		"without an end, reason or evidence": {func(o *SetOverride) { o.Until, o.Reason, o.Evidence = Date{}, " ", "" }, []Field{FieldEvidence, FieldReason, FieldUntil}},
		"without points":                     {func(o *SetOverride) { o.Points = nil }, []Field{FieldPoints}},
		"zero ends one, with a reason alone": {func(o *SetOverride) { *o.Points = 0; o.Evidence, o.Until = "", Date{} }, nil},
		"zero without a reason":              {func(o *SetOverride) { *o.Points = 0; o.Reason = "" }, []Field{FieldReason}},
	} {
		t.Run(name, func(t *testing.T) {
			o := good()
			c.spoil(&o)
			if got := complaints(o.Validate(today)); !slices.Equal(got, c.want) {
				t.Errorf("complains about %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatIsSaidValidates(t *testing.T) {
	today := Date{2026, 11, 23}
	for name, c := range map[string]struct {
		err  error
		want []Field
	}{
		"a report of today":    {ReportCancellation{"acme", "Kim", today, "we leave"}.Validate(today), nil},
		"of tomorrow":          {ReportCancellation{"acme", "Kim", today.Add(1), "we leave"}.Validate(today), []Field{FieldHeard}},
		"of nobody, undated":   {ReportCancellation{"acme", "", Date{}, ""}.Validate(today), []Field{FieldEvidence, FieldHeard, FieldWho}},
		"withdrawn for reason": {WithdrawCancellation{"acme", "signed"}.Validate(), nil},
		"withdrawn for none":   {WithdrawCancellation{"acme", " "}.Validate(), []Field{FieldNote}},
		"a pulse":              {Pulse{"acme", 5, "reference"}.Validate(), nil},
		"no pulse, no note":    {Pulse{"acme", 0, ""}.Validate(), []Field{FieldNote, FieldPulse}},
		"six of five":          {Pulse{"acme", 6, "great"}.Validate(), []Field{FieldPulse}},
	} {
		if got := complaints(c.err); !slices.Equal(got, c.want) {
			t.Errorf("%s: complains about %q, want %q", name, got, c.want)
		}
	}
}
