package client

import (
	"slices"
	"weak"

	"github.com/aper-go/aper"
)

// What takes the steps back means places in texts, and others edit these. So an Undo carries it along, like the replica what is
// pending: what takes back the last step was made on the state as it is, what takes back the one before that on the state that
// this would leave, and so on. Where that cannot go on, because the room went on for thousands of events without the client,
// say, or an edit was rejected, the Undo compares the texts of then and now.

// carryEvery is after how many events of others it is carried. A text remembers a thousand.
const carryEvery = 500

// keepUp carries what takes the steps back to the state as it is.
func (u *Undo[S]) keepUp() {
	r := u.client.replica
	u.restate(func(made []aper.Transition[S]) ([]aper.Transition[S], error) { return r.Carry(made, u.at) })
}

// passed carries it over the last push, which was not one of its own.
func (u *Undo[S]) passed() { u.restate(u.client.replica.CarryOver) }

// letGo gives up what takes steps back.
func letGo[S any](steps []*step[S]) {
	for _, s := range steps {
		s.back = nil
	}
}

// restate says anew what takes the steps back.
func (u *Undo[S]) restate(carry func(made []aper.Transition[S]) ([]aper.Transition[S], error)) {
	for _, steps := range [...][]*step[S]{u.past, u.future} {
		var made []aper.Transition[S]
		for _, s := range slices.Backward(steps) {
			made = append(made, s.back...)
		}
		again, err := carry(made)
		if err != nil {
			letGo(steps)
			continue
		}
		for _, s := range slices.Backward(steps) {
			s.back, again = again[:len(s.back):len(s.back)], again[len(s.back):]
		}
	}
	u.at = u.client.replica.Footing()
}

// carriers yields the Undos of this client that carry something along, but not the one given.
func (c *Client[S]) carriers(but *Undo[S]) func(yield func(*Undo[S]) bool) {
	c.undos = slices.DeleteFunc(c.undos, func(w weak.Pointer[Undo[S]]) bool { return w.Value() == nil })
	return func(yield func(*Undo[S]) bool) {
		for _, w := range c.undos {
			if u := w.Value(); u != nil && u != but && !yield(u) {
				return
			}
		}
	}
}
