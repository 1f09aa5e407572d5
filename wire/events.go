package wire

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// Events holds the events of one batch, encoded. The zero value is empty. A copy shares memory with the original: once
// there is one, add to neither.
//
// Consecutive transitions of one session at one time share a run, which is four or five items: by how much the session's
// number differs from that of the run before (from zero in the first), the number of its first transition, a number that
// holds flags in its four lowest bits and above them the milliseconds since the time of the batch, how far behind the
// first one was made, where a flag says that this follows, and an array of transitions, or where a flag says so one
// transition in its place. All runs together are one flat array. So an event alone costs three bytes beside its transition
// in a young room, the second in a run costs one, and one more costs nothing.
//
// Which of them share a run is up to the writer. Add writes at most 23 in one, and never an array of less than two; from
// others, longer and empty ones and arrays of one are read too. No encoding of the same events is the canonical one.
type Events struct {
	encoded []byte // the runs
	items   int
	count   int

	last      runHead // of the next event in the open run
	lastCount int     // how many are in it; none when there is no open run
	lastFlags int     // offset of the byte that holds its flags: the last one of extra
	lastBody  int     // offset of its only transition, or of its array head, which is one byte
}

// A runHead is what a run says about its next event.
type runHead struct {
	client aper.ClientID
	next   aper.ClientSeq
	extra  uint64
	behind uint64
}

// What extra says in its lowest bits. Where the head of a CBOR number gets longer is an even number, so extra takes as
// many bytes without flagAlone, which is the lowest bit, as with it.
const (
	flagAlone = 1 << iota // one transition stands in place of the array
	flagLost
	flagAmended
	flagBehind
	flags = iota // how many there are
)

// maxRun keeps the head of a run's array one byte long.
const maxRun = 23

// maxAfter leaves room for the flags.
const maxAfter = 1<<(64-flags) - 1

// An Event is one entry of Events.
type Event struct {
	Client     aper.ClientID
	ClientSeq  aper.ClientSeq
	After      aper.Time // since the time of the batch: never negative, and below 2^60
	Lost       bool
	Amended    bool   // the authority changed the transition; it is not what the author pushed
	Behind     uint64 // the event's seq less the seq that its author had confirmed; 0 unless the machine asks for that
	Transition []byte // encoded: exactly one CBOR item
}

func (v *Event) head() runHead {
	h := runHead{v.Client, v.ClientSeq, uint64(v.After) << flags, v.Behind}
	if v.Lost {
		h.extra |= flagLost
	}
	if v.Amended {
		h.extra |= flagAmended
	}
	if v.Behind > 0 {
		h.extra |= flagBehind
	}
	return h
}

// following returns what the next event of a run has: its author made it on the same seq, and it is one further.
func (h runHead) following() runHead {
	h.next++
	if h.behind > 0 {
		h.behind++
	}
	return h
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
	head := v.head()
	switch {
	case e.lastCount == 0 || e.lastCount == maxRun || e.last != head:
		e.begin(head)
	case e.lastCount == 1:
		e.openArray()
	default:
		e.encoded[e.lastBody]++
	}
	e.lastCount++
	e.encoded = append(e.encoded, v.Transition...)
	e.last = head.following()
	e.count++
}

// begin begins a run, in which the transition that follows is alone.
func (e *Events) begin(h runHead) {
	e.encoded = cbor.AppendInt(e.encoded, int64(h.client-e.last.client))
	e.encoded = cbor.AppendUint(e.encoded, uint64(h.next))
	e.encoded = cbor.AppendUint(e.encoded, h.extra|flagAlone)
	e.lastFlags = len(e.encoded) - 1
	e.items += 4
	if h.behind > 0 {
		e.encoded = cbor.AppendUint(e.encoded, h.behind)
		e.items++
	}
	e.lastBody, e.lastCount = len(e.encoded), 0
}

// openArray puts the transition that was alone in its run into an array, together with the one that follows.
func (e *Events) openArray() {
	e.encoded[e.lastFlags] &^= flagAlone
	e.encoded = append(e.encoded, 0)
	copy(e.encoded[e.lastBody+1:], e.encoded[e.lastBody:])
	cbor.AppendArray(e.encoded[:e.lastBody], 2) // in place
}

// All yields the events in order. Transitions are views. It stops at bytes that are not in order, which cannot be met in
// Events that were built by Add or came out of a Reader without error.
func (e *Events) All() func(yield func(Event) bool) {
	return func(yield func(Event) bool) {
		in := cbor.NewReader(e.encoded)
		walk(&in, e.items, yield)
	}
}

// walk reads runs. It reports how many events there were, and the session of the last.
func walk(in *cbor.Reader, items int, yield func(Event) bool) (count int, client aper.ClientID) {
	for items > 0 && in.Err() == nil {
		client += aper.ClientID(in.Int())
		v := Event{Client: client, ClientSeq: aper.ClientSeq(in.Uint())}
		extra := in.Uint()
		v.Lost, v.Amended, v.After = extra&flagLost != 0, extra&flagAmended != 0, aper.Time(extra>>flags)
		items -= 4
		if extra&flagBehind != 0 {
			v.Behind = in.Uint()
			items--
		}
		if items < 0 {
			in.Fail("events come in runs of four or five items")
		}
		n := 1
		if extra&flagAlone == 0 {
			n = in.Array()
		}
		for ; n > 0 && in.Err() == nil; n-- {
			if v.Transition = in.Raw(); in.Err() != nil {
				return count, client
			}
			count++
			if yield != nil && !yield(v) {
				return count, client
			}
			v.ClientSeq++
			if v.Behind > 0 {
				v.Behind++
			}
		}
	}
	return count, client
}

func (e *Events) append(b []byte) []byte {
	return append(cbor.AppendArray(b, e.items), e.encoded...)
}

func readEvents(f *fields) Events {
	e := Events{items: f.list()}
	rest, start := f.in.Rest(), f.in.Offset()
	e.count, e.last.client = walk(f.in, e.items, nil)
	size := f.in.Offset() - start
	e.encoded = rest[:size:size] // without the capacity for what follows, which Add would overwrite
	return e
}
