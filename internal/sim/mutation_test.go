package sim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A mutation is a deliberate mistake. The simulator has to find it within so many seeds of one machine; how many is a few
// times what it took when the mutation was written down.
type mutation struct {
	name     string
	file     string // in the module
	old, new string
	machine  string
	seeds    int
}

var mutations = []mutation{
	{
		name: "a push that comes twice happens twice", machine: "counter", seeds: 20,
		file: "engine/decide.go", old: "if next > s.Decided { // else", new: "if true { // else",
	},
	{
		name: "an event is published and not recorded", machine: "counter", seeds: 5,
		file: "engine/decide.go", old: "a.batch.write = true\n\ta.batch.drew", new: "a.batch.drew",
	},
	{
		name: "a rejection is told before it is durable", machine: "counter", seeds: 20,
		file: "engine/decide.go", old: "a.batch.write = true\n\ta.touch(s)\n\ta.tell(s, v)", new: "a.touch(s)\n\ta.tell(s, v)",
	},
	{
		name: "a snapshot drops what is pending", machine: "counter", seeds: 20,
		file: "engine/replica_step.go", old: "r.crossed = nil\n\tclear(r.users)", new: "r.pending = nil\n\tclear(r.users)",
	},
	{
		name: "a confirmed push takes the others with it", machine: "counter", seeds: 20,
		file: "engine/replica.go", old: "if r.pending[i].decided {", new: "if true {",
	},
	{
		name: "a restored journal is resumed as if nothing had happened", machine: "counter", seeds: 200,
		file: "engine/tail.go", old: "t.frames[at].end == p:", new: "t.frames[at].end.seq == p.seq:",
	},
	{
		name: "the journal accepts a stale owner", machine: "counter", seeds: 100,
		file: "journal/row.go", old: "r *wire.Record) error {\n", new: "r *wire.Record) error {\n\tif opened != w.Term {\n\t\treturn nil\n\t}\n",
	},
	{
		name: "an outcome is forgotten when the client comes back", machine: "counter", seeds: 50,
		file: "engine/session.go", old: "a.acknowledge(s, m.Known)\n\tat.mode", new: "a.acknowledge(s, s.Decided)\n\tat.mode",
	},
	{
		name: "a snapshot of the room has no sessions", machine: "counter", seeds: 50,
		file: "engine/restore.go", old: "a.sessions[row.Client] = restored\n", new: "",
	},
	{
		name: "client numbers are given out again after a restart", machine: "counter", seeds: 50,
		file: "engine/authority.go", old: "a.term, a.nextClient = term, a.clients", new: "a.term, a.nextClient = term, 1",
	},
	{
		name: "a client that is ahead of the journal keeps its session", machine: "counter", seeds: 300,
		file: "engine/session.go", old: "case s == nil || m.Known > s.Decided:", new: "case s == nil:",
	},
	{
		name: "replicas draw from another seed", machine: "arena", seeds: 10,
		file: "engine/replica_step.go", old: "wire.Entropy(m.Seed, index)", new: "wire.Entropy(m.Seed, index+1)",
	},
	{
		name: "time goes back with the clock", machine: "arena", seeds: 50,
		file: "engine/decide.go", old: "return max(a.time, a.now)", new: "return a.batch.record.Time",
	},
	{
		name: "a floor is not told", machine: "line", seeds: 200,
		file: "engine/ready.go", old: "f.Floor, a.framed = a.floor, a.floor", new: "a.framed = a.floor",
	},
	{
		name: "a push below the floor is decided", machine: "line", seeds: 200,
		file: "engine/anchor.go", old: "case m.Base < a.floorNow():", new: "case false:",
	},
	{
		name: "what was made on a push that was not taken is decided", machine: "line", seeds: 200,
		file: "engine/decide.go", old: "if at.nacked != 0 && next > at.nacked {", new: "if false {",
	},
	{
		name: "a timer that was caught up with fires late", machine: "arena", seeds: 20,
		file: "engine/lifecycle.go", old: "a.occur(t, max(due, a.time))", new: "a.occur(t, a.now)",
	},
	{
		name: "what is amended is not marked", machine: "counter", seeds: 20,
		file: "engine/decide.go", old: "a.accept(t, raw, amended)", new: "a.accept(t, raw, false)",
	},
	{
		name: "what was pushed is in the log, and not what it was amended to", machine: "bank", seeds: 20,
		file: "engine/decide.go", old: "t, raw, err = a.restate(t)", new: "t, _, err = a.restate(t)",
	},
	{
		name: "only the first of a group is asked about", machine: "bank", seeds: 20,
		file: "engine/authorize.go", old: "for i := range members {", new: "for i := range members[:1] {",
	},
	{
		name: "who may only look changes things", machine: "counter", seeds: 50,
		file: "engine/authorize.go", old: "case at.peer.ReadOnly:", new: "case false:",
	},
	{
		name: "a new epoch is not told to who resumes", machine: "counter", seeds: 100,
		file: "engine/session.go", old: "return elsewhere\n", new: "return false\n",
	},
	{
		name: "the epoch of a restored room lasts until it is opened again", machine: "counter", seeds: 100,
		file: "engine/restore.go", old: "if r.Epoch != 0 {", new: "if false {",
	},
	{
		name: "what takes back is not carried along", machine: "notebook", seeds: 100,
		file: "engine/carry.go", old: "case r.others <= from.position.Seq:", new: "case true:",
	},
	{
		name: "what takes back is not carried over other pushes", machine: "notebook", seeds: 100,
		file: "engine/carry.go", old: "if len(made) == 0 {", new: "if true {",
	},
	{
		name: "what takes back is carried along though its footing is gone", machine: "notebook", seeds: 100,
		file: "engine/carry.go", old: "slip() { r.slips++ }", new: "slip() {}",
	},
	{
		name: "who is expelled is told that it broke the protocol", machine: "counter", seeds: 100,
		file: "engine/authority.go", old: "a.close(at, wire.CloseRefused, reason)", new: "a.close(at, wire.CloseProtocol, reason)",
	},
}

