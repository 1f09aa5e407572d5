package sim

import "math/rand/v2"

// A profile is what kind of world a seed makes.
type profile struct {
	weights   [verbCount]int
	length    int // how many times as long as others it runs
	clients   int
	pending   int  // how much a client pushes ahead
	deposed   bool // clients connect to owners that are deposed
	rollsBack bool // stores are set back
	settings  []Action
}

// usual is how often things happen where nothing is special. Work comes to about 1200.
var usual = [verbCount]int{
	Dial:        80,
	Push:        250,
	ClientTake:  250,
	Cut:         10,
	ClientCrash: 2,
	Clone:       1,
	Duplicate:   6,
	Ping:        10,
	Presence:    6,
	Signal:      4,
	Bye:         1,
	Hostile:     1,
	Stray:       1,
	Build:       1,
	ClientClock: 1,

	OwnerTake:    250,
	Late:         8,
	Notice:       20,
	Decide:       120,
	AppendOK:     150,
	AppendLost:   2,
	AppendLanded: 2,
	Publish:      150,
	OwnerCrash:   2,
	OwnerClock:   30,
	Drop:         3,
	Expel:        1,
	Snapshot:     8,
	Truncate:     4,
	Sum:          20,
	Open:         2,

	Restore: 1,
	Rewind:  1,
	Tear:    1,
}

// drawProfile makes some worlds calm and some stormy, some crowded, and some with one kind of fault that happens all the
// time: so that what takes long without faults is reached as well as what takes many.
func drawProfile(r *rand.Rand) profile {
	p := profile{weights: usual, length: 1, clients: 1 + r.IntN(5), pending: 5 + r.IntN(30), deposed: r.IntN(4) == 0, rollsBack: r.IntN(4) == 0}
	switch r.IntN(8) {
	case 0:
		p.scaleFaults(func(Verb) int { return r.IntN(8) / 7 })
	case 1:
		p.scaleFaults(func(Verb) int { return 5 })
	case 2:
		p.clients = 8 + r.IntN(9)
		p.scaleFaults(func(Verb) int { return r.IntN(3) })
	case 3, 4:
		only := drawFault(r)
		p.scaleFaults(func(v Verb) int {
			if v == only {
				return 20
			}
			return 0
		})
	default:
		p.scaleFaults(func(Verb) int { return r.IntN(4) })
	}
	if r.IntN(40) == 0 {
		p.length = 10
	}
	p.varyPace(r)
	p.settings = drawSettings(r, p.clients)
	return p
}

func (p *profile) scaleFaults(factor func(Verb) int) {
	for v := Verb(1); v < verbCount; v++ {
		if v.Fault() || v == Open || v == Bye {
			p.weights[v] *= factor(v)
		}
	}
	p.weights[Cut]++ // without any, nobody ever resumes
}

func drawFault(r *rand.Rand) Verb {
	for {
		if v := Verb(r.IntN(int(Remember))); usual[v] > 0 && (v.Fault() || v == Open) {
			return v
		}
	}
}

// varyPace makes batches large or small, journals fast or slow, clients eager or lazy.
func (p *profile) varyPace(r *rand.Rand) {
	for _, v := range []Verb{Push, ClientTake, OwnerTake, Decide, AppendOK, Publish} {
		p.weights[v] = p.weights[v] * (1 + r.IntN(4)) / 2
	}
}

// drawBases draws how old a base may be. In half of the worlds that is a few events, so that the floor moves all the time,
// and who was away for a moment has to say anew what it wants.
func drawBases(r *rand.Rand) []Action {
	if r.IntN(2) == 0 {
		return []Action{{Verb: SetBehind, Number: int64(1 + r.IntN(2000))}}
	}
	keep := 3 + r.IntN(18)
	return []Action{{Verb: SetKeep, Number: int64(keep)}, {Verb: SetBehind, Number: int64(keep + r.IntN(20))}}
}

// drawSettings draws the limits of the owners, and who the users are.
func drawSettings(r *rand.Rand, clients int) []Action {
	settings := []Action{
		{Verb: SetRing, Number: int64(100 << r.IntN(8))},
		{Verb: SetShare, Number: int64(r.IntN(2) * r.IntN(1000))},
		{Verb: SetPart, Number: int64(r.IntN(2) * r.IntN(50))},
		{Verb: SetTail, Number: int64(1 + r.IntN(1000))},
		{Verb: SetChecks, Number: int64(1 + r.IntN(2000))},
		{Verb: SetLeave, Number: int64(1 + r.IntN(2000))},
	}
	settings = append(settings, drawBases(r)...)
	if r.IntN(4) == 0 {
		settings = append(settings, Action{Verb: SetSessions, Number: int64(1 + r.IntN(2*clients))})
	}
	if r.IntN(4) == 0 {
		settings = append(settings, Action{Verb: SetAge, Number: int64(1 + r.IntN(1_000_000))})
	}
	for c := range clients {
		if r.IntN(2) == 0 {
			settings = append(settings, Action{Verb: User, Actor: c, Text: "user-" + Client(c%3).String()})
		}
		if r.IntN(3) == 0 {
			settings = append(settings, Action{Verb: Store, Actor: c})
		}
	}
	settings = append(settings, drawRights(r, clients)...)
	return append(settings, Action{Verb: Open, Actor: 1})
}

// drawRights draws who may do what.
func drawRights(r *rand.Rand, clients int) (settings []Action) {
	if r.IntN(3) == 0 {
		settings = append(settings, Action{Verb: SetAuthorize})
	}
	for c := range clients {
		if r.IntN(10) == 0 {
			settings = append(settings, Action{Verb: ReadOnly, Actor: c})
		}
	}
	return settings
}
