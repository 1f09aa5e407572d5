package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// replayOptions are what the command line says.
type replayOptions struct {
	name    string // of the recording's file
	through string
	writers int
	window  int
	speed   float64 // 0 is flat out
	pause   time.Duration
	file    string
	json    bool
}

// A replaying is one replay of a recording.
type replaying struct {
	replayOptions
	recording *recording
	plan      *plan
	end       end
	due       []time.Duration // when each step is; nil when there is no time to keep
	start     time.Time
	show      progress
	program   []string // how to start the server
	ctx       context.Context
}

// replayPaths are what a recording can be replayed through, in words.
var replayPaths = map[string]string{
	"server": "a server with a file",
	"engine": "an authority and replicas",
	"apply":  "the rules alone",
}

func replay(ctx context.Context, flags *flag.FlagSet, args []string, stdout io.Writer) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("this program cannot be found, to be started as the server: %w", err)
	}
	o, err := parseReplay(flags, args)
	if err != nil {
		return err
	}
	return o.run(ctx, []string{program, "bench", serveFlag}, stdout)
}

func parseReplay(flags *flag.FlagSet, args []string) (*replayOptions, error) {
	o := &replayOptions{writers: 1, window: 256}
	flags.StringVar(&o.through, "through", "server", "`what` it goes through: the rules alone (apply), an authority and replicas (engine), or a server")
	flags.Func("writers", "how many `people` take turns with a recording of one (default 1)", number(&o.writers, 1, 100))
	flags.Func("window", "how many `transactions` everyone may have under way (default 256)", number(&o.window, 1, maxPendingReplay))
	flags.Func("speed", "how many `times` faster than it was recorded (default as fast as possible)", func(text string) (err error) {
		if o.speed, err = strconv.ParseFloat(text, 64); err != nil || !(o.speed > 0) || math.IsInf(o.speed, 0) {
			return errors.New("a number above 0 is needed")
		}
		return nil
	})
	flags.DurationVar(&o.pause, "pause", 10*time.Second, "the longest `pause` that is kept, with -speed")
	flags.StringVar(&o.file, "file", "", "keep the room in this new `file` and leave it there; without it the file is a temporary one")
	flags.BoolVar(&o.json, "json", false, "print the figures as a line of JSON")
	if err := parseFile(flags, args, &o.name); err != nil {
		return nil, err
	}
	return o, o.check(flags.Output(), flags.Name())
}

// parseFile reads flags that stand before and behind the name of a file.
func parseFile(flags *flag.FlagSet, args []string, name *string) error {
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		*name = flags.Arg(0)
		return parse(flags, flags.Args()[1:])
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return errUsage
	}
	return err
}

func (o *replayOptions) check(w io.Writer, name string) error {
	var problem string
	switch {
	case o.name == "":
		problem = "which recording? Name its file"
	case replayPaths[o.through] == "":
		problem = "-through must be server, engine or apply"
	case o.through != "server" && (o.speed != 0 || o.file != ""):
		problem = "-speed and -file are for a server"
	case o.pause < 0:
		problem = "-pause cannot be negative"
	default:
		return nil
	}
	fmt.Fprintf(w, "%s: %s\n", name, problem)
	return errUsage
}

func (o *replayOptions) run(ctx context.Context, program []string, stdout io.Writer) error {
	p := &replaying{replayOptions: *o, show: newProgress(stdout), program: program, ctx: ctx}
	defer p.show.clear()
	p.show.say("reading " + o.name + "…")
	if err := p.ready(); err != nil {
		return err
	}
	p.start = time.Now()
	row, err := p.play()
	p.show.clear()
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if err != nil {
		return err
	}
	return p.print(stdout, row)
}

// ready reads the recording and makes the plan.
func (p *replaying) ready() (err error) {
	if p.file != "" {
		if _, err := os.Lstat(p.file); err == nil {
			return fmt.Errorf("%s exists, and a replay begins with a new file: choose another name", p.file)
		}
	}
	if p.recording, err = readRecording(p.name); err != nil {
		return err
	}
	p.end.text = p.recording.End
	switch {
	case p.recording.concurrent() && p.writers > 1:
		return fmt.Errorf("%s says who typed what: -writers is for recordings of one person", p.name)
	case p.recording.concurrent():
		p.plan, err = planPeople(p.recording)
	default:
		p.plan = planWriters(p.recording, p.writers)
	}
	if err == nil && p.speed > 0 {
		p.due, err = p.plan.pauses(p.recording, p.pause)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

func (p *replaying) play() (*replayRow, error) {
	switch p.through {
	case "apply":
		return p.apply()
	case "engine":
		return p.converse()
	}
	return p.perform(p.ctx)
}

func (p *replaying) transition(s *step) aper.Transition[data.Text] {
	return p.recording.Transactions[s.transaction].transition()
}

// maxPendingReplay is how much may be pending by default (room.Options.MaxPending).
const maxPendingReplay = 1000

// maxPending returns how much has to be allowed to be pending: more where somebody typed much before he saw anything.
func (p *replaying) maxPending() int { return max(maxPendingReplay, p.plan.pending+p.window) }

// pace waits until a step is due.
func (p *replaying) pace(ctx context.Context, i int) error {
	if p.due == nil {
		return nil
	}
	timer := time.NewTimer(time.Until(p.start.Add(time.Duration(float64(p.due[i]) / p.speed))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tick shows how far it is, now and then, and finds out whether somebody interrupts.
func (p *replaying) tick(i int) error {
	if i%1000 == 0 || p.due != nil {
		p.show.say(fmt.Sprintf("transaction %d of %d…", i, len(p.plan.steps)))
		return p.ctx.Err()
	}
	return nil
}
