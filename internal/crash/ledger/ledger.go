// Package ledger is the machine of the crash tests. Its state says how often, and in which order, each author's entries
// were applied, so that one which was lost, doubled or moved shows in the state as well as in the journal.
package ledger

//go:generate go tool apergen

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// Ledger is the state.
type Ledger struct {
	Last  data.Map[string, data.Counter] // number of each author's last entry
	Count int64                          // of all entries
	Top   int64                          // the highest number that was claimed
	Chain uint64                         // of all entries, in their order
}

// Write appends an entry. Authors number theirs from 1.
type Write struct {
	By    string
	N     int64
	Claim int64  // a number that must be higher than all that were claimed before; 0 claims nothing
	Note  string // some bytes to carry
}

const (
	ErrClaimed = aper.Conflict("the number was claimed by an earlier entry")
	ErrOrder   = aper.Conflict("the author's entries are not in order")
)

func (t Write) Apply(s Ledger, _ *aper.Meta) (Ledger, error) {
	last, _ := s.Last.Get(t.By)
	switch {
	case t.N <= last.Value():
		return s, ErrOrder
	case t.Claim != 0 && t.Claim <= s.Top:
		return s, ErrClaimed
	}
	s.Last = s.Last.With(t.By, data.NewCounter(t.N))
	s.Count++
	s.Top = max(s.Top, t.Claim)
	s.Chain = link(link(s.Chain, t.By), t.Note)*31 + uint64(t.N)
	return s, nil
}

// link mixes a text into a chain, by FNV-1a.
func link(chain uint64, text string) uint64 {
	for i := range len(text) {
		chain = (chain ^ uint64(text[i])) * 0x100000001b3
	}
	return chain
}
