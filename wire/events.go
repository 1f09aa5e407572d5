package wire

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// Events holds the events of one batch, encoded. The zero value is empty. A copy shares memory with the original: once
// there is one, add to neither.
//
// Consecutive transitions of one session at one time share a run: four items, which are the session, the number of its
// first transition, a number that holds flags in its two lowest bits and above them the milliseconds since the time of
// the batch, and an array of transitions. All runs together are one flat array. So an event alone costs four bytes
// beside its transition in a young room, and one more in a run costs nothing.
type Events struct {
	encoded []byte // the runs
	runs    int
	count   int

	last      runHead // of the open run
	lastCount int
	lastArray int // offset of its array head, which is one byte
}

type runHead struct {
	client aper.ClientID
	next   aper.ClientSeq
	extra  uint64
}

// maxRun keeps the head of a run's array one byte long.
const maxRun = 23

// maxAfter leaves room for the two flags.
const maxAfter = 1<<62 - 1

// An Event is one entry of Events.
type Event struct {
	Client     aper.ClientID
	ClientSeq  aper.ClientSeq
	After      aper.Time // since the time of the batch: never negative, and below 2^62
	Lost       bool
	Amended    bool   // the authority changed the transition; it is not what the author pushed
	Transition []byte // encoded: exactly one CBOR item
}

// Len returns how many events there are.
func (e *Events) Len() int { return e.count }

// Size returns how many bytes the events take.
func (e *Events) Size() int { return len(e.encoded) }

// Add appends an event. It panics when the event lies before its batch, because time in a log never goes back.
func (e *Events) Add(v Event) {
	if v.After < 0 || v.After > maxAfter {
		panic("wire: broken invariant: an event lies before its batch, or too long after it")
	}
	head := runHead{v.Client, v.ClientSeq, uint64(v.After) << 2}
	if v.Lost {
		head.extra |= 1
	}
	if v.Amended {
		head.extra |= 2
	}
	if e.lastCount == 0 || e.lastCount == maxRun || e.last != head {
		e.encoded = cbor.AppendUint(e.encoded, uint64(v.Client))
		e.encoded = cbor.AppendUint(e.encoded, uint64(v.ClientSeq))
		e.encoded = cbor.AppendUint(e.encoded, head.extra)
		e.lastArray, e.lastCount = len(e.encoded), 0
		e.encoded = cbor.AppendArray(e.encoded, 0)
		e.runs++
	}
	e.lastCount++
	e.encoded[e.lastArray]++
	e.encoded = append(e.encoded, v.Transition...)
	e.last = runHead{head.client, head.next + 1, head.extra}
	e.count++
}

// All yields the events in order. Transitions are views. It stops at bytes that are not in order, which cannot be met in
// Events that were built by Add or came out of a Reader without error.
func (e *Events) All() func(yield func(Event) bool) {
	return func(yield func(Event) bool) {
		in := cbor.NewReader(e.encoded)
		walk(&in, e.runs, yield)
	}
}

// walk reads runs and reports how many events there were.
func walk(in *cbor.Reader, runs int, yield func(Event) bool) (count int) {
	for ; runs > 0 && in.Err() == nil; runs-- {
		v := Event{Client: aper.ClientID(in.Uint()), ClientSeq: aper.ClientSeq(in.Uint())}
		extra := in.Uint()
		v.Lost, v.Amended, v.After = extra&1 != 0, extra&2 != 0, aper.Time(extra>>2)
		for n := in.Array(); n > 0 && in.Err() == nil; n-- {
			if v.Transition = in.Raw(); in.Err() != nil {
				return count
			}
			count++
			if yield != nil && !yield(v) {
				return count
			}
			v.ClientSeq++
		}
	}
	return count
}

func (e *Events) append(b []byte) []byte {
	return append(cbor.AppendArray(b, 4*e.runs), e.encoded...)
}

func readEvents(f *fields) Events {
	items := f.list()
	if items%4 != 0 {
		f.in.Fail("events come in runs of four items")
		return Events{}
	}
	e := Events{runs: items / 4}
	rest, start := f.in.Rest(), f.in.Offset()
	e.count = walk(f.in, e.runs, nil)
	size := f.in.Offset() - start
	e.encoded = rest[:size:size] // without the capacity for what follows, which Add would overwrite
	return e
}
