package aper_test

import "github.com/aper-go/aper"

// Hall is the machine of these tests: it has a field of every kind, so that what holds for Hall holds for what people
// write. Its methods Code stand in machine_aper_test.go.
type Hall struct {
	Open  bool
	Int8  int8
	Int16 int16
	Int32 int32
	Int64 int64
	Int   int
	Uint8 uint8

	Uint16  uint16
	Uint32  uint32
	Uint64  uint64
	Uint    uint
	Float32 float32
	Float64 float64
	Name    string

	Since aper.Time
	Owner aper.ID
	Stage Point
	Cells [3]int32
	Path  [2]Point
	Votes Tally
}

// Point is a plain struct.
type Point struct {
	X, Y  int32
	Label string
}

// Rename has a field of one kind, Furnish of all kinds, Close of none.
type Rename struct{ To string }

type Furnish struct{ Like Hall }

type Close struct{}

// Draw puts a new object onto the stage, at a random place.
type Draw struct{ Label string }

// HallVotes enters a nested machine.
type HallVotes struct {
	Do aper.Transition[Tally]
}

const ErrClosed = aper.Conflict("the hall is closed")

func (t Rename) Apply(h Hall, m *aper.Meta) (Hall, error) {
	if !h.Open {
		return h, ErrClosed
	}
	h.Name = t.To
	return h, nil
}

func (t Furnish) Apply(Hall, *aper.Meta) (Hall, error) { return t.Like, nil }

func (Close) Apply(h Hall, m *aper.Meta) (Hall, error) {
	h.Open, h.Since = false, m.Time
	return h, nil
}

func (t Draw) Apply(h Hall, m *aper.Meta) (Hall, error) {
	h.Owner = m.NewID()
	h.Stage = Point{X: int32(m.RandN(100)), Y: int32(m.RandN(100)), Label: t.Label}
	return h, nil
}

func (t HallVotes) Apply(h Hall, m *aper.Meta) (Hall, error) {
	next, err := t.Do.Apply(h.Votes, m)
	if err != nil {
		return h, aper.In("Votes", err)
	}
	h.Votes = next
	return h, nil
}

// Tally is a machine inside Hall.
type Tally struct{ Yes, No uint32 }

type Vote struct{ Yes bool }

type Recount struct{ Yes, No uint32 }

const ErrRecount = aper.Conflict("a recount cannot lose votes")

func (t Vote) Apply(v Tally, m *aper.Meta) (Tally, error) {
	if t.Yes {
		v.Yes++
	} else {
		v.No++
	}
	return v, nil
}

func (t Recount) Apply(v Tally, m *aper.Meta) (Tally, error) {
	if t.Yes+t.No < v.Yes+v.No {
		return v, ErrRecount
	}
	return Tally(t), nil
}

// Tree is a recursive machine. It keeps its branches in a slice, which it never changes in place.
type Tree struct {
	Label    string
	Branches []Tree
}

type Relabel struct{ To string }

type Grow struct{ Branch Tree }

// Climb enters a branch.
type Climb struct {
	Branch int
	Do     aper.Transition[Tree]
}

const ErrNoBranch = aper.Conflict("no such branch")

func (t Relabel) Apply(s Tree, m *aper.Meta) (Tree, error) { s.Label = t.To; return s, nil }

func (t Grow) Apply(s Tree, m *aper.Meta) (Tree, error) {
	s.Branches = append(s.Branches[:len(s.Branches):len(s.Branches)], t.Branch)
	return s, nil
}

func (t Climb) Apply(s Tree, m *aper.Meta) (Tree, error) {
	if t.Branch < 0 || t.Branch >= len(s.Branches) {
		return s, aper.In("Branches", ErrNoBranch)
	}
	branch, err := t.Do.Apply(s.Branches[t.Branch], m)
	if err != nil {
		return s, aper.In("Branches", aper.In(s.Branches[t.Branch].Label, err))
	}
	s.Branches = append([]Tree(nil), s.Branches...)
	s.Branches[t.Branch] = branch
	return s, nil
}

// NoteV1 is a machine as an older program knew it, and NoteV2 the same machine today: fields and a variant were added.
type NoteV1 struct{ Title string }

type RetitleV1 struct{ To string }

func (t RetitleV1) Apply(n NoteV1, m *aper.Meta) (NoteV1, error) { n.Title = t.To; return n, nil }

type NoteV2 struct {
	Title  string
	Done   bool
	Weight float64
	Size   uint8
	Author aper.ID
	Place  Point
	Path   [2]Point
	Tree   Tree
	Votes  Tally
}

type RetitleV2 struct {
	To     string
	Reason string
}

type Finish struct{}

func (t RetitleV2) Apply(n NoteV2, m *aper.Meta) (NoteV2, error) { n.Title = t.To; return n, nil }

func (Finish) Apply(n NoteV2, m *aper.Meta) (NoteV2, error) { n.Done = true; return n, nil }
