package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/kelseyhightower/envconfig"
	"github.com/rs/zerolog"
)

// The variables that healthbot reads. Each may be given as NAME_FILE instead,
// naming a file that holds the value, as secret stores hand them out.
const (
	BotToken = "SLACK_BOT_TOKEN" // xoxb-…
	AppToken = "SLACK_APP_TOKEN" // xapp-…
	APIURL   = "SLACK_API_URL"
	Database = "HEALTHBOT_DB"
	TeamFile = "HEALTHBOT_CONFIG"
	Model    = "HEALTHBOT_MODEL"
	LogLevel = "HEALTHBOT_LOG"
	HTTP     = "HEALTHBOT_HTTP"
)

// Env is what the environment says.
type Env struct {
	BotToken Secret
	AppToken Secret
	APIURL   string        // empty: Slack itself; else ends in "/", as slack-go needs it
	DB       string        // path of the database, "healthbot.db" unless set
	Config   string        // path of the configuration, "healthbot.yml" unless set
	Model    string        // path of a version of the scoring model; empty: the built-in one
	Log      zerolog.Level // from which level on lines are written, info unless set
	HTTP     string        // loopback address at which operators are answered; empty: none
}

// variables is the whole environment for envconfig. Every field is an optional
// text, and the kinds are checked here: that way envconfig can't fail, and thus
// neither stops at the first mistake nor prints the value of a token, and set
// but empty can be told from not set.
type variables struct {
	BotToken     *string `envconfig:"SLACK_BOT_TOKEN"`
	BotTokenFile *string `envconfig:"SLACK_BOT_TOKEN_FILE"`
	AppToken     *string `envconfig:"SLACK_APP_TOKEN"`
	AppTokenFile *string `envconfig:"SLACK_APP_TOKEN_FILE"`
	APIURL       *string `envconfig:"SLACK_API_URL"`
	APIURLFile   *string `envconfig:"SLACK_API_URL_FILE"`
	DB           *string `envconfig:"HEALTHBOT_DB"`
	DBFile       *string `envconfig:"HEALTHBOT_DB_FILE"`
	Config       *string `envconfig:"HEALTHBOT_CONFIG"`
	ConfigFile   *string `envconfig:"HEALTHBOT_CONFIG_FILE"`
	Model        *string `envconfig:"HEALTHBOT_MODEL"`
	ModelFile    *string `envconfig:"HEALTHBOT_MODEL_FILE"`
	Log          *string `envconfig:"HEALTHBOT_LOG"`
	LogFile      *string `envconfig:"HEALTHBOT_LOG_FILE"`
	HTTP         *string `envconfig:"HEALTHBOT_HTTP"`
	HTTPFile     *string `envconfig:"HEALTHBOT_HTTP_FILE"`
}

// Environment reads the environment. The variables named as required must be
// set; commands that don't speak with Slack need no token. The error is
// [Problems], with every mistake and no value.
func Environment(required ...string) (Env, error) {
	var vars variables
	if err := envconfig.Process("", &vars); err != nil {
		return Env{}, fmt.Errorf("config: read the environment: %w", withoutValue(err))
	}
	r := &envReader{required: required}
	r.misspelt(os.Environ())
	env := Env{DB: "healthbot.db", Config: "healthbot.yml", Log: zerolog.InfoLevel}
	read(r, &env.BotToken, BotToken, "a bot token (xoxb-…)", vars.BotToken, vars.BotTokenFile, token("xoxb-"))
	read(r, &env.AppToken, AppToken, "an app-level token (xapp-…)", vars.AppToken, vars.AppTokenFile, token("xapp-"))
	read(r, &env.APIURL, APIURL, "an https address (or http on this machine) without user, query or fragment", vars.APIURL, vars.APIURLFile, apiURL)
	read(r, &env.DB, Database, "the path of a database file", vars.DB, vars.DBFile, databasePath)
	read(r, &env.Config, TeamFile, "the path of a YAML file", vars.Config, vars.ConfigFile, plainPath)
	read(r, &env.Model, Model, "the path of a YAML file", vars.Model, vars.ModelFile, plainPath)
	read(r, &env.Log, LogLevel, oneOf(logLevels), vars.Log, vars.LogFile, logLevel)
	read(r, &env.HTTP, HTTP, "an address of this machine with a port, such as 127.0.0.1:9464", vars.HTTP, vars.HTTPFile, loopbackAddress)
	return env, r.problems.err()
}

