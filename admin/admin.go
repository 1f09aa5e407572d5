package admin

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
)

// Main is the main function of a program that looks after the rooms of one machine. It takes the command line from os.Args
// and ends the process. The initial state only tells which machine it is.
func Main[S aper.StateMachine[S]](initial S) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second interrupt ends it at once
	args := append([]string{filepath.Base(os.Args[0])}, os.Args[1:]...)
	os.Exit(Run(ctx, initial, args, os.Stdout, os.Stderr))
}

// Run is Main for programs that have verbs of their own, and for tests. Args begin with the name of the program, as those of
// os.Args do. It returns the exit status.
func Run[S aper.StateMachine[S]](ctx context.Context, _ S, args []string, stdout, stderr io.Writer) int {
	program, args := args[0], args[1:]
	if len(args) == 0 {
		help(stderr, program)
		return 2
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) == 1 {
			help(stdout, program)
			return 0
		}
		args, stderr = []string{args[1], "-h"}, stdout
	}
	v := find(args[0])
	if v == nil {
		fmt.Fprintf(stderr, "%s: there is no verb %q\n\n", program, args[0])
		help(stderr, program)
		return 2
	}
	t := &tool[S]{machine: engine.MachineName[S](), out: bufio.NewWriter(stdout), stderr: stderr}
	t.progress, t.asides = newProgress(stderr), &progress{}
	if newProgress(stdout).terminal == nil {
		t.asides = t.progress
	}
	err := t.run(ctx, &line{flags: v.flags(program, stderr), names: strings.Fields(v.Arguments), args: args[1:]}, v.Name)
	t.progress.clear()
	err = errors.Join(err, t.out.Flush())
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintf(stderr, "%s %s: %v\n", program, v.Name, err)
	return 1
}

// A Verb is one thing that such a program can do.
type Verb struct {
	Name      string
	Arguments string // that must be given, such as "FILE ROOM"
	Summary   string
}

// Verbs returns what Run understands, for programs that have verbs of their own beside these.
func Verbs() []Verb {
	return []Verb{
		{"rooms", "FILE", "list the rooms of a file"},
		{"log", "FILE ROOM", "tell what happened in a room, and who did it"},
		{"state", "FILE ROOM", "print the state of a room as JSON, now or after an earlier event"},
		{"verify", "FILE", "check that all rooms are whole, and that their events give the states that are stored"},
		{"backup", "FILE COPY", "copy all rooms to a new file"},
		{"restore", "BACKUP FILE ROOM", "bring back a room from a backup, as it was last or after an earlier event"},
		{"delete", "FILE ROOM", "remove a room for good"},
		{"diagnose", "EVIDENCE", "explain why a client had another state than its server"},
		{"bench", "FILE ROOM", "measure how fast this machine is on the history of a room"},
	}
}

func find(name string) *Verb {
	for _, v := range Verbs() {
		if v.Name == name {
			return &v
		}
	}
	return nil
}

func (v *Verb) flags(program string, stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet(program+" "+v.Name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "%s %s %s: %s\n\n", program, v.Name, v.Arguments, v.Summary)
		flags.PrintDefaults()
	}
	return flags
}

func help(w io.Writer, program string) {
	fmt.Fprintf(w, "%s looks after the rooms of a file.\n\nusage: %[1]s <verb> [arguments] [flags]\n\n", program)
	for _, v := range append(Verbs(), Verb{"help", "[verb]", "tell more"}) {
		fmt.Fprintf(w, "  %-24s %s\n", v.Name+" "+v.Arguments, v.Summary)
	}
	fmt.Fprint(w, "\nWhen a server has the file open, all but restore go through the server's socket beside the file.\n")
}

// errUsage is returned for a command line that cannot be understood, once the user has been told.
var errUsage = errors.New("usage")

// A tool runs one verb.
type tool[S aper.StateMachine[S]] struct {
	machine  string
	out      *bufio.Writer
	stderr   io.Writer
	progress *progress
	asides   *progress // of a verb that prints all the time: the same, unless it prints to a terminal
}

func (t *tool[S]) run(ctx context.Context, l *line, verb string) error {
	switch verb {
	case "rooms":
		return t.rooms(ctx, l)
	case "log":
		return t.log(ctx, l)
	case "state":
		return t.state(ctx, l)
	case "verify":
		return t.verify(ctx, l)
	case "backup":
		return t.backup(ctx, l)
	case "diagnose":
		return t.diagnose(ctx, l)
	case "restore":
		return t.restore(ctx, l)
	case "bench":
		return t.bench(ctx, l)
	}
	return t.delete(ctx, l)
}

// A line is what follows the verb on the command line.
type line struct {
	flags *flag.FlagSet
	names []string // of the arguments that must be given
	args  []string
}

// parse reads flags and arguments, which may stand in any order, and returns the arguments.
func (l *line) parse() ([]string, error) {
	var given []string
	for rest := l.args; len(rest) > 0; {
		if err := l.flags.Parse(rest); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, errUsage // flags has said it
		}
		read := len(rest) - l.flags.NArg()
		rest = l.flags.Args()
		taken := min(len(rest), 1)
		if read > 0 && l.args[len(l.args)-len(rest)-1] == "--" {
			taken = len(rest) // no flags follow
		}
		given, rest = append(given, rest[:taken]...), rest[taken:]
	}
	if len(given) == len(l.names) {
		return given, nil
	}
	problem := strings.Join(l.names[min(len(given), len(l.names)):], " and ") + " is missing"
	if len(given) > len(l.names) {
		problem = strconv.Quote(given[len(l.names)]) + " is too much"
	}
	fmt.Fprintf(l.flags.Output(), "%s: %s\n", l.flags.Name(), problem)
	l.flags.Usage()
	return nil, errUsage
}

// A seqFlag is the number of an event, if one was given.
type seqFlag struct {
	seq   aper.Seq
	given bool
}

func (f *seqFlag) String() string { return "" }

func (f *seqFlag) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return errors.New("it is not the number of an event")
	}
	f.seq, f.given = aper.Seq(n), true
	return nil
}