// The simulator finds mistakes: each of these is made in a copy of the program, which then has to fail. Each run tries a few,
// others than the last one did; APER_LONG=1 tries all.
func TestMutations(t *testing.T) {
	if testing.Short() {
		t.Skip("this builds the program once for every mutation")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tried, first := len(mutations), 0
	if os.Getenv("APER_LONG") == "" {
		tried, first = 5, rand.IntN(len(mutations))
	}
	for i := range tried {
		m := mutations[(first+i)%len(mutations)]
		t.Run(m.name, func(t *testing.T) {
			output, err := m.simulate(t, root)
			_, found, wrong := strings.Cut(output, "machine "+m.machine+", ")
			switch {
			case err == nil:
				t.Errorf("%d seeds of %s do not find it", m.seeds, m.machine)
			case !wrong:
				t.Fatalf("the simulation could not run: %v\n%s", err, output)
			default:
				found, _, _ = strings.Cut(found, "\n")
				t.Log(found)
			}
		})
	}
}

// simulate runs the simulator on the program with the mistake.
func (m *mutation) simulate(t *testing.T, root string) (output string, err error) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "sim.test")
	build := exec.Command("go", "test", "-c", "-o", binary, "-overlay", m.overlay(t, root), "./internal/sim")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the mistake does not compile: %v\n%s", err, out)
	}
	run := exec.Command(binary, "-test.run", "^TestSimulation$", "-machine", m.machine, "-seed", "1", "-seeds", fmt.Sprint(m.seeds), "-shrink=false")
	run.Dir = filepath.Join(root, "internal", "sim")
	out, err := run.CombinedOutput()
	return string(out), err
}

// overlay makes a file that puts the changed source in the place of the right one (go help build, -overlay), and leaves out
// what the run does not need: the code is generic, so each machine that is simulated is compiled for itself.
func (m *mutation) overlay(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	change := func(file string, by func(source string) string) {
		right, wrong := filepath.Join(root, filepath.FromSlash(file)), filepath.Join(dir, filepath.Base(file))
		source, err := os.ReadFile(right)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(wrong, []byte(by(string(source))), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[right] = wrong
	}
	change(m.file, func(source string) string {
		if n := strings.Count(source, m.old); n != 1 {
			t.Fatalf("%s has %d places to change, want one: bring the mutation up to date", m.file, n)
		}
		return strings.Replace(source, m.old, m.new, 1)
	})
	change("internal/sim/subjects_test.go", func(source string) string { return m.subjects(t, source) })
	for _, file := range m.unneeded(t, root) {
		replace[file] = "" // as if it were not there
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, list, 0o644); err != nil {
		t.Fatal(err)
	}
	return overlay
}

var runnerLine = regexp.MustCompile(`(?m)^\t\w+\((\w+)Machine\),\n`)

// subjects returns the source of the runners without those of other machines.
func (m *mutation) subjects(t *testing.T, source string) string {
	t.Helper()
	kept := 0
	source = runnerLine.ReplaceAllStringFunc(source, func(line string) string {
		if runnerLine.FindStringSubmatch(line)[1] != m.machine {
			return ""
		}
		kept++
		return line
	})
	if kept != 1 {
		t.Fatalf("subjects_test.go has %d runners of machine %s, want one", kept, m.machine)
	}
	return source
}

// unneeded returns the test files without which TestSimulation can be built.
func (m *mutation) unneeded(t *testing.T, root string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "internal", "sim", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(file string) bool {
		switch filepath.Base(file) {
		case "machines_test.go", "simulation_test.go", "subjects_test.go":
			return true
		}
		return strings.HasPrefix(filepath.Base(file), "check_"+m.machine)
	})
}
