package seed

import (
	"time"

	"healthbot/cmd/healthbot/config"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// The people of Quillmoor, by Slack user id.
const (
	ana    = "U01ANA"
	yuki   = "U01YUKI"
	kofi   = "U01KOFI"
	liam   = "U01LIAM"
	priya  = "U01PRIYA"
	marta  = "U01MARTA"
	diego  = "U01DIEGO"
	noor   = "U01NOOR"
	tom    = "U01TOM"
	grace  = "U01GRACE"
	sam    = "U01SAM"
	guest  = "U01GUEST" // a contractor: in Slack, not in healthbot
	felix  = "U09FELIX" // of the customer Acme, through Slack Connect
	botID  = "U01HEALTHBOT"
	office = "Europe/Berlin"
	region = "DE" // its holidays are everybody's
)

// The channels, by Slack channel id.
const (
	general    = "C01GENERAL"
	enterprise = "C01ENTERPRISE"
	midMarket  = "C01MIDMARKET"
	smb        = "C01SMB"
	leadership = "C01LEADERSHIP"
	shared     = "C01ACMESHARED"
	archived   = "C01OLDPROJECT"
)

// member is somebody with an account in the company's Slack.
type member struct {
	id, handle, name, title string
	zone                    string
	roles                   []record.Role // none: not set up in healthbot
	manager, backup         string
	guest, stranger         bool
}

var members = []member{
	{id: ana, handle: "ana", name: "Ana Ruiz", title: "CSM, Enterprise", zone: "Europe/Madrid", roles: []record.Role{record.CSM}, manager: marta, backup: yuki},
	{id: yuki, handle: "yuki", name: "Yuki Tanabe", title: "Account Manager, Enterprise", zone: "Asia/Tokyo", roles: []record.Role{record.AccountManager}, manager: marta, backup: ana},
	{id: kofi, handle: "kofi", name: "Kofi Asante", title: "CSM, Mid-Market", zone: "Africa/Accra", roles: []record.Role{record.CSM}, manager: diego, backup: liam},
	{id: liam, handle: "liam", name: "Liam Gallard", title: "CSM, Mid-Market", zone: "America/New_York", roles: []record.Role{record.CSM}, manager: diego, backup: kofi},
	{id: priya, handle: "priya", name: "Priya Raman", title: "CSM, SMB", zone: "Asia/Kolkata", roles: []record.Role{record.CSM}, manager: diego, backup: liam},
	{id: marta, handle: "marta", name: "Marta Lindqvist", title: "Head of Enterprise Success", zone: "Europe/Stockholm", roles: []record.Role{record.Manager}, manager: grace, backup: diego},
	{id: diego, handle: "diego", name: "Diego Herrera", title: "Head of Scale Success", zone: "America/Mexico_City", roles: []record.Role{record.Manager}, manager: grace, backup: marta},
	{id: noor, handle: "noor", name: "Noor Haddad", title: "Customer Operations Analyst", zone: "Asia/Dubai", roles: []record.Role{record.Analyst}, manager: diego, backup: tom},
	{id: tom, handle: "tom", name: "Tom Brecht", title: "Support Lead", zone: "Europe/Berlin", roles: []record.Role{record.SupportLead}, manager: diego, backup: noor},
	{id: grace, handle: "grace", name: "Grace Whitlock", title: "Chief Customer Officer", zone: "America/Los_Angeles", roles: []record.Role{record.Executive}, backup: marta},
	{id: sam, handle: "sam", name: "Sam Okoro", title: "IT Administrator", zone: "Europe/London", roles: []record.Role{record.Admin}, manager: grace, backup: noor},
	{id: guest, handle: "robin", name: "Robin Vale", title: "Contractor", zone: "Australia/Sydney", guest: true},
	{id: felix, handle: "felix", name: "Felix Brandt", title: "Operations, Acme", zone: "Europe/Vienna", stranger: true},
}

// People are those who may act in healthbot.
func People() []record.Person {
	var out []record.Person
	for _, m := range members {
		if len(m.roles) == 0 {
			continue
		}
		out = append(out, record.Person{ID: m.id, Name: m.name, Roles: m.roles, Manager: m.manager, Backup: m.backup,
			Zone: location(m.zone), Region: region, Hours: record.OfficeHours})
	}
	return out
}

// Policy is how Quillmoor works: a review of each segment, due on Mondays at
// nine, and an escalation matrix from the special case down to the general one.
func Policy() record.Policy {
	zone := location(office)
	weekly := func(segment, channel string) record.Route {
		return record.Route{Name: segment, Segment: segment, Channel: channel, Cron: "0 9 * * 1", Zone: zone, CatchUp: record.CatchLatest, Grace: 48 * time.Hour}
	}
	return record.Policy{
		Zone:             zone,
		Routes:           []record.Route{weekly("enterprise", enterprise), weekly("mid-market", midMarket), weekly("smb", smb)},
		Required:         []string{"enterprise", "mid-market", "smb"},
		CadenceBySegment: map[string]int{"enterprise": 7, "mid-market": 14, "smb": 30},
		CadenceByStage:   map[scoring.Stage]int{scoring.Onboarding: 7},
		Reasons: []record.Reason{
			{Code: "low-usage", Title: "Usage is falling"},
			{Code: "adoption-stalled", Title: "Key features aren't adopted"},
			{Code: "sponsor-silent", Title: "The sponsor no longer answers"},
			{Code: "champion-left", Title: "The champion left"},
			{Code: "milestone-missed", Title: "A milestone was missed"},
			{Code: "support-load", Title: "Support issues weigh on them"},
			{Code: "billing-issue", Title: "An invoice is unpaid or disputed"},
			{Code: "intent-to-cancel", Title: "They mean to cancel"},
			{Code: "renewal-near", Title: "The renewal is near"},
			{Code: "data-quality", Title: "The data can't be trusted"},
		},
		Matrix: []record.MatrixRow{
			{Segment: "enterprise", Reason: "intent-to-cancel", Recipients: []string{grace, record.ManagerRecipient}, Respond: 4 * time.Hour},
			{Reason: "support-load", Recipients: []string{tom, record.ManagerRecipient}, Respond: 8 * time.Hour},
			{Segment: "enterprise", Recipients: []string{record.ManagerRecipient}, Respond: 8 * time.Hour},
			{Recipients: []string{record.ManagerRecipient}, Respond: 24 * time.Hour},
		},
		Sources: []record.Source{
			{Name: telemetry, Signals: []scoring.Signal{scoring.Usage}, Period: 7, Owner: noor},
			{Name: warehouse, Signals: []scoring.Signal{scoring.Usage}, Period: 7, Owner: noor},
			{Name: features, Signals: []scoring.Signal{scoring.Adoption}, Period: 7, Owner: noor},
			{Name: helpdesk, Signals: []scoring.Signal{scoring.Support}, Period: 1, Owner: tom},
			{Name: survey, Signals: []scoring.Signal{scoring.Sentiment}, Period: 7, Owner: noor},
			{Name: ledger, Signals: []scoring.Signal{scoring.Billing}, Period: 1, Owner: sam},
			{Name: mail, Signals: []scoring.Signal{scoring.Stakeholder}, Period: 1, Owner: sam},
			{Name: projects, Signals: []scoring.Signal{scoring.Milestones}, Period: 1, Owner: noor},
		},
		Holidays:   holidays(),
		PerOwner:   5,
		Currencies: record.Currencies{Base: "EUR", Rates: map[string]float64{"USD": 0.92, "GBP": 1.17, "JPY": 0.006}},
	}
}

// The systems that Quillmoor's data comes from.
const (
	crm       = "crm"
	telemetry = "telemetry"
	warehouse = "warehouse"
	features  = "feature-log"
	helpdesk  = "helpdesk"
	survey    = "survey"
	ledger    = "ledger"
	mail      = "mail"
	projects  = "projects"
)

// Team is everything that a healthbot.yml would say.
func Team() config.Team {
	return config.Team{People: record.NewDirectory(People()...), Policy: Policy()}
}

// holidays are the fixed ones of the office's country, for as many years as a
// demo may be set to.
func holidays() map[string][]record.Date {
	var days []record.Date
	for year := 2024; year <= 2030; year++ {
		days = append(days, record.Date{Year: year, Month: time.January, Day: 1}, record.Date{Year: year, Month: time.May, Day: 1},
			record.Date{Year: year, Month: time.October, Day: 3}, record.Date{Year: year, Month: time.December, Day: 25}, record.Date{Year: year, Month: time.December, Day: 26})
	}
	return map[string][]record.Date{region: days}
}

// location loads a zone of the tables above; the config package embeds them all.
func location(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic("seed: " + err.Error()) // a slip in this package, which its tests would find
	}
	return z
}
