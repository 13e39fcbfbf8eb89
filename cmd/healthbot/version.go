package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"healthbot/scoring"
)

func versionCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the program's and the built-in model's version",
		Args:  args(0, "no words"),
		RunE: func(*cobra.Command, []string) error {
			m := scoring.BuiltIn()
			fmt.Fprintf(t.out, "healthbot %s\nmodel     %s (%s)\n", build(), m.Label(), m.Digest()[:12])
			return nil
		},
	}
}

// build is the commit that the program was built from, as Go recorded it.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown build)"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	if revision == "" {
		revision = info.Main.Version
	}
	return revision + dirty + " " + info.GoVersion
}
