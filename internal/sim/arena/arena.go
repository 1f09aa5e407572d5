// Package arena is a game that uses everything an engine offers besides plain transitions: players join and leave, two
// timers run, dice are rolled, and things are made that have IDs. It is there to be simulated.
package arena

//go:generate go tool apergen

import (
	"iter"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// Arena is the state.
type Arena struct {
	Players data.Set[uint64]               // sessions that are in the room
	Points  data.Map[uint64, data.Counter] // by session; they stay when it leaves
	Things  data.Vector[Thing]             // at most maxThings
	Beat    aper.Time                      // when Tick is due: as long as there are players
	End     aper.Time                      // when the round ends; zero when there is none
	Rounds  uint64                         // that have ended
}

// Thing lies around, or is somebody's.
type Thing struct {
	ID    aper.ID
	Owner uint64 // session, or zero
}

// What only the authority does.
type (
	// Enter puts a session among the players.
	Enter struct{ Session uint64 }
	// Exit takes it out, and what it owns lies around.
	Exit struct{ Session uint64 }
	// Tick gives every player a point and, where there is room, makes a thing.
	Tick struct{ At aper.Time }
	// Gong ends the round. The points of the one who has most are halved.
	Gong struct{ At aper.Time }
)

// What players do.
type (
	// Begin begins a round. How long it takes is drawn.
	Begin struct{}
	// Roll adds what a die shows to the author's points, in a round.
	Roll struct{}
	// Make makes a thing, for points.
	Make struct{}
	// Take makes a thing the author's that lies around.
	Take struct{ ID aper.ID }
	// Break destroys a thing of the author's.
	Break struct{ ID aper.ID }
)

const (
	ErrAuthority = aper.Conflict("only the authority can do this")
	ErrNotDue    = aper.Conflict("this is not due")
	ErrPresent   = aper.Conflict("the session is here already")
	ErrAbsent    = aper.Conflict("the session is not here")
	ErrRound     = aper.Conflict("a round has begun")
	ErrNoRound   = aper.Conflict("no round has begun")
	ErrFull      = aper.Conflict("there are too many things")
	ErrPoor      = aper.Conflict("there are not enough points")
	ErrNoThing   = aper.Conflict("there is no such thing")
	ErrTaken     = aper.Conflict("the thing is somebody else's")
)

const (
	maxThings = 16
	price     = 3         // of a thing
	period    = 1000      // milliseconds between two ticks
	longest   = 5000      // milliseconds of a round
	most      = 1_000_000 // points
)

// NextTimer returns the timer that is due first.
func (a Arena) NextTimer() (aper.Time, aper.Transition[Arena]) {
	switch {
	case a.End != 0 && (a.Beat == 0 || a.End <= a.Beat):
		return a.End, Gong{a.End}
	case a.Beat != 0:
		return a.Beat, Tick{a.Beat}
	}
	return 0, nil
}

// Join returns what happens when a session comes.
func (a Arena) Join(client aper.ClientID, _ string) aper.Transition[Arena] {
	return Enter{uint64(client)}
}

// Leave returns what happens when a session goes.
func (a Arena) Leave(client aper.ClientID, _ string) aper.Transition[Arena] {
	return Exit{uint64(client)}
}

// MadeIDs yields the IDs of the things.
func (a Arena) MadeIDs() iter.Seq[aper.ID] {
	return func(yield func(aper.ID) bool) {
		for _, thing := range a.Things.All() {
			if !yield(thing.ID) {
				return
			}
		}
	}
}

func (t Enter) Apply(a Arena, m *aper.Meta) (Arena, error) {
	switch {
	case m.Client != 0:
		return a, ErrAuthority
	case a.Players.Has(t.Session):
		return a, ErrPresent
	}
	if a.Players.Len() == 0 {
		a.Beat = m.Time + period
	}
	a.Players = a.Players.With(t.Session)
	return a, nil
}

func (t Exit) Apply(a Arena, m *aper.Meta) (Arena, error) {
	switch {
	case m.Client != 0:
		return a, ErrAuthority
	case !a.Players.Has(t.Session):
		return a, ErrAbsent
	}
	a.Players = a.Players.Without(t.Session)
	if a.Players.Len() == 0 {
		a.Beat = 0
	}
	for i, thing := range a.Things.All() {
		if thing.Owner == t.Session {
			a.Things = a.Things.With(i, Thing{ID: thing.ID})
		}
	}
	return a, nil
}

func (t Tick) Apply(a Arena, m *aper.Meta) (Arena, error) {
	switch {
	case m.Client != 0:
		return a, ErrAuthority
	case a.Beat == 0 || t.At != a.Beat:
		return a, ErrNotDue
	}
	a.Beat += period
	for session := range a.Players.All() {
		a.Points = a.add(session, 1)
	}
	if a.Things.Len() < maxThings {
		a.Things = a.Things.WithAppended(Thing{ID: m.NewID()})
	}
	return a, nil
}

func (t Gong) Apply(a Arena, m *aper.Meta) (Arena, error) {
	switch {
	case m.Client != 0:
		return a, ErrAuthority
	case a.End == 0 || t.At != a.End:
		return a, ErrNotDue
	}
	a.End = 0
	a.Rounds++
	winner, points := uint64(0), int64(0)
	for session, has := range a.Points.All() {
		if has.Value() > points {
			winner, points = session, has.Value()
		}
	}
	if points > 0 {
		a.Points = a.add(winner, -points/2)
	}
	return a, nil
}

// Apply looks at the time only after it has drawn: a speculative transition, whose time is an estimate, has then no
// effect.
func (Begin) Apply(a Arena, m *aper.Meta) (Arena, error) {
	if a.End != 0 {
		return a, ErrRound
	}
	length := 1 + m.RandN(longest)
	a.End = m.Time + aper.Time(length)
	return a, nil
}

func (Roll) Apply(a Arena, m *aper.Meta) (Arena, error) {
	if a.End == 0 {
		return a, ErrNoRound
	}
	a.Points = a.add(uint64(m.Client), 1+int64(m.RandN(6)))
	return a, nil
}

func (Make) Apply(a Arena, m *aper.Meta) (Arena, error) {
	owner := uint64(m.Client)
	switch {
	case a.Things.Len() >= maxThings:
		return a, ErrFull
	case a.points(owner) < price:
		return a, ErrPoor
	}
	a.Points = a.add(owner, -price)
	a.Things = a.Things.WithAppended(Thing{ID: m.NewID(), Owner: owner})
	return a, nil
}

func (t Take) Apply(a Arena, m *aper.Meta) (Arena, error) {
	i, thing := a.find(t.ID)
	switch {
	case i < 0:
		return a, aper.In(t.ID.String(), ErrNoThing)
	case thing.Owner != 0:
		return a, aper.In(t.ID.String(), ErrTaken)
	}
	a.Things = a.Things.With(i, Thing{ID: t.ID, Owner: uint64(m.Client)})
	return a, nil
}

func (t Break) Apply(a Arena, m *aper.Meta) (Arena, error) {
	i, thing := a.find(t.ID)
	switch {
	case i < 0:
		return a, aper.In(t.ID.String(), ErrNoThing)
	case thing.Owner != uint64(m.Client):
		return a, aper.In(t.ID.String(), ErrTaken)
	}
	last, _ := a.Things.At(a.Things.Len() - 1)
	a.Things = a.Things.With(i, last).First(a.Things.Len() - 1)
	a.Points = a.add(uint64(m.Client), 1)
	return a, nil
}

// find returns the index of a thing, -1 when there is none.
func (a Arena) find(id aper.ID) (int, Thing) {
	for i, thing := range a.Things.All() {
		if thing.ID == id {
			return i, thing
		}
	}
	return -1, Thing{}
}

func (a Arena) points(session uint64) int64 {
	has, _ := a.Points.Get(session)
	return has.Value()
}

func (a Arena) add(session uint64, points int64) data.Map[uint64, data.Counter] {
	return a.Points.With(session, data.NewCounter(min(a.points(session)+points, most)))
}
