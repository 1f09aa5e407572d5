package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/engine"
)

// An undoing replays a recording in which every character is another one, and somebody in it takes back everything.
type undoing struct {
	*conversation
	person  int
	last    rune
	typed   map[rune]int
	deleted map[rune]map[int]bool // by whom
	back    []aper.Transition[data.Text]
	at      engine.Footing
	steps   int
}

// edits returns those of a transaction with other characters, and notes who typed and deleted them.
func (u *undoing) edits(s *step) (edits []data.TextEdit) {
	text := u.people[s.person].replica.Optimistic()
	for _, p := range u.recording.Transactions[s.transaction].Patches {
		e := data.TextEdit{At: p.At, Delete: p.Delete}
		for _, r := range text.Slice(p.At, p.At+p.Delete) {
			if u.deleted[r] == nil {
				u.deleted[r] = map[int]bool{}
			}
			u.deleted[r][s.person] = true
		}
		for range p.Insert {
			u.last++
			u.typed[u.last] = s.person
			e.Insert += string(u.last)
		}
		text, _ = data.EditText(e).Apply(text, &aper.Meta{Base: ^aper.Seq(0), Client: 1})
		edits = append(edits, e)
	}
	return edits
}

// take lets the author of a step make it. He who takes everything back carries along what does.
func (u *undoing) take(s *step) error {
	if s.apart || u.unsent == u.window {
		if err := u.decide(); err != nil {
			return err
		}
	}
	one := u.people[s.person]
	do := data.EditText(u.edits(s)...)
	if err := u.push(one, do, s.person == u.person, true); err != nil {
		return err
	}
	u.unsent++
	one.limit = s.next
	return one.see()
}

func (u *undoing) push(one *participant, do aper.Transition[data.Text], carries, remembers bool) (err error) {
	if carries && len(u.back) > 0 {
		if u.back, err = one.replica.Carry(u.back, u.at); err != nil {
			return err
		}
	}
	if carries && !remembers {
		do, u.back = u.back[0], u.back[1:]
	}
	before := one.replica.Optimistic()
	id, err := one.replica.Push(do, 0)
	if err != nil || !carries {
		return err
	}
	u.at = one.replica.Footing()
	if !remembers {
		return nil
	}
	inverse, err := data.Inverse(do, before, one.replica.Optimistic(), &one.replica.Follow(id).Meta)
	if err != nil {
		return err
	}
	u.steps++
	if len(u.back) > 0 {
		if joined, ok := data.Join(inverse, u.back[0]); ok && u.steps%10 > 0 {
			u.back[0] = joined
			return nil
		}
	}
	u.back = slices.Insert(u.back, 0, inverse)
	return nil
}

// undoAll takes everything back, and finds what is wrong then.
func (u *undoing) undoAll(t *testing.T) {
	one := u.people[u.person]
	for _, one := range u.people {
		one.limit = ^aper.Seq(0)
	}
	for i := 0; len(u.back) > 0; i++ {
		if err := u.push(one, nil, true, false); err != nil {
			t.Fatal(err)
		}
		if i%7 == 0 {
			if err := u.decide(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := u.decide(); err != nil {
		t.Fatal(err)
	}
	text := u.authority.State().String()
	there := map[rune]bool{}
	for _, r := range text {
		there[r] = true
	}
	mine, others := 0, 0
	for r, who := range u.typed {
		deleted := u.deleted[r]
		byOthers := len(deleted) > 1 || len(deleted) == 1 && !deleted[u.person]
		switch {
		case who == u.person && there[r]:
			t.Fatalf("%q is there, which was taken back", r)
		case who != u.person && !there[r] && !byOthers:
			t.Fatalf("%q is gone, which nobody else deleted", r)
		case who != u.person && there[r] && byOthers && !deleted[u.person]:
			t.Fatalf("%q is there, which others deleted", r)
		case who == u.person:
			mine++
		case there[r]:
			others++
		}
	}
	t.Logf("%d steps were taken back, with %d characters; %d of others stayed", u.steps, mine, others)
}

// busiest returns the people, those who did the most first.
func busiest(steps []step, people int) []int {
	did, order := make([]int, people), make([]int, people)
	for i := range steps {
		did[steps[i].person]++
	}
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return did[b] - did[a] })
	return order
}

// Law B11 on recordings of people who typed at the same time.
func TestUndoInRecordings(t *testing.T) {
	directory := os.Getenv("APER_TRACES")
	if directory == "" {
		directory = filepath.Join("..", "..", "..", "shared", "traces")
	}
	files, err := filepath.Glob(filepath.Join(directory, "*.json*"))
	if err != nil {
		t.Fatal(err)
	}
	steps := 600
	if raceDetector {
		steps = 150
	}
	if os.Getenv("APER_LONG") != "" {
		steps = 1 << 30
	}
	for _, file := range append(files, "testdata/concurrent.json", "testdata/sequential.json") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p := &replaying{replayOptions: replayOptions{name: file, window: 50, writers: 1}, show: newProgress(&strings.Builder{})}
			if !strings.Contains(file, "clownschool") && !strings.Contains(file, "concurrent") {
				p.writers = 3
			}
			if err := p.ready(); err != nil {
				t.Fatal(err)
			}
			played := p.plan.steps[:min(steps, len(p.plan.steps))]
			for _, person := range busiest(played, p.plan.people)[:2] {
				c, err := p.begin()
				if err != nil {
					t.Fatal(err)
				}
				u := &undoing{conversation: c, person: person, last: 0x10000, typed: map[rune]int{}, deleted: map[rune]map[int]bool{}}
				for i := range played {
					if err := u.take(&played[i]); err != nil {
						t.Fatal(err)
					}
				}
				u.undoAll(t)
			}
		})
	}
}