// withoutValue keeps of an envconfig error what isn't the variable's value.
func withoutValue(err error) error {
	var p *envconfig.ParseError
	if errors.As(err, &p) {
		return fmt.Errorf("%s can't be read", p.KeyName)
	}
	return err
}

type envReader struct {
	required []string
	problems Problems
}

func (r *envReader) bad(name, found, expected string) {
	r.problems = append(r.problems, Problem{Where: name, Found: found, Expected: expected})
}

// kind turns a text into a value, or says what it is instead, without
// repeating it.
type kind[T any] func(text string) (v T, instead string)

// read sets dst from a variable or its _FILE twin and leaves it alone when
// neither is set or something is wrong.
func read[T any](r *envReader, dst *T, name, expected string, plain, file *string, parse kind[T]) {
	where := name
	switch {
	case plain != nil && file != nil:
		r.bad(name, "both it and "+name+"_FILE", "one of the two")
		return
	case plain == nil && file == nil:
		if slices.Contains(r.required, name) {
			r.bad(name, "no value", fmt.Sprintf("%s, here or in a file that %s_FILE names", expected, name))
		}
		return
	case file != nil:
		where = name + "_FILE"
		text, why := readSmall(*file)
		if why != "" {
			r.bad(where, why, "the path of a file that holds "+expected)
			return
		}
		plain = &text
	}
	if *plain == "" {
		r.bad(where, "an empty value", expected)
		return
	}
	v, instead := parse(*plain)
	if instead != "" {
		r.bad(where, instead, expected)
		return
	}
	*dst = v
}

// readSmall reads a file that holds one value; the newline that editors and
// `echo` leave at its end doesn't count. Its path isn't repeated in what goes
// wrong: somebody may have put the token where the path belongs.
func readSmall(path string) (text, why string) {
	const most = 8 << 10
	if path == "" {
		return "", "an empty value"
	}
	f, err := os.Open(path)
	if err != nil {
		return "", "a path that can't be opened: " + reason(err)
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return "", "a file that can't be read: " + reason(err)
	case len(b) > most:
		return "", "a file of more than 8 KiB"
	}
	return strings.TrimRight(string(b), "\r\n"), ""
}

// reason is the cause of a file error without the path.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return "it failed"
}

// foreign are names near ours that other programs use.
var foreign = []string{"SLACK_API_TOKEN"}

// misspelt reports what begins like our variables and is none, and what looks
// like a slip of the keyboard for one that isn't set. HEALTHBOT_ is ours alone;
// SLACK_ is everybody's.
func (r *envReader) misspelt(environ []string) {
	var known, set []string
	for f := range reflect.TypeFor[variables]().Fields() {
		known = append(known, f.Tag.Get("envconfig"))
	}
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		set = append(set, name)
	}
	slices.Sort(set) // the order of the environment is nobody's
	for _, name := range set {
		if slices.Contains(known, name) || slices.Contains(foreign, name) {
			continue
		}
		ours := strings.HasPrefix(strings.ToUpper(name), "HEALTHBOT_")
		near := slip(name, known)
		if ours || near != "" && !slices.Contains(set, near) {
			expected := "one of " + strings.Join([]string{Database, TeamFile, Model, LogLevel, HTTP}, ", ") + ", or one of these with _FILE"
			r.bad(name, "a variable that healthbot doesn't know", cmp.Or(near, expected))
		}
	}
}

// slip is the known name within two edits, or "".
func slip(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if n := distance(strings.ToUpper(name), k); n < least {
			best, least = k, n
		}
	}
	return best
}
