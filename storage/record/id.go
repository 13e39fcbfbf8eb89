package record

// Prefixes make an id say what it is.
const (
	RunPrefix        = "rn_"
	ReviewPrefix     = "rv_"
	SnapshotPrefix   = "sn_"
	DecisionPrefix   = "dc_"
	TaskPrefix       = "tk_"
	EscalationPrefix = "es_"
	DeliveryPrefix   = "dl_"
	BatchPrefix      = "im_"
	OverridePrefix   = "ov_"
	CancelPrefix     = "ca_"
	ReminderPrefix   = "rm_"
	NoticePrefix     = "nt_"
)
