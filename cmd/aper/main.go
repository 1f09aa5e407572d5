// Command aper shows Aper at work.
//
//	go run github.com/aper-go/aper/cmd/aper demo
//
// Usage:
//
//	aper demo [-addr localhost:8080] [-file aper.db]      the examples, to share in the browser and in terminals
//	aper bench [-clients 2,20,100] [-file bench.db]       how fast rooms are on this machine
//	aper bench rooms [-rooms 10000] [-file bench.db]      what many rooms cost
//	aper bench flood [-clients 20] [-file bench.db]       what one client can do to the others
//	aper bench hostile [-attacks garbage,loris]           what clients can do that keep to no protocol
//	aper bench games [-rooms 1,10,100] [-file bench.db]   how fast players see each other's moves
//	aper replay FILE [-writers 1] [-speed 1] [-json]      what people typed once, through a real server
//	aper rooms FILE [-json]                               the rooms of a file, such as the demo's
//	aper log FILE ROOM [-from SEQ] [-json]                what happened in a room, and who did it
//	aper state FILE ROOM [-at SEQ]                        the state of a room, now or earlier
//	aper verify FILE                                      whether all rooms are whole and can be replayed
//	aper backup FILE COPY                                 copy all rooms to a new file
//	aper restore BACKUP FILE ROOM [-at SEQ]               bring back one room from a backup
//	aper delete FILE ROOM -yes                            remove a room for good
//	aper help [verb]
//
// The verbs that look after a file are those of package admin, for the counter. A machine of your own has them in a program
// of your own.
//
// The exit status is 0 when all went well, 1 when it did not, and 2 for a command line that cannot be understood.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// A verb is one thing that the command can do. It gets what follows its name, with flags that print to stderr, and
// ends when the context does. One without run belongs to package admin.
type verb struct {
	name    string
	summary string
	run     func(ctx context.Context, flags *flag.FlagSet, args []string, stdout io.Writer) error
}

var verbs = []verb{
	{"demo", "serve the examples to share, in the browser and in terminals", demo},
	{"bench", "measure how fast rooms are on this machine, with a real server and real connections", benchVerb(newThroughput)},
	{"bench rooms", "measure what many rooms cost, used and unused", benchVerb(newManyRooms)},
	{"bench flood", "measure what a client that floods a room, and one that stops reading, do to the others", benchVerb(newFlood)},
	{"bench hostile", "measure what clients that keep to no protocol do to the others", benchVerb(newHostility)},
	{"bench games", "measure games for two, whose players wait for each other's moves", benchVerb(newGameNight)},
	{"replay", "play a recording of what people typed, and find out whether it ends as it did", replay},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second interrupt ends it at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// errUsage is returned for a command line that cannot be understood, once the user has been told.
var errUsage = errors.New("usage")

// run returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		help(stderr)
		return 2
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) == 1 {
			help(stdout)
			return 0
		}
		args, stderr = append(args[1:], "-h"), stdout
	}
	v, args := find(args)
	if v == nil {
		fmt.Fprintf(stderr, "aper: there is no verb %q\n\n", args[0])
		help(stderr)
		return 2
	}
	if v.run == nil {
		return administer(ctx, v, args, stdout, stderr)
	}
	flags := flag.NewFlagSet("aper "+v.name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "aper %s: %s\n\n", v.name, v.summary)
		flags.PrintDefaults()
	}
	err := v.run(ctx, flags, args, stdout)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintf(stderr, "aper %s: %v\n", v.name, err)
	return 1
}

// find returns the verb that a command line begins with, the longest one, and what follows it.
func find(args []string) (found *verb, rest []string) {
	rest = args
	for _, v := range allVerbs() {
		name := strings.Fields(v.name)
		if n := len(name); n <= len(args) && slices.Equal(name, args[:n]) && (found == nil || n > len(args)-len(rest)) {
			found, rest = &v, args[n:]
		}
	}
	return found, rest
}

// parse reads a verb's flags. Nothing may follow them.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return errUsage // flags has said it
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(flags.Output(), "%s: %q is too much\n", flags.Name(), flags.Arg(0))
		flags.Usage()
		return errUsage
	}
	return nil
}

func help(w io.Writer) {
	fmt.Fprint(w, "Aper keeps state machines in step across a network.\n\nusage: aper <verb> [flags]\n\n")
	for _, v := range append(allVerbs(), verb{name: "help [verb]", summary: "tell more"}) {
		fmt.Fprintf(w, "  %-12s %s\n", v.name, v.summary)
	}
}
