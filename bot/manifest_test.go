package bot

import (
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// TestManifest compares what the app asks a workspace for with what it uses.
func TestManifest(t *testing.T) {
	b, err := os.ReadFile("../manifest.yml")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Display struct {
			Name        string `yaml:"name"`
			Description string `yaml:"description"`
			Colour      string `yaml:"background_color"`
		} `yaml:"display_information"`
		Features struct {
			Home struct {
				Home     bool `yaml:"home_tab_enabled"`
				Messages bool `yaml:"messages_tab_enabled"`
				ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
			} `yaml:"app_home"`
			Bot struct {
				Name   string `yaml:"display_name"`
				Online bool   `yaml:"always_online"`
			} `yaml:"bot_user"`
			Commands []struct {
				Command     string `yaml:"command"`
				Description string `yaml:"description"`
				Hint        string `yaml:"usage_hint"`
				Escape      bool   `yaml:"should_escape"`
			} `yaml:"slash_commands"`
		} `yaml:"features"`
		OAuth struct {
			Scopes struct {
				Bot []string `yaml:"bot"`
			} `yaml:"scopes"`
		} `yaml:"oauth_config"`
		Settings struct {
			Events struct {
				Bot []string `yaml:"bot_events"`
			} `yaml:"event_subscriptions"`
			Interactivity struct {
				Enabled bool `yaml:"is_enabled"`
			} `yaml:"interactivity"`
			Org      bool `yaml:"org_deploy_enabled"`
			Socket   bool `yaml:"socket_mode_enabled"`
			Rotation bool `yaml:"token_rotation_enabled"`
		} `yaml:"settings"`
	}
	if err := yaml.UnmarshalWithOptions(b, &m, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, c := range m.Features.Commands {
		commands = append(commands, c.Command)
		if !c.Escape {
			t.Errorf("%s: people name owners with @; without should_escape the command gets no ids", c.Command)
		}
	}
	for _, c := range []struct {
		what          string
		asked, needed []string
	}{
		{"scopes", m.OAuth.Scopes.Bot, Scopes()},
		{"events", m.Settings.Events.Bot, Subscriptions()},
		{"commands", commands, Commands()},
	} {
		if d := cmp.Diff(c.needed, c.asked); d != "" {
			t.Errorf("%s that are used (-) and that the manifest asks for (+), in alphabetical order:\n%s", c.what, d)
		}
		if !slices.IsSorted(c.asked) {
			t.Errorf("%s are not in alphabetical order", c.what)
		}
	}
	s, home := m.Settings, m.Features.Home
	if !s.Socket || !s.Interactivity.Enabled || !home.Home || !home.Messages || home.ReadOnly || s.Rotation {
		t.Errorf("socket mode, interactivity, Home and a writable Messages tab must be on, and token rotation off: %+v %+v", s, home)
	}
	if n := len(m.Display.Name); n == 0 || n > 35 {
		t.Errorf("the app's name has %d characters; Slack takes 35", n)
	}
	if n := len(m.Display.Description); n == 0 || n > 140 {
		t.Errorf("the description has %d characters; Slack takes 140", n)
	}
}
