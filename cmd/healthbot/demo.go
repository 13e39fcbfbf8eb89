package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"healthbot/bot"
	"healthbot/bot/slacksim"
	"healthbot/cmd/healthbot/config"
	"healthbot/cmd/healthbot/seed"
	"healthbot/cmd/internal/app"
	"healthbot/schedule/source"
	"healthbot/storage"
	"healthbot/storage/record"
)

// local are the flags of the commands that start a local Slack.
type local struct {
	addr, env, config string

	state string // where the local Slack is kept; nowhere when empty
}

func (l *local) flags(c *cobra.Command) {
	c.Flags().StringVar(&l.addr, "addr", "127.0.0.1:0", "loopback address of the page; port 0 takes a free one")
	c.Flags().StringVar(&l.env, "env", "", "write SLACK_API_URL, SLACK_BOT_TOKEN and SLACK_APP_TOKEN to this file")
	c.Flags().StringVar(&l.config, "config", "", "write a healthbot.yml that fits the local people and channels to this file")
}

// start starts the local Slack with its office clock, and writes the files that
// were asked for.
func (l local) start(clock func() time.Time) (*slacksim.Server, error) {
	w := seed.Workspace()
	w.BotScopes, w.AppScopes, w.Events = bot.Scopes(), bot.AppScopes(), bot.Subscriptions() // what manifest.yml grants
	sim, err := slacksim.New(slacksim.Options{Addr: l.addr, Workspace: w, Now: clock, State: l.state})
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("the address %s is taken by another program, so nothing was started; choose another with --addr, or 127.0.0.1:0 for a free one", l.addr)
	}
	if err != nil {
		return nil, usage(err)
	}
	if l.env != "" {
		text := fmt.Sprintf("SLACK_API_URL=%s\nSLACK_BOT_TOKEN=%s\nSLACK_APP_TOKEN=%s\n", sim.APIURL(), sim.BotToken(), sim.AppToken())
		err = errors.Join(err, writeFile(l.env, []byte(text)))
	}
	if l.config != "" {
		var b bytes.Buffer
		err = errors.Join(err, config.Write(&b, seed.Team()), writeFile(l.config, b.Bytes()))
	}
	if err != nil {
		return nil, errors.Join(err, sim.Close())
	}
	return sim, nil
}

func demoCommand(t terminal) *cobra.Command {
	var l local
	var db string
	var noOpen bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "See the whole product work on a fictional company",
		Long: `Starts a local Slack on this machine, loads a fictional company's customers through
the ordinary importer, runs the bot, and opens the page. Its office clock begins on a
Monday morning at nine, when the week's reviews are due. Nothing leaves this machine.

With --db, the database and beside it the local Slack (as FILE.slack) are kept, so that the
demo goes on where it was stopped. Without --db everything is forgotten at the end.`,
		Example: `  healthbot demo
  healthbot demo --db demo.db --addr 127.0.0.1:8080 --no-open`,
		Args: args(0, "no words"),
		RunE: func(c *cobra.Command, _ []string) error {
			return demo(c.Context(), t, l, db, !noOpen)
		},
	}
	l.flags(c)
	c.Flags().StringVar(&db, "db", "", "keep the database in this file, and the local Slack beside it")
	c.Flags().BoolVar(&noOpen, "no-open", false, "don't open the page in a browser")
	return c
}

func demo(ctx context.Context, t terminal, l local, db string, open bool) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if db == "" {
		dir, err := os.MkdirTemp("", "healthbot-demo-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		db = filepath.Join(dir, "demo.db")
	} else {
		l.state = db + ".slack"
		if err := together(db, l.state); err != nil {
			return usage(err)
		}
	}
	team := seed.Team()
	start, err := opening(ctx, db, rulesOf(team), time.Now())
	if err != nil {
		return err
	}
	begun := time.Now()
	sim, err := l.start(func() time.Time { return start.Add(time.Since(begun)) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sim.Close()) }()

	log := zerolog.New(zerolog.ConsoleWriter{Out: zerolog.SyncWriter(t.err), TimeFormat: time.TimeOnly}).Level(zerolog.WarnLevel).With().Timestamp().Logger()
	a, err := app.New(ctx, app.Options{
		DB: db, APIURL: sim.APIURL(), BotToken: sim.BotToken(), AppToken: sim.AppToken(),
		Rules: rulesOf(team), Now: sim.Now, Log: log, Name: fmt.Sprintf("the demo, process %d", os.Getpid()),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	// A demo that was kept goes on under a newer healthbot without ceremony.
	if _, err := a.DB().RecordModel(ctx, record.Actor{Name: "demo"}, rulesOf(team).Model, true); err != nil {
		return err
	}
	if err := load(ctx, a.DB(), rulesOf(team), start); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "healthbot demo: %s (Ctrl-C ends it)\n", sim.PageURL())
	if open {
		openPage(sim.PageURL())
	}
	return a.Run(ctx)
}

// together refuses a Slack without its database: the bot would post everything
// a second time into channels where it stands already.
func together(db, slack string) error {
	_, noDB := os.Stat(db)
	_, noSlack := os.Stat(slack)
	if !errors.Is(noDB, os.ErrNotExist) || noSlack != nil {
		return nil
	}
	return fmt.Errorf("%s is not there, but the Slack that belongs to it is, so nothing was started; "+
		"put the database back, or delete %s for a new demo", db, slack)
}

// opening is the moment at which the demo's office clock starts: just before
// the last Monday at nine, or, on a database that has been used, where its
// record ends.
func opening(ctx context.Context, path string, rules record.Rules, now time.Time) (time.Time, error) {
	if _, err := os.Stat(path); err == nil {
		db, err := storage.Open(ctx, storage.Options{Path: path, Now: time.Now, Rules: rules, Log: zerolog.Nop()})
		if err != nil {
			return time.Time{}, err
		}
		last, err := db.LastChange(ctx)
		if err := errors.Join(err, db.Close()); err != nil {
			return time.Time{}, err
		}
		if !last.IsZero() {
			return last.Add(time.Second), nil
		}
	}
	local := now.In(rules.Policy.Zone)
	back := (int(local.Weekday()) + 6) % 7 // days since Monday
	monday := time.Date(local.Year(), local.Month(), local.Day()-back, 8, 59, 57, 0, local.Location())
	if monday.After(now) {
		monday = monday.AddDate(0, 0, -7)
	}
	return monday, nil
}

// load imports the fictional company through the ordinary importer, once.
func load(ctx context.Context, db *storage.DB, rules record.Rules, now time.Time) error {
	accounts, err := db.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return err
	}
	for _, f := range seed.Files(now) {
		b, err := source.ReadAll(bytes.NewReader(f.CSV), f.Name, source.Options{
			Kind: f.Kind, Source: f.Source, Zone: rules.Policy.Zone, Now: now, Model: rules.Model,
		})
		if err != nil {
			return fmt.Errorf("the demo's own %s: %w", f.Name, err)
		}
		s, err := db.Import(ctx, record.Actor{Name: "demo"}, b, record.ImportOptions{Strict: true})
		if err != nil {
			return fmt.Errorf("the demo's own %s: %w", f.Name, err)
		}
		if len(s.Refused) > 0 {
			return fmt.Errorf("the demo's own %s: %s", f.Name, s.Refused[0])
		}
	}
	return nil
}

// openPage asks the desktop to show the page. Where there is none the printed
// address is all that a person needs, so a failure isn't reported.
func openPage(url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	cmd := exec.Command(name, args...)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // only so that no zombie stays
	}
}
