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
	if len(m.Value) <= a.options.MaxPresence {
		a.setPresence(at.session, m.Value)
	}
}

// setPresence notes what is to be told at the end of the batch: only the last of many counts.
func (a *Authority[S]) setPresence(s *session, value []byte) {
	if len(value) == 0 && len(s.presence) == 0 {
		return
	}
	s.presence = append(s.presence[:0], value...)
	if !s.presenceChanged {
		s.presenceChanged = true
		a.batch.present = append(a.batch.present, s)
	}
}

// presenceChanges brings the table of presences up to date. It returns what changed, and nil when nothing did.
func (a *Authority[S]) presenceChanges() []byte {
	if len(a.batch.present) == 0 {
		return nil
	}
	var m wire.Presences
	table := slices.Clone(a.presences) // a Ready may hold the old one
	for _, s := range a.batch.present {
		s.presenceChanged = false
		at, there := slices.BinarySearchFunc(table, s.Client, byClient)
		entry := wire.Attendee{Client: s.Client, User: s.User, Value: slices.Clone(s.presence)}
		switch {
		case len(s.presence) > 0 && there:
			table[at] = entry
		case len(s.presence) > 0:
			table = slices.Insert(table, at, entry)
		case there:
			table = slices.Delete(table, at, at+1)
		default:
			continue // it came and went
		}
		if len(s.presence) > 0 {
			m.Set = append(m.Set, entry)
		} else {
			m.Gone = append(m.Gone, s.Client)
		}
	}
	a.presences = table
	return m.Append(nil)
}

func byClient(e wire.Attendee, client aper.ClientID) int { return cmp.Compare(e.Client, client) }

// maxSignals is how many signals of one connection are passed on in one batch. They may be lost anyway.
const maxSignals = 16

// signal passes something on to everyone who is there.
func (a *Authority[S]) signal(at *attachment, m *wire.Signal) {
	if at.signals.batch != a.batch.number {
		at.signals.batch, at.signals.count = a.batch.number, 0
	}
	at.signals.count++
	if len(m.Value) > a.options.MaxPresence || at.signals.count > maxSignals {
		return
	}
	entry := wire.Attendee{Client: at.session.Client, User: at.session.User, Value: slices.Clone(m.Value)}
	a.batch.signals = append(a.batch.signals, entry)
}
