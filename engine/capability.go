package engine

import "github.com/aper-go/aper"

// A Timed state has timers, as many as it likes: it names the one that is due first. The authority makes the transition
// an event when its time has come, by itself (Meta.Client is 0) and exactly once. A nil transition says that there is
// none. The transition is one of the machine's own, so a rule that only a timer may use refuses every other client.
type Timed[S any] interface {
	NextTimer() (due aper.Time, t aper.Transition[S])
}

// An Attended state learns who is there. The authority makes these transitions events, by itself (Meta.Client is 0),
// when a session joins, and when it has been gone for Options.LeaveAfter. Nil says that nothing happens.
type Attended[S any] interface {
	Join(client aper.ClientID, user string) aper.Transition[S]
	Leave(client aper.ClientID, user string) aper.Transition[S]
}

// An Anchored state has transitions that mean something relative to the state they were made on, such as positions in a
// text. Their rules map them from Meta.Base to the state they meet, which must remember enough for bases from Meta.Floor
// on. When the authority has given up a base, the replica asks its state, in which its own earlier transitions are applied,
// to say the same thing on base to, which is what it has confirmed; m is what the transition was made with, and Lost in it
// that what it was made on top of was not all confirmed. The members of a group are asked about one by one. An error withdraws
// the transition, and is its outcome. A state that holds machines of a type that it does not know has a method Anchors, too,
// which reports whether those are Anchored.
type Anchored[S any] interface {
	Reanchor(t aper.Transition[S], m *aper.Meta, to aper.Seq) (aper.Transition[S], error)
}

// A Secretive state hides information: View returns what one session may see of it, as a state of the same type. All who do
// not see everything (Peer.SeesAll) must be views; the state itself never reaches them, and of a rejection they are told no
// more than a Conflict's own words: rules must not put what is hidden into those. What cannot be hidden is that something
// happened: events are numbered.
type Secretive[S any] interface {
	View(client aper.ClientID, user string) S
}

// Hides reports whether states of this type are Secretive.
func Hides[S any]() bool {
	var zero S
	_, hides := any(zero).(Secretive[S])
	return hides
}

// ViewOf returns what a session may see of a Secretive state. The error is a *PanicError.
func ViewOf[S any](s S, client aper.ClientID, user string) (seen S, err error) {
	err = guard(func() { seen = any(s).(Secretive[S]).View(client, user) })
	return seen, err
}

// capabilities says which of the above a state implements.
type capabilities struct{ timed, attended, anchored, secretive bool }

func capabilitiesOf[S any]() (c capabilities) {
	var zero S
	_, c.timed = any(zero).(Timed[S])
	_, c.attended = any(zero).(Attended[S])
	c.anchored = Anchors[S]()
	c.secretive = Hides[S]()
	return c
}

// Anchors reports whether states of this type are Anchored. Containers are when what they hold is.
func Anchors[S any]() bool {
	var zero S
	if _, ok := any(zero).(Anchored[S]); !ok {
		return false
	}
	container, ok := any(zero).(interface{ Anchors() bool })
	return !ok || container.Anchors()
}

// guard runs a function of the user's and turns a panic into an error.
func guard(f func()) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: stack()}
		}
	}()
	f()
	return nil
}

func nextTimer[S any](s S) (due aper.Time, t aper.Transition[S], err error) {
	err = guard(func() { due, t = any(s).(Timed[S]).NextTimer() })
	return due, t, err
}

func joinOf[S any](s S, client aper.ClientID, user string) (t aper.Transition[S], err error) {
	err = guard(func() { t = any(s).(Attended[S]).Join(client, user) })
	return t, err
}

func leaveOf[S any](s S, client aper.ClientID, user string) (t aper.Transition[S], err error) {
	err = guard(func() { t = any(s).(Attended[S]).Leave(client, user) })
	return t, err
}

func reanchor[S any](s S, t aper.Transition[S], m aper.Meta, to aper.Seq) (again aper.Transition[S], err error) {
	failed := guard(func() {
		group, ok := t.(interface {
			Reanchor(s S, m *aper.Meta, to aper.Seq) (aper.Transition[S], error)
		})
		if ok {
			again, err = group.Reanchor(s, &m, to)
			return
		}
		again, err = any(s).(Anchored[S]).Reanchor(t, &m, to)
	})
	if failed != nil {
		err = failed
	}
	return again, err
}
