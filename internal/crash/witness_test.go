package crash

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/internal/crash/ledger"
	"github.com/aper-go/aper/wire"
)

// A witness is all that is known about one room at the end: what its authors were told, what the journal holds, and the
// states that there are.
type witness struct {
	told    map[string][]outcome // by author, in the order in which he pushed
	records []*wire.Record       // those that the journal keeps
	whole   bool                 // that must be all of them
	states  map[string]reached   // by who holds it
}

// reached is a state, and the position of the last event in it.
type reached struct {
	state ledger.Ledger
	seq   aper.Seq
}

// A report collects what is wrong.
type report []string

func (r *report) add(format string, args ...any) { *r = append(*r, fmt.Sprintf(format, args...)) }

// faults returns what is wrong: an outcome that is not known, not in the order of its author, or for which there is no
// event at its place; an event that nobody pushed, or twice; a state that is not what the events amount to.
func (w *witness) faults() report {
	var r report
	for author, list := range w.told {
		checkTold(&r, author, list)
	}
	events := w.events(&r)
	want := fold(&r, events)
	for who, has := range w.states {
		if int(has.seq) != len(events) {
			r.add("%s is at event %d, and %d were confirmed", who, has.seq, len(events))
		}
		if !equal(has.state, want) {
			r.add("the state of %s is not what the confirmed events amount to", who)
		}
	}
	w.checkRecords(&r, events)
	return r
}

// checkTold looks at what one author was told.
func checkTold(r *report, author string, list []outcome) {
	var last aper.Seq
	for i, o := range list {
		switch {
		case o.write.N != int64(i)+1:
			r.add("%s has an outcome of entry %d, where that of %d should be", author, o.write.N, i+1)
		case o.err == nil && o.seq <= last:
			r.add("%s: entry %d is event %d, which does not come after %d", author, o.write.N, o.seq, last)
		case o.err != nil && !errors.Is(o.err, ledger.ErrClaimed):
			r.add("%s: the outcome of entry %d is: %v", author, o.write.N, o.err)
		}
		last = max(last, o.seq)
	}
}

// events returns the room's log as its authors were told it.
func (w *witness) events(r *report) []ledger.Write {
	bySeq := map[aper.Seq]ledger.Write{}
	for _, list := range w.told {
		for _, o := range list {
			if o.err != nil {
				continue
			}
			if other, double := bySeq[o.seq]; double {
				r.add("event %d was confirmed to %s and to %s", o.seq, other.By, o.write.By)
			}
			bySeq[o.seq] = o.write
		}
	}
	var events []ledger.Write
	for len(bySeq) > 0 {
		seq := aper.Seq(len(events)) + 1
		write, ok := bySeq[seq]
		if !ok {
			r.add("event %d was confirmed to nobody, and later ones were", seq)
			return events
		}
		events = append(events, write)
		delete(bySeq, seq)
	}
	return events
}

func fold(r *report, events []ledger.Write) (state ledger.Ledger) {
	for i, write := range events {
		next, err := write.Apply(state, &aper.Meta{Seq: aper.Seq(i) + 1})
		if err != nil {
			r.add("event %d cannot be applied: %v", i+1, err)
		}
		state = next
	}
	return state
}

