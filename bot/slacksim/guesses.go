package slacksim

import "net/http"

// Guesses are the questions about Slack to which no page has an answer and no
// two sources the same one. The zero value is what this package assumes; a
// switch is there so that an app can be tried under the other answer.
//
// Guesses that are numbers stand in limits.go, each with the word "undocumented"
// or the disagreement in its source: metadataBytes, blocksText, chartsPerMessage,
// chartSeries and richLines. An overflow menu's least number of options is one
// here, as in Slack's Python SDK; older pages said two.
type Guesses struct {
	// LateAcksCount lets an acknowledgement that comes after the deadline still
	// end the redelivery of an event. Assumed: it is too late.
	LateAcksCount bool

	// AckOnSameSocket wants the acknowledgement on the connection that delivered
	// the envelope. Assumed: any will do, because clients do not ensure it.
	AckOnSameSocket bool

	// SpentTicketUpgrades lets a connection with a spent ticket come about and
	// ends it at once, where the assumed answer is HTTP 404.
	SpentTicketUpgrades bool

	// NoCharts is a workspace that does not have data_visualization and
	// data_table yet: both are unsupported types. Assumed: every workspace has them.
	NoCharts bool

	// HiddenFilesRefused refuses a slack_file that is shared nowhere, where the
	// assumed behaviour is to post it and to show it to nobody.
	HiddenFilesRefused bool
}

func (g Guesses) absent() []string {
	if g.NoCharts {
		return []string{"data_visualization", "data_table"}
	}
	return nil
}

// world is what this server knows that judging blocks needs.
func (s *Server) world() world {
	return world{pictured: s.pictured, absent: s.opts.Guesses.absent()}
}

// spent answers a ticket that opens nothing (any more).
func (s *Server) spent(w http.ResponseWriter, r *http.Request) {
	if !s.opts.Guesses.SpentTicketUpgrades {
		http.NotFound(w, r)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		s.opts.Log("a Socket Mode connection did not come about: %v", err)
		return
	}
	_ = ws.Close() // it is over either way
}
