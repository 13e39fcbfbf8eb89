package record

import (
	"fmt"
	"time"

	"healthbot/scoring"
)

// ModelVersion is a version of the scoring model as it stands on record: whole
// and for ever, so that a score can be computed again by the version that made
// it. Which one is approved is a matter of who said so last.
type ModelVersion struct {
	Digest     string
	Model      scoring.Model
	RecordedAt time.Time
	ByName     string // who recorded it
	// The latest approval; ApprovedAt is zero when there was none.
	ApprovedAt   time.Time
	ApprovedBy   string // the person's id; empty: at installation, or on the command line
	ApprovedName string
	// InForce says that it is the approved version: nothing was approved after it.
	InForce bool
}

// Name is the version's label with the beginning of its digest, which tells two
// with the same label apart.
func (v ModelVersion) Name() string { return ModelName(v.Model.Label(), v.Digest) }

// ModelName names a version for people by label and digest.
func ModelName(label, digest string) string {
	return fmt.Sprintf("%s (%s)", label, digest[:min(len(digest), shortDigest)])
}

// Unapproved is the answer to whoever wants an outcome recorded while the live
// version isn't the approved one; evidence says which is which.
func Unapproved(evidence string) *Error {
	return Errorf(Conflict, "No outcomes for now: %s. Nothing was saved. An admin starts healthbot with the approved version, or has the other one approved (`healthbot model approve`).", evidence)
}

// shortDigest is as much of a digest as people are shown and need to type.
const shortDigest = 12
