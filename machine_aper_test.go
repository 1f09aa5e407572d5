package aper_test

// These methods are written by hand, in the form that apergen gives them.

import "github.com/aper-go/aper"

var (
	_ aper.StateMachine[Hall]   = Hall{}
	_ aper.StateMachine[Tally]  = Tally{}
	_ aper.StateMachine[Tree]   = Tree{}
	_ aper.StateMachine[NoteV1] = NoteV1{}
	_ aper.StateMachine[NoteV2] = NoteV2{}
)

func (s Hall) Code(c *aper.Coder) Hall {
	if c.Struct("test.Hall", 20) {
		s.Open = c.Field("open").Bool(s.Open)
		s.Int8 = c.Field("int8").Int8(s.Int8)
		s.Int16 = c.Field("int16").Int16(s.Int16)
		s.Int32 = c.Field("int32").Int32(s.Int32)
		s.Int64 = c.Field("int64").Int64(s.Int64)
		s.Int = c.Field("int").Int(s.Int)
		s.Uint8 = c.Field("uint8").Uint8(s.Uint8)
		s.Uint16 = c.Field("uint16").Uint16(s.Uint16)
		s.Uint32 = c.Field("uint32").Uint32(s.Uint32)
		s.Uint64 = c.Field("uint64").Uint64(s.Uint64)
		s.Uint = c.Field("uint").Uint(s.Uint)
		s.Float32 = c.Field("float32").Float32(s.Float32)
		s.Float64 = c.Field("float64").Float64(s.Float64)
		s.Name = c.Field("name").Text(s.Name)
		s.Since = aper.Time(c.Field("since").Int64(int64(s.Since)))
		s.Owner = s.Owner.Code(c.Field("owner"))
		s.Stage = s.Stage.Code(c.Field("stage"))
		for i := range c.Field("cells").Array(len(s.Cells)) {
			s.Cells[i] = c.Item().Int32(s.Cells[i])
		}
		c.End()
		for i := range c.Field("path").Array(len(s.Path)) {
			s.Path[i] = s.Path[i].Code(c.Item())
		}
		c.End()
		s.Votes = s.Votes.Code(c.Field("votes"))
		c.End()
	}
	return s
}

func (s Point) Code(c *aper.Coder) Point {
	if c.Struct("test.Point", 3) {
		s.X = c.Field("x").Int32(s.X)
		s.Y = c.Field("y").Int32(s.Y)
		s.Label = c.Field("label").Text(s.Label)
		c.End()
	}
	return s
}

var hallTransitions = []string{"Rename", "Furnish", "Close", "Draw", "HallVotes"}

