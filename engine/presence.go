package engine

import (
	"cmp"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// presence sets what the others see of a session beside the state, or takes it back. What is too large is ignored: the
// client's own engine refuses it, and it is not worth a connection.
func (a *Authority[S]) presence(at *attachment, m *wire.Presence) {
	if at.session == nil {
		a.close(at, wire.CloseProtocol, "the first message must be Hello")
		return
	}
	if len(m.Value) <= a.options.MaxPresence {
		a.setPresence(at.session, m.Value)
	}
}

func (a *Authority[S]) setPresence(s *session, value []byte) {
	at, there := slices.BinarySearchFunc(a.presences, s.Client, byClient)
	if len(value) == 0 && !there {
		return
	}
	entry := wire.Attendee{Client: s.Client, User: s.User, Value: slices.Clone(value)}
	table := slices.Clone(a.presences) // a Ready may hold the old one
	switch {
	case len(value) == 0:
		table = slices.Delete(table, at, at+1)
	case there:
		table[at] = entry
	default:
		table = slices.Insert(table, at, entry)
	}
	a.presences = table
	a.batch.present = append(a.batch.present, s.Client)
}

func byClient(e wire.Attendee, client aper.ClientID) int { return cmp.Compare(e.Client, client) }

// presenceChanges returns what changed in this batch, and nil when nothing did.
func (a *Authority[S]) presenceChanges() []byte {
	if len(a.batch.present) == 0 {
		return nil
	}
	slices.Sort(a.batch.present)
	var m wire.Presences
	for _, client := range slices.Compact(a.batch.present) {
		if at, there := slices.BinarySearchFunc(a.presences, client, byClient); there {
			m.Set = append(m.Set, a.presences[at])
		} else {
			m.Gone = append(m.Gone, client)
		}
	}
	return m.Append(nil)
}

// maxSignals is how many signals of one connection are passed on in one batch. They may be lost anyway.
const maxSignals = 16

// signal passes something on to everyone who is there.
func (a *Authority[S]) signal(at *attachment, m *wire.Signal) {
	s := at.session
	if s == nil {
		a.close(at, wire.CloseProtocol, "the first message must be Hello")
		return
	}
	if at.signals.batch != a.batch.number {
		at.signals.batch, at.signals.count = a.batch.number, 0
	}
	at.signals.count++
	if len(m.Value) > a.options.MaxPresence || at.signals.count > maxSignals {
		return
	}
	entry := wire.Attendee{Client: s.Client, User: s.User, Value: slices.Clone(m.Value)}
	a.batch.signals = append(a.batch.signals, entry)
}
