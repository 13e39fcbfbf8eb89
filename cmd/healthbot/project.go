package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"healthbot/cmd/healthbot/config"
	"healthbot/schedule"
	"healthbot/scoring"
	"healthbot/storage"
	"healthbot/storage/record"
)

// project is the database and configuration that a command works on, as flags
// and environment name them.
type project struct {
	db, config, model, at string
	goesOn                bool // the command runs until it is stopped
}

func (p *project) flags(c *cobra.Command) {
	p.filesOnly(c)
	c.Flags().StringVar(&p.at, "now", "", "set the office clock: 2024-06-30, 2024-06-30T09:00 or RFC 3339")
}

func (p *project) filesOnly(c *cobra.Command) {
	c.Flags().StringVar(&p.db, "db", "", "database file (default $HEALTHBOT_DB or healthbot.db)")
	c.Flags().StringVar(&p.config, "config", "", "configuration file (default $HEALTHBOT_CONFIG or healthbot.yml)")
	c.Flags().StringVar(&p.model, "model", "", "scoring model file (default $HEALTHBOT_MODEL or the built-in model; see healthbot model)")
}

// setting is a project, opened.
type setting struct {
	env   config.Env // with what flags say instead
	team  config.Team
	rules record.Rules
	now   func() time.Time
	db    *storage.DB
}

// load reads environment and configuration, every mistake at once. A command
// that can do without a configuration says so; a broken one is refused anyway.
func (p *project) load(needConfig bool, required ...string) (setting, error) {
	env, envErr := config.Environment(required...)
	if p.db != "" {
		env.DB = p.db
	}
	named := p.config != "" || os.Getenv(config.TeamFile) != ""
	if p.config != "" {
		env.Config = p.config
	}
	if p.model != "" {
		env.Model = p.model
	}
	s := setting{env: env}
	var teamErr, modelErr error
	if _, err := os.Stat(env.Config); needConfig || named || !errors.Is(err, fs.ErrNotExist) {
		s.team, teamErr = config.Load(env.Config, config.Options{CheckCron: checkCron})
	}
	var model scoring.Model
	if env.Model != "" {
		model, modelErr = config.LoadModel(env.Model)
	}
	if err := errors.Join(envErr, teamErr, modelErr); err != nil {
		return setting{}, usage(err)
	}
	zone := s.team.Policy.Zone
	if zone == nil {
		zone = time.UTC
		s.team.Policy.Zone = zone
	}
	var err error
	if s.now, err = officeClock(p.at, zone, p.goesOn); err != nil {
		return setting{}, err
	}
	s.rules = rulesOf(s.team)
	if env.Model != "" {
		s.rules.Model = model
	}
	return s, nil
}

// rulesOf puts the built-in model beside the team's rules, with those signals
// in service that a configured source delivers.
func rulesOf(t config.Team) record.Rules {
	m := scoring.BuiltIn()
	if configured := t.Policy.Signals(); len(configured) > 0 {
		m = scoring.AllSignals().InService(configured...)
	}
	for _, s := range t.Policy.Sources {
		m.SourceOrder = append(m.SourceOrder, s.Name)
	}
	return record.Rules{People: t.People, Policy: t.Policy, Model: m}
}

// checkCron says why a cron line can't be used in a zone.
func checkCron(line string, zone *time.Location) error {
	_, err := schedule.ParseCron(line)
	return err
}

// present loads the setting of a command that makes no database itself.
func (p *project) present() (setting, error) {
	s, err := p.load(false)
	if err != nil {
		return s, err
	}
	if _, err := os.Stat(s.env.DB); errors.Is(err, fs.ErrNotExist) {
		return s, usage(fmt.Errorf("there is no database %s yet; `healthbot import` makes one, or name another with --db", s.env.DB))
	}
	return s, nil
}

// read opens the database beside a running bot and hands it to a command.
func (p *project) read(ctx context.Context, do func(context.Context, setting) error) error {
	s, err := p.present()
	if err != nil {
		return err
	}
	return s.open(ctx, do)
}

// storage are the options with which a command opens the database.
func (s setting) storage() storage.Options {
	return storage.Options{Path: s.env.DB, Now: s.now, Rules: s.rules, Log: zerolog.Nop()}
}

// open opens the database, works on it and closes it again.
func (s setting) open(ctx context.Context, do func(context.Context, setting) error) (err error) {
	s.db, err = storage.Open(ctx, s.storage())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.db.Close()) }()
	return do(ctx, s)
}

// cli is the actor of what is done on the command line.
func cli() record.Actor {
	who := os.Getenv("USER")
	if who == "" {
		who = "somebody"
	}
	return record.Actor{Name: who + " (command line)"}
}

// plural words a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
