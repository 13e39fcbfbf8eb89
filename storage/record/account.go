package record

import (
	"time"

	"healthbot/scoring"
)

// Account is a customer as it stands now. History of its attributes is kept
// beside it, so that any day can be asked for.
type Account struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Segment   string        `json:"segment"`
	Stage     scoring.Stage `json:"stage,omitempty"` // as imported; empty: derived, see StageAt
	Seats     int           `json:"seats,omitempty"`
	StartedOn Date          `json:"started_on,omitzero"`
	ARR       float64       `json:"arr,omitempty"`
	Currency  string        `json:"currency,omitempty"`
	RenewalOn Date          `json:"renewal_on,omitzero"`
	Owner     string        `json:"owner,omitempty"`  // a Slack user id, or whatever a source called them
	Backup    string        `json:"backup,omitempty"` // acts while the owner is away
	Manager   string        `json:"manager,omitempty"`
	CRM       string        `json:"crm,omitempty"`     // link to the account elsewhere
	Process   string        `json:"process,omitempty"` // "incident", "renewal play", "account plan"
	ProcessAt string        `json:"process_link,omitempty"`
	// Lists as people write them, separated by semicolons: ids in other systems
	// ("zendesk 4711"), links, tags.
	ExternalIDs string `json:"external_ids,omitempty"`
	Links       string `json:"links,omitempty"`
	Tags        string `json:"tags,omitempty"`
}

// Attribute names one dated attribute of an account, as import files name it.
type Attribute string

const (
	AttrName      Attribute = "name"
	AttrSegment   Attribute = "segment"
	AttrStage     Attribute = "stage"
	AttrSeats     Attribute = "seats"
	AttrStarted   Attribute = "started_on"
	AttrARR       Attribute = "arr"
	AttrCurrency  Attribute = "currency"
	AttrRenewal   Attribute = "renewal_on"
	AttrOwner     Attribute = "owner"
	AttrBackup    Attribute = "backup"
	AttrManager   Attribute = "manager"
	AttrCRM       Attribute = "crm"
	AttrProcess   Attribute = "process"
	AttrProcessAt Attribute = "process_link"
	AttrExternal  Attribute = "external_ids"
	AttrLinks     Attribute = "links"
	AttrTags      Attribute = "tags"
)

// Attributes lists them in the order of documentation and of storage.
var Attributes = []Attribute{AttrName, AttrSegment, AttrStage, AttrSeats, AttrStarted, AttrARR, AttrCurrency,
	AttrRenewal, AttrOwner, AttrBackup, AttrManager, AttrCRM, AttrProcess, AttrProcessAt, AttrExternal, AttrLinks, AttrTags}

const (
	onboardingDays = 90 // the first days of a customer
	renewingDays   = 90 // the last days before renewal
)

// StageAt is the imported stage, or else the one that the dates give.
func (a Account) StageAt(now time.Time) scoring.Stage {
	today := DateOf(now)
	switch {
	case a.Stage != "":
		return a.Stage
	case !a.StartedOn.IsZero() && today.Sub(a.StartedOn) < onboardingDays:
		return scoring.Onboarding
	case !a.RenewalOn.IsZero() && a.RenewalOn.Sub(today) <= renewingDays:
		return scoring.Renewing
	}
	return scoring.Active
}

// Scoring is what the score needs to know of the account.
func (a Account) Scoring(now time.Time) scoring.Account {
	return scoring.Account{ID: a.ID, Segment: a.Segment, Stage: a.StageAt(now), Seats: a.Seats,
		StartedOn: a.StartedOn.Time(), RenewalOn: a.RenewalOn.Time()}
}
