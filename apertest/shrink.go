package apertest

import (
	"reflect"
	"slices"

	"github.com/aper-go/aper"
)

// A breach is a rule that was seen broken, and how to see it again.
type breach[S aper.StateMachine[S]] struct {
	rule     rule[S]
	past     []step[S] // leads to the state
	tries    []step[S] // is tried there
	evidence string
	once     bool // it could not be seen again
}

// patience is how often to look for what chance may hide.
const patience = 20

// again looks for the breach in replays of its history.
func (e *exploration[S]) again(b breach[S]) (breach[S], bool) {
	for range patience {
		if evidence := b.rule.broken(e.start.place().follow(b.past), b.tries); evidence != "" {
			b.evidence = evidence
			return b, true
		}
	}
	return b, false
}

// blame finds the rule that explains the breach best. A rule of chance that stands before it may well be broken too, here
// or one step on, and have been lucky.
func (e *exploration[S]) blame(b breach[S]) breach[S] {
	for _, r := range e.rules {
		if r.says == b.rule.says {
			break
		}
		if !r.chance {
			continue
		}
		for _, past := range b.nearby() {
			if lucky, ok := e.again(breach[S]{rule: r, past: past, tries: b.tries}); ok {
				return lucky
			}
		}
	}
	return b
}

// nearby returns the history of the breach, and those that are one step longer.
func (b breach[S]) nearby() [][]step[S] {
	all := [][]step[S]{b.past}
	for _, try := range b.tries {
		all = append(all, append(slices.Clip(b.past), try))
	}
	return all
}

// shrink takes away what the breach does not need: transitions, and what is in their metas.
func (e *exploration[S]) shrink(b breach[S]) breach[S] {
	b, ok := e.again(b)
	if !ok {
		b.once = true
		return b
	}
	for before := -1; before != len(b.past)+len(b.tries); {
		before = len(b.past) + len(b.tries)
		b = e.shrinkPart(b, past, remove)
		b = e.shrinkPart(b, tries, remove)
	}
	for field := range reflect.TypeFor[aper.Meta]().Fields() {
		if field.IsExported() {
			b = e.shrinkPart(b, past, forget[S](field))
			b = e.shrinkPart(b, tries, forget[S](field))
		}
	}
	return b
}

// shrinkPart makes each step of one part smaller where the breach stays, the last first.
func (e *exploration[S]) shrinkPart(b breach[S], part func(*breach[S]) *[]step[S], smaller func([]step[S], int) []step[S]) breach[S] {
	for i := len(*part(&b)) - 1; i >= 0; i-- {
		candidate := b
		steps := part(&candidate)
		*steps = smaller(slices.Clone(*steps), i)
		if found, ok := e.again(candidate); ok {
			b = found
		}
	}
	return b
}

// The parts of a breach.

func past[S aper.StateMachine[S]](b *breach[S]) *[]step[S]  { return &b.past }
func tries[S aper.StateMachine[S]](b *breach[S]) *[]step[S] { return &b.tries }

// The ways to make steps smaller.

func remove[S any](steps []step[S], i int) []step[S] { return slices.Delete(steps, i, i+1) }

func forget[S any](field reflect.StructField) func([]step[S], int) []step[S] {
	return func(steps []step[S], i int) []step[S] {
		reflect.ValueOf(&steps[i].meta).Elem().FieldByIndex(field.Index).SetZero()
		return steps
	}
}