func (Hall) CodeTransition(c *aper.Coder, t aper.Transition[Hall]) aper.Transition[Hall] {
	switch c.Choice("test.Hall", hallTransitions) {
	case 1:
		return Rename{}.Code(c)
	case 2:
		return Furnish{}.Code(c)
	case 3:
		return Close{}.Code(c)
	case 4:
		return Draw{}.Code(c)
	case 5:
		return HallVotes{}.Code(c)
	}
	switch t := t.(type) {
	case Rename:
		t.Code(c)
	case Furnish:
		t.Code(c)
	case Close:
		t.Code(c)
	case Draw:
		t.Code(c)
	case HallVotes:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (t Rename) Code(c *aper.Coder) Rename {
	if c.Variant(1, "Rename", 1) {
		t.To = c.Field("to").Text(t.To)
		c.End()
	}
	return t
}

func (t Furnish) Code(c *aper.Coder) Furnish {
	if c.Variant(2, "Furnish", 1) {
		t.Like = t.Like.Code(c.Field("like"))
		c.End()
	}
	return t
}

func (t Close) Code(c *aper.Coder) Close {
	if c.Variant(3, "Close", 0) {
		c.End()
	}
	return t
}

func (t Draw) Code(c *aper.Coder) Draw {
	if c.Variant(4, "Draw", 1) {
		t.Label = c.Field("label").Text(t.Label)
		c.End()
	}
	return t
}

func (t HallVotes) Code(c *aper.Coder) HallVotes {
	if c.Variant(5, "HallVotes", 1) {
		t.Do = aper.CodeTransition(c.Field("do"), t.Do)
		c.End()
	}
	return t
}

func (s Tally) Code(c *aper.Coder) Tally {
	if c.Struct("test.Tally", 2) {
		s.Yes = c.Field("yes").Uint32(s.Yes)
		s.No = c.Field("no").Uint32(s.No)
		c.End()
	}
	return s
}

var tallyTransitions = []string{"Vote", "Recount"}

func (Tally) CodeTransition(c *aper.Coder, t aper.Transition[Tally]) aper.Transition[Tally] {
	switch c.Choice("test.Tally", tallyTransitions) {
	case 1:
		return Vote{}.Code(c)
	case 2:
		return Recount{}.Code(c)
	}
	switch t := t.(type) {
	case Vote:
		t.Code(c)
	case Recount:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (t Vote) Code(c *aper.Coder) Vote {
	if c.Variant(1, "Vote", 1) {
		t.Yes = c.Field("yes").Bool(t.Yes)
		c.End()
	}
	return t
}

func (t Recount) Code(c *aper.Coder) Recount {
	if c.Variant(2, "Recount", 2) {
		t.Yes = c.Field("yes").Uint32(t.Yes)
		t.No = c.Field("no").Uint32(t.No)
		c.End()
	}
	return t
}

func (s Tree) Code(c *aper.Coder) Tree {
	if c.Struct("test.Tree", 2) {
		s.Label = c.Field("label").Text(s.Label)
		n := c.Field("branches").List(len(s.Branches))
		branches := s.Branches
		for i := 0; i < n && !c.Failed(); i++ {
			if i < len(branches) {
				branches[i].Code(c.Item())
			} else {
				s.Branches = append(s.Branches, Tree{}.Code(c.Item()))
			}
		}
		c.End()
		c.End()
	}
	return s
}

var treeTransitions = []string{"Relabel", "Grow", "Climb"}

func (Tree) CodeTransition(c *aper.Coder, t aper.Transition[Tree]) aper.Transition[Tree] {
	switch c.Choice("test.Tree", treeTransitions) {
	case 1:
		return Relabel{}.Code(c)
	case 2:
		return Grow{}.Code(c)
	case 3:
		return Climb{}.Code(c)
	}
	switch t := t.(type) {
	case Relabel:
		t.Code(c)
	case Grow:
		t.Code(c)
	case Climb:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (t Relabel) Code(c *aper.Coder) Relabel {
	if c.Variant(1, "Relabel", 1) {
		t.To = c.Field("to").Text(t.To)
		c.End()
	}
	return t
}

func (t Grow) Code(c *aper.Coder) Grow {
	if c.Variant(2, "Grow", 1) {
		t.Branch = t.Branch.Code(c.Field("branch"))
		c.End()
	}
	return t
}

func (t Climb) Code(c *aper.Coder) Climb {
	if c.Variant(3, "Climb", 2) {
		t.Branch = c.Field("branch").Int(t.Branch)
		t.Do = aper.CodeTransition(c.Field("do"), t.Do)
		c.End()
	}
	return t
}

func (s NoteV1) Code(c *aper.Coder) NoteV1 {
	if c.Struct("test.Note", 1) {
		s.Title = c.Field("title").Text(s.Title)
		c.End()
	}
	return s
}

var noteV1Transitions = []string{"Retitle"}

func (NoteV1) CodeTransition(c *aper.Coder, t aper.Transition[NoteV1]) aper.Transition[NoteV1] {
	switch c.Choice("test.Note", noteV1Transitions) {
	case 1:
		return RetitleV1{}.Code(c)
	}
	switch t := t.(type) {
	case RetitleV1:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (t RetitleV1) Code(c *aper.Coder) RetitleV1 {
	if c.Variant(1, "Retitle", 1) {
		t.To = c.Field("to").Text(t.To)
		c.End()
	}
	return t
}

func (s NoteV2) Code(c *aper.Coder) NoteV2 {
	if c.Struct("test.Note", 9) {
		s.Title = c.Field("title").Text(s.Title)
		s.Done = c.Field("done").Bool(s.Done)
		s.Weight = c.Field("weight").Float64(s.Weight)
		s.Size = c.Field("size").Uint8(s.Size)
		s.Author = s.Author.Code(c.Field("author"))
		s.Place = s.Place.Code(c.Field("place"))
		for i := range c.Field("path").Array(len(s.Path)) {
			s.Path[i] = s.Path[i].Code(c.Item())
		}
		c.End()
		s.Tree = s.Tree.Code(c.Field("tree"))
		s.Votes = s.Votes.Code(c.Field("votes"))
		c.End()
	}
	return s
}

var noteV2Transitions = []string{"Retitle", "Finish"}

func (NoteV2) CodeTransition(c *aper.Coder, t aper.Transition[NoteV2]) aper.Transition[NoteV2] {
	switch c.Choice("test.Note", noteV2Transitions) {
	case 1:
		return RetitleV2{}.Code(c)
	case 2:
		return Finish{}.Code(c)
	}
	switch t := t.(type) {
	case RetitleV2:
		t.Code(c)
	case Finish:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (t RetitleV2) Code(c *aper.Coder) RetitleV2 {
	if c.Variant(1, "Retitle", 2) {
		t.To = c.Field("to").Text(t.To)
		t.Reason = c.Field("reason").Text(t.Reason)
		c.End()
	}
	return t
}

func (t Finish) Code(c *aper.Coder) Finish {
	if c.Variant(2, "Finish", 0) {
		c.End()
	}
	return t
}