func equal(a, b ledger.Ledger) bool {
	x, errX := aper.Encode(a)
	y, errY := aper.Encode(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// checkRecords compares the journal with what was confirmed, and with what was rejected.
func (w *witness) checkRecords(r *report, events []ledger.Write) {
	if len(w.records) == 0 {
		r.add("the journal has no records")
		return
	}
	if w.whole && w.records[0].LSN != 1 {
		r.add("the journal begins with record %d", w.records[0].LSN)
	}
	checkChain(r, w.records)
	next := w.records[0].First
	for _, record := range w.records {
		if record.First != next {
			r.add("record %d begins with event %d, expected %d", record.LSN, record.First, next)
		}
		for event := range record.Events.All() {
			w.checkEvent(r, events, record.First, next, event)
			next++
		}
	}
	if int(next) != len(events)+1 {
		r.add("the journal ends with event %d, and %d were confirmed", next-1, len(events))
	}
	w.checkDecisions(r)
}

// checkChain looks at how the records follow each other.
func checkChain(r *report, records []*wire.Record) {
	for i, record := range records[1:] {
		if before := records[i]; record.LSN != before.LSN+1 || record.Previous != before.Tag || record.Term < before.Term {
			r.add("record %d of term %d does not follow record %d of term %d", record.LSN, record.Term, before.LSN, before.Term)
		}
	}
}

func (w *witness) checkEvent(r *report, events []ledger.Write, first, seq aper.Seq, event wire.Event) {
	write, err := decode(event.Transition)
	switch {
	case err != nil:
		r.add("event %d cannot be read: %v", seq, err)
	case int(seq) > len(events):
		r.add("the journal has event %d, which was confirmed to nobody", seq)
	case write != events[seq-1]:
		r.add("event %d is entry %d of %s in the journal, and entry %d of %s was confirmed", seq, write.N, write.By, events[seq-1].N, events[seq-1].By)
	case int64(event.ClientSeq) != write.N:
		r.add("event %d is entry %d of %s and has number %d in its session", seq, write.N, write.By, event.ClientSeq)
	}
}

func decode(encoded []byte) (ledger.Write, error) {
	var c aper.Coder
	c.DecodeFrom(encoded)
	t := aper.CodeTransition[ledger.Ledger](&c, nil)
	if _, err := c.Finish(); err != nil {
		return ledger.Write{}, err
	}
	return t.(ledger.Write), nil
}

// decision is one line of a session in the journal.
type decision struct {
	number   aper.ClientSeq
	rejected bool
}

// checkDecisions looks at each session in the journal: it belongs to one author, and what was decided about it is what he
// was told, entry by entry. Of a journal that was shortened only the end is there.
func (w *witness) checkDecisions(r *report) {
	decided, owner := w.decisions(r)
	found := map[string]bool{}
	for client, list := range decided {
		author, known := owner[client]
		switch {
		case !known && w.whole:
			r.add("nobody knows whose session %d is", client)
		case !known: // its events were removed, and some rejections are left
		case found[author]:
			r.add("%s has more than one session in the journal", author)
		default:
			found[author] = true
			w.compare(r, author, list)
		}
	}
	for author, list := range w.told {
		if w.whole && len(list) > 0 && !found[author] {
			r.add("the journal knows nothing of %s", author)
		}
	}
}

// decisions returns what was decided about each session, in order, and whose it is, as far as events say so.
func (w *witness) decisions(r *report) (map[aper.ClientID][]decision, map[aper.ClientID]string) {
	decided, owner := map[aper.ClientID][]decision{}, map[aper.ClientID]string{}
	for _, record := range w.records {
		for event := range record.Events.All() {
			decided[event.Client] = append(decided[event.Client], decision{event.ClientSeq, false})
			write, _ := decode(event.Transition)
			if name, ok := owner[event.Client]; ok && name != write.By {
				r.add("session %d wrote for %s and for %s", event.Client, name, write.By)
			}
			owner[event.Client] = write.By
		}
		for _, rejection := range record.Rejections {
			decided[rejection.Client] = append(decided[rejection.Client], decision{rejection.ClientSeq, true})
		}
	}
	for _, list := range decided {
		slices.SortStableFunc(list, func(a, b decision) int { return int(a.number) - int(b.number) })
	}
	return decided, owner
}

func (w *witness) compare(r *report, author string, list []decision) {
	told := w.told[author]
	next := list[0].number
	if w.whole {
		next = 1
	}
	for _, d := range list {
		switch {
		case d.number != next:
			r.add("%s: the journal decides entry %d, where %d should be", author, d.number, next)
		case int(d.number) > len(told):
			r.add("%s: the journal decides entry %d, of which the author was told nothing", author, d.number)
		case d.rejected != (told[d.number-1].err != nil):
			r.add("%s: the journal says of entry %d that it was rejected: %v; the author was told the contrary", author, d.number, d.rejected)
		}
		next = d.number + 1
	}
	if int(next)-1 != len(told) {
		r.add("%s: the journal decides entries up to %d, and the author was told about %d", author, next-1, len(told))
	}
}
