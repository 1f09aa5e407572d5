package admin

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/wire"
)

// maxEvidence limits the file that is read: three states as large as a client accepts, and what led to them.
const maxEvidence = 512 << 20

// diagnose explains why a replica had another state than its server, from the evidence that its client kept.
func (t *tool[S]) diagnose(_ context.Context, l *line) error {
	asJSON := l.flags.Bool("json", false, "print one JSON object")
	args, err := l.parse()
	if err != nil {
		return err
	}
	d, err := readEvidence(args[0])
	if err == nil {
		err = t.knows(d)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	found, err := diagnosisOf[S](d)
	if err != nil {
		return fmt.Errorf("%s: what is in it cannot be replayed: %w", args[0], err)
	}
	if *asJSON {
		return t.json(found)
	}
	_, err = io.WriteString(t.out, found.text())
	return err
}

func readEvidence(path string) (*wire.Divergence, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxEvidence+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxEvidence {
		return nil, fmt.Errorf("it has more than %d bytes, which no evidence has", maxEvidence)
	}
	d, err := wire.ReadDivergenceFile(content)
	return &d, err
}

// knows refuses what this program has no rules for.
func (t *tool[S]) knows(d *wire.Divergence) error {
	switch {
	case d.Machine != t.machine:
		return fmt.Errorf("it is of the machine %s, and this program knows the rules of %s: use the program of that one",
			shown(d.Machine), t.machine)
	case d.Schema != wire.FingerprintOf(aper.Schema[S]()):
		return fmt.Errorf("it is of another version of %s than this program's: use one of the version that the replica had (%s)",
			t.machine, shown(d.Build))
	}
	return nil
}

// A diagnosis is what the verb diagnose prints.
type diagnosis struct {
	Verdict     verdict  `json:"verdict"`
	Explanation string   `json:"explanation"`
	Machine     string   `json:"machine"`
	Room        string   `json:"room"`
	Client      uint64   `json:"client"`
	Seq         aper.Seq `json:"seq"` // where it was noticed
	Reason      string   `json:"reason"`
	Path        []string `json:"path,omitempty"`
	Build       string   `json:"build"` // of the replica
	ThisBuild   string   `json:"thisBuild"`

	Base    aper.Seq  `json:"base"`
	Proven  bool      `json:"proven"` // the base is the server's, too
	Last    aper.Seq  `json:"last"`   // event that there is
	Replica aper.Seq  `json:"replica"`
	Server  *aper.Seq `json:"server,omitempty"`

	Impure      *eventSaid   `json:"impure,omitempty"` // whose rule gives something else each time
	Failed      *eventSaid   `json:"failed,omitempty"` // which cannot be applied here
	Differences []difference `json:"differences"`
	Pending     []pushSaid   `json:"pending"`
}

// A verdict says who has other rules than this program.
type verdict string

const (
	replicaDiffers verdict = "replica" // this program has those of the server
	serverDiffers  verdict = "server"  // this program has those of the replica
	impureRule     verdict = "impure"  // a rule does not come to the same each time
	noneAgrees     verdict = "unclear"
)

// An eventSaid is an event as it is shown to people.
type eventSaid struct {
	Seq        aper.Seq `json:"seq"`
	Author     string   `json:"author"`
	Kind       string   `json:"kind"`
	Transition string   `json:"transition"` // as JSON, cut where it is long
	Problem    string   `json:"problem,omitempty"`
}

// A difference is a place where two states differ, and what is there in both.
type difference struct {
	Path    []string   `json:"path"`
	Values  [2]valueOf `json:"values"`
	Changed *eventSaid `json:"changed,omitempty"` // by whom last
}

type valueOf struct {
	Whose string `json:"whose"`
	Value string `json:"value"` // as JSON, cut where it is long; empty when there is nothing
}

type pushSaid struct {
	ClientSeq  aper.ClientSeq `json:"clientSeq"`
	Transition string         `json:"transition"`
	Withdrawn  string         `json:"withdrawn,omitempty"`
}

func (d *diagnosis) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "client %d in room %q of %s was not where its server was, noticed at event %d: %s\n",
		d.Client, d.Room, d.Machine, d.Seq, shown(d.Reason))
	fmt.Fprintf(&b, "its build:  %s\nthis build: %s\n", shown(d.Build), d.ThisBuild)
	fmt.Fprintf(&b, "replayed:   from the state at %d%s; there are events up to %d, the replica's state at %d, %s\n\n",
		d.Base, d.provenText(), d.Last, d.Replica, d.serverText())
	fmt.Fprintf(&b, "%s\n", d.Explanation)
	for _, one := range d.Differences {
		one.tell(&b)
	}
	if len(d.Pending) > 0 {
		fmt.Fprintf(&b, "\npending in the replica:\n")
	}
	for _, p := range d.Pending {
		withdrawn := ""
		if p.Withdrawn != "" {
			withdrawn = ", withdrawn: " + shown(p.Withdrawn)
		}
		fmt.Fprintf(&b, "  %d %s%s\n", p.ClientSeq, p.Transition, withdrawn)
	}
	return b.String()
}

func (d *diagnosis) provenText() string {
	if d.Proven {
		return ", which was the server's, too"
	}
	return ", which was not compared with the server's"
}

func (d *diagnosis) serverText() string {
	if d.Server == nil {
		return "and none of the server"
	}
	return fmt.Sprintf("the server's at %d", *d.Server)
}

func (d *difference) tell(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s\n", placeOf(d.Path))
	for _, v := range d.Values {
		fmt.Fprintf(b, "  %-12s %s\n", v.Whose+":", nothing(v.Value))
	}
	if e := d.Changed; e != nil {
		fmt.Fprintf(b, "  last changed by event %d of %s, %s\n", e.Seq, e.Author, e.Transition)
	}
}

func placeOf(path []string) string {
	if len(path) == 0 {
		return "the whole state"
	}
	return shown(strings.Join(path, "."))
}

func nothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

// diagnosisOf replays a divergence and judges it.
func diagnosisOf[S aper.StateMachine[S]](d *wire.Divergence) (*diagnosis, error) {
	x, err := examine[S](d)
	if err != nil {
		return nil, err
	}
	found := &diagnosis{
		Machine: d.Machine, Room: string(d.Room), Client: uint64(d.Client), Seq: d.Seq, Reason: d.Reason, Path: d.Path,
		Build: d.Build, ThisBuild: client.ThisProgram(),
		Base: d.Base.Position.Seq, Proven: d.Proven, Last: x.retrace.Last, Replica: d.Here.Position.Seq,
		Differences: []difference{}, Pending: []pushSaid{},
	}
	if len(d.There.State) > 0 {
		found.Server = &d.There.Position.Seq
	}
	if failed := x.retrace.Failed(); failed != nil {
		found.Failed = said(failed)
	}
	for _, p := range d.Pending {
		found.Pending = append(found.Pending, pushSaid{p.ClientSeq, transitionText[S](p.Transition), p.Withdrawn})
	}
	x.judge(found)
	return found, nil
}
