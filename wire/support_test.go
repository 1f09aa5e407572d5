package wire_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/wire"
)

var (
	seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0 means a new one each time")
	rewrite  = flag.Bool("rewrite", false, "write the golden files in testdata anew")
)

func newRandom(t *testing.T) *rand.Rand {
	seed := *seedFlag
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to see this again: go test ./wire -run '^%s$' -seed %d", t.Name(), seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

func unhex(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

type message interface{ Append([]byte) []byte }

// A kind is all that the tests know of a message, or of a form that is stored.
type kind struct {
	name    string
	fields  []string // as they stand in the bytes
	full    message  // an example that has everything
	zero    message
	random  func(*rand.Rand) message
	read    func([]byte) (message, error)
	isStore bool // it is read by a function and not by a Reader
}

// at returns where a field stands in the bytes.
func (k kind) at(field string) int {
	i := slices.Index(k.fields, field)
	if i < 0 {
		panic(k.name + " has no " + field)
	}
	return i
}

var kinds = []kind{
	{
		name: "Hello", fields: names("code protocol room machine schema build view client token epoch seq tag known sent base instance attempt"),
		full: &wire.Hello{
			Protocol: wire.Version, Room: "lobby", Machine: "counter.Counter", Schema: wire.FingerprintOf("counter"), Build: "v1.2",
			View: true, Client: 7, Token: token, Position: wire.Position{Epoch: 1, Seq: 300, Tag: 0x1122334455667788}, Known: 41, Sent: 43,
			Base: 299, Instance: 0x99aabbccddeeff00, Attempt: 2,
		},
		zero: &wire.Hello{}, read: reading(wire.CodeHello),
		random: func(r *rand.Rand) message {
			return &wire.Hello{
				Protocol: number(r), Room: aper.RoomID(text(r)), Machine: text(r), Schema: wire.Fingerprint(number(r)), Build: text(r),
				View: coin(r), Client: client(r), Token: randomToken(r), Position: position(r),
				Known: aper.ClientSeq(number(r)), Sent: aper.ClientSeq(number(r)), Base: aper.Seq(number(r)), Instance: number(r), Attempt: number(r),
			}
		},
	},
	{
		name: "Push", fields: names("code first known transitions base"),
		full: &wire.Push{First: 42, Known: 41, Count: 3, Transitions: unhex("820101 8103" + "f6"), Base: 300},
		zero: &wire.Push{Transitions: []byte{}}, read: reading(wire.CodePush),
		random: func(r *rand.Rand) message {
			m := &wire.Push{First: aper.ClientSeq(number(r)), Known: aper.ClientSeq(number(r)), Count: r.IntN(30), Transitions: []byte{}}
			for range m.Count {
				m.Transitions = append(m.Transitions, transition(r)...)
			}
			if coin(r) {
				m.Base = aper.Seq(number(r))
			}
			return m
		},
	},
	{
		name: "Presence", fields: names("code value"), full: &wire.Presence{Value: unhex("820304")},
		zero: &wire.Presence{Value: []byte{}}, read: reading(wire.CodePresence),
		random: func(r *rand.Rand) message { return &wire.Presence{Value: content(r)} },
	},
	{
		name: "Ping", fields: names("code sent known base"), full: &wire.Ping{Sent: -1, Known: 43, Base: 299},
		zero: &wire.Ping{}, read: reading(wire.CodePing),
		random: func(r *rand.Rand) message {
			return &wire.Ping{Sent: moment(r), Known: aper.ClientSeq(number(r)), Base: aper.Seq(number(r))}
		},
	},
	{
		name: "Bye", fields: names("code"), full: wire.Bye{}, zero: wire.Bye{},
		read:   reading(wire.CodeBye),
		random: func(*rand.Rand) message { return wire.Bye{} },
	},
	{
		name: "Signal", fields: names("code value"), full: &wire.Signal{Value: unhex("8105")},
		zero: &wire.Signal{Value: []byte{}}, read: reading(wire.CodeSignal),
		random: func(r *rand.Rand) message { return &wire.Signal{Value: content(r)} },
	},
	{
		name: "Diverged", fields: names("code seq sum"), full: &wire.Diverged{Seq: 300, Sum: wire.SumOf(unhex("8105"))},
		zero: &wire.Diverged{}, read: reading(wire.CodeDiverged),
		random: func(r *rand.Rand) message {
			return &wire.Diverged{Seq: aper.Seq(number(r)), Sum: wire.Sum(number(r))}
		},
	},
	{
		name: "Welcome", fields: names("code mode client token epoch decided now transition pending presence checkEvery events floor rewound user"),
		full: &wire.Welcome{
			Mode: wire.Forked, Client: 7, Token: token, Epoch: 2, Decided: 41, Now: 1_700_000_000_000,
			Limits: wire.Limits{Transition: 65536, Pending: 32, Presence: 256, CheckEvery: 1000}, Events: true, Floor: 299, Rewound: true, User: "ann",
		},
		zero: &wire.Welcome{}, read: reading(wire.CodeWelcome),
		random: func(r *rand.Rand) message {
			return &wire.Welcome{
				Mode: wire.Mode(r.IntN(3)), Client: client(r), Token: randomToken(r), Epoch: wire.Epoch(number(r)),
				Decided: aper.ClientSeq(number(r)), Now: moment(r),
				Limits: wire.Limits{Transition: r.IntN(1<<30 + 1), Pending: r.IntN(100), Presence: r.IntN(1000), CheckEvery: r.IntN(1<<30 + 1)},
				Events: coin(r), Floor: aper.Seq(number(r)), Rewound: coin(r), User: text(r),
			}
		},
	},
	{
		name: "Snapshot", fields: names("code seq tag time state users part parts sum floor"),
		full: &wire.Snapshot{
			Seq: 300, Tag: 0x1122334455667788, Time: 1_700_000_000_000, State: unhex("8105"), Users: users,
			Part: 1, Parts: 2, Sum: wire.SumOf(unhex("8105")), Floor: 299,
		},
		zero: &wire.Snapshot{State: []byte{}}, read: reading(wire.CodeSnapshot),
		random: func(r *rand.Rand) message {
			return &wire.Snapshot{
				Seq: aper.Seq(number(r)), Tag: wire.Tag(number(r)), Time: moment(r), State: content(r), Users: randomUsers(r),
				Part: r.IntN(1<<30 + 1), Parts: r.IntN(30), Sum: wire.Sum(number(r)), Floor: aper.Seq(number(r)),
			}
		},
	},
	{
		name: "Frame", fields: names("code first tag seed time events users floor"),
		full: &wire.Frame{
			First: 301, Tag: 0x1122334455667788, Seed: 5, Time: 1_700_000_000_000, Events: events(someEvents...), Users: users, Floor: 299,
		},
		zero: &wire.Frame{}, read: reading(wire.CodeFrame),
		random: func(r *rand.Rand) message {
			m := &wire.Frame{
				First: aper.Seq(number(r)), Tag: wire.Tag(number(r)), Seed: number(r), Time: moment(r),
				Events: events(randomEvents(r)...), Users: randomUsers(r),
			}
			if coin(r) {
				m.Floor = aper.Seq(number(r))
			}
			return m
		},
	},
	{
		name: "Verdicts", fields: names("code list"), full: &wire.Verdicts{List: verdicts},
		zero: &wire.Verdicts{}, read: reading(wire.CodeVerdicts),
		random: func(r *rand.Rand) message { return &wire.Verdicts{List: list(r, verdict)} },
	},
	{
		name: "Nack", fields: names("code from floor"), full: &wire.Nack{From: 42, Floor: 299}, zero: &wire.Nack{}, read: reading(wire.CodeNack),
		random: func(r *rand.Rand) message {
			return &wire.Nack{From: aper.ClientSeq(number(r)), Floor: aper.Seq(number(r))}
		},
	},
	{
		name: "Presences", fields: names("code reset set gone"),
		full: &wire.Presences{Reset: true, Set: attendees, Gone: []aper.ClientID{3, 4}},
		zero: &wire.Presences{}, read: reading(wire.CodePresences),
		random: func(r *rand.Rand) message {
			return &wire.Presences{Reset: coin(r), Set: list(r, randomAttendee), Gone: list(r, client)}
		},
	},
	{
		name: "Pong", fields: names("code sent now head"), full: &wire.Pong{Sent: -1, Now: 1_700_000_000_000, Head: 300},
		zero: &wire.Pong{}, read: reading(wire.CodePong),
		random: func(r *rand.Rand) message {
			return &wire.Pong{Sent: moment(r), Now: moment(r), Head: aper.Seq(number(r))}
		},
	},
	{
		name: "Close", fields: names("code close reason decided"), full: &wire.Close{Code: wire.CloseRolledBack, Reason: "update the app", Decided: 43},
		zero: &wire.Close{}, read: reading(wire.CodeClose),
		random: func(r *rand.Rand) message {
			return &wire.Close{Code: wire.CloseCode(number(r)), Reason: text(r), Decided: aper.ClientSeq(number(r))}
		},
	},
	{
		name: "Check", fields: names("code seq sum"), full: &check, zero: &wire.Check{}, read: reading(wire.CodeCheck),
		random: func(r *rand.Rand) message { c := randomCheck(r); return &c },
	},
	{
		name: "Signals", fields: names("code list"), full: &wire.Signals{List: attendees}, zero: &wire.Signals{}, read: reading(wire.CodeSignals),
		random: func(r *rand.Rand) message { return &wire.Signals{List: list(r, randomAttendee)} },
	},
	{
		name: "Record",
		fields: names("version lsn term previous tag time schema first seed events rejections opened acknowledged clients genesis" +
			" floor joined evicted sum epoch"),
		full: &wire.Record{
			LSN: 12, Term: 3, Previous: 0x8877665544332211, Tag: 0x1122334455667788, Time: 1_700_000_000_000, Schema: wire.FingerprintOf("counter"),
			First: 301, Seed: 5, Events: events(someEvents...),
			Rejections:   []wire.Rejection{{Client: 7, Verdict: verdicts[1]}},
			Opened:       []wire.Opened{opened},
			Acknowledged: []wire.Acknowledged{{Client: 7, Through: 41}},
			Clients:      64, Genesis: &wire.Genesis{Epoch: 1, State: unhex("8100")},
			Floor: 299, Joined: []wire.Membership{{Client: 7, Joined: true}, {Client: 6}}, Evicted: []aper.ClientID{3, 4}, Sum: check,
			Epoch: 2,
		},
		zero: &wire.Record{}, isStore: true, read: func(b []byte) (message, error) { r, err := wire.ReadRecord(b); return &r, err },
		random: func(r *rand.Rand) message {
			record := &wire.Record{
				LSN: wire.LSN(number(r)), Term: wire.Term(number(r)), Previous: wire.Tag(number(r)), Tag: wire.Tag(number(r)),
				Time: moment(r), Schema: wire.Fingerprint(number(r)), First: aper.Seq(number(r)), Seed: number(r), Events: events(randomEvents(r)...),
				Rejections: list(r, func(r *rand.Rand) wire.Rejection {
					v := verdict(r)
					v.Rejected = true
					return wire.Rejection{Client: client(r), Verdict: v}
				}),
				Opened: list(r, randomOpened),
				Acknowledged: list(r, func(r *rand.Rand) wire.Acknowledged {
					return wire.Acknowledged{Client: client(r), Through: aper.ClientSeq(number(r))}
				}),
				Clients: client(r), Floor: aper.Seq(number(r)),
				Joined:  list(r, func(r *rand.Rand) wire.Membership { return wire.Membership{Client: client(r), Joined: coin(r)} }),
				Evicted: list(r, client), Sum: randomCheck(r), Epoch: wire.Epoch(number(r)),
			}
			if coin(r) {
				record.Genesis = &wire.Genesis{Epoch: wire.Epoch(number(r)), State: content(r)}
			}
			return record
		},
	},
	{
		name: "RoomSnapshot", fields: names("version lsn term recordTag epoch seq tag time schema state clients sessions floor evictedBelow earlier"),
		full: &wire.RoomSnapshot{
			LSN: 12, Term: 3, RecordTag: 0x1122334455667788, Position: wire.Position{Epoch: 1, Seq: 300, Tag: 0x1122334455667788},
			Time: 1_700_000_000_000, Schema: wire.FingerprintOf("counter"), State: unhex("8105"), Clients: 64,
			Sessions: []wire.SessionRow{{Opened: opened, Decided: 43, Rejected: 42, Window: verdicts, Joined: true, Active: 1_700_000_000_000, Told: true}},
			Floor:    299, EvictedBelow: 5, Earlier: []wire.Milestone{{LSN: 4, Seq: 100, Time: 1_600_000_000_000}, {LSN: 8, Seq: 200, Time: 1_650_000_000_000}},
		},
		zero: &wire.RoomSnapshot{State: []byte{}}, isStore: true,
		read: func(b []byte) (message, error) { s, err := wire.ReadRoomSnapshot(b); return &s, err },
		random: func(r *rand.Rand) message {
			return &wire.RoomSnapshot{
				LSN: wire.LSN(number(r)), Term: wire.Term(number(r)), RecordTag: wire.Tag(number(r)), Position: position(r),
				Time: moment(r), Schema: wire.Fingerprint(number(r)), State: content(r), Clients: client(r),
				Sessions: list(r, func(r *rand.Rand) wire.SessionRow {
					return wire.SessionRow{
						Opened: randomOpened(r), Decided: aper.ClientSeq(number(r)), Rejected: aper.ClientSeq(number(r)), Window: list(r, verdict),
						Joined: coin(r), Active: moment(r), Told: coin(r),
					}
				}),
				Floor: aper.Seq(number(r)), EvictedBelow: client(r),
				Earlier: list(r, func(r *rand.Rand) wire.Milestone {
					return wire.Milestone{LSN: wire.LSN(number(r)), Seq: aper.Seq(number(r)), Time: moment(r)}
				}),
			}
		},
	},
	{
		name: "Saved", fields: names("version schema room client token epoch seq tag floor state users next sent made pending"),
		full: &wire.Saved{
			Schema: wire.FingerprintOf("counter"), Room: "lobby", Client: 7, Token: token,
			Position: wire.Position{Epoch: 1, Seq: 300, Tag: 0x1122334455667788}, Floor: 299, State: unhex("8105"), Users: users,
			Next: 44, Sent: 43, Made: 50, Pending: []wire.SavedPush{
				{ID: 49, ClientSeq: 42, Known: 41, Base: 300, Time: 1_700_000_000_000, Transition: unhex("820101")},
				{ID: 50, ClientSeq: 43, Known: 41, Base: 300, Time: 1_700_000_000_001, Transition: []byte(wire.Void), Withdrawn: "undone"},
			},
		},
		zero: &wire.Saved{State: []byte{}}, isStore: true, read: func(b []byte) (message, error) { s, err := wire.ReadSaved(b); return &s, err },
		random: func(r *rand.Rand) message {
			return &wire.Saved{
				Schema: wire.Fingerprint(number(r)), Room: aper.RoomID(text(r)), Client: client(r), Token: randomToken(r), Position: position(r),
				Floor: aper.Seq(number(r)), State: content(r), Users: randomUsers(r),
				Next: aper.ClientSeq(number(r)), Sent: aper.ClientSeq(number(r)), Made: number(r),
				Pending: list(r, func(r *rand.Rand) wire.SavedPush {
					return wire.SavedPush{
						ID: number(r), ClientSeq: aper.ClientSeq(number(r)), Known: aper.ClientSeq(number(r)), Base: aper.Seq(number(r)),
						Time: moment(r), Transition: transition(r), Withdrawn: text(r),
					}
				}),
			}
		},
	},
	{
		name: "Divergence", fields: names("version machine schema build room client seq sum reason path base proven users frames pending here there"),
		full: &wire.Divergence{
			Machine: "counter.Counter", Schema: wire.FingerprintOf("counter"), Build: "v1.2 linux/amd64", Room: "lobby", Client: 7,
			Seq: 304, Sum: wire.SumOf(unhex("8106")), Reason: "the sums of the states differ", Path: []string{"Cards", "7-3-1"},
			Base:   wire.StateAt{Position: wire.Position{Epoch: 1, Seq: 300, Tag: 9}, Time: 1_700_000_000_000, Floor: 299, State: unhex("8105")},
			Proven: true, Users: users, Frames: (&wire.Frame{First: 301, Tag: 10, Events: events(someEvents...)}).Append(nil),
			Pending: []wire.SavedPush{{ID: 49, ClientSeq: 42, Known: 41, Base: 300, Time: 1_700_000_000_000, Transition: unhex("820101")}},
			Here:    wire.StateAt{Position: wire.Position{Epoch: 1, Seq: 304, Tag: 10}, Time: 1_700_000_000_020, Floor: 299, State: unhex("8107")},
			There:   wire.StateAt{Position: wire.Position{Epoch: 1, Seq: 304, Tag: 10}, Time: 1_700_000_000_020, Floor: 299, State: unhex("8106")},
		},
		zero: &wire.Divergence{
			Frames: []byte{}, Base: wire.StateAt{State: []byte{}}, Here: wire.StateAt{State: []byte{}}, There: wire.StateAt{State: []byte{}},
		},
		isStore: true, read: func(b []byte) (message, error) { d, err := wire.ReadDivergence(b); return &d, err },
		random: func(r *rand.Rand) message {
			return &wire.Divergence{
				Machine: text(r), Schema: wire.Fingerprint(number(r)), Build: text(r), Room: aper.RoomID(text(r)), Client: client(r),
				Seq: aper.Seq(number(r)), Sum: wire.Sum(number(r)), Reason: text(r), Path: list(r, text),
				Base: randomStateAt(r), Proven: coin(r), Users: randomUsers(r), Frames: content(r),
				Pending: list(r, func(r *rand.Rand) wire.SavedPush {
					return wire.SavedPush{ID: number(r), ClientSeq: aper.ClientSeq(number(r)), Time: moment(r), Transition: transition(r)}
				}),
				Here: randomStateAt(r), There: randomStateAt(r),
			}
		},
	},
}

var (
	token  = wire.Token{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	users  = []wire.User{{Client: 7, Name: "ann"}, {Client: 8, Name: "bob"}}
	opened = wire.Opened{Client: 7, TokenHash: []byte{0xaa, 0xbb}, User: "ann"}
	check  = wire.Check{Seq: 300, Sum: wire.SumOf(unhex("8105"))}

	attendees = []wire.Attendee{{Client: 7, User: "ann", Value: unhex("820304")}, {Client: 9, Value: unhex("8105")}}

	verdicts = []wire.Verdict{
		{ClientSeq: 41, Seq: 300},
		{ClientSeq: 42, Seq: 300, Rejected: true, Path: "Cards.7-3-1", Conflict: "no such card"},
		{ClientSeq: 43, Seq: 301, Rejected: true, Conflict: "the counter cannot go below zero"},
	}
	someEvents = []wire.Event{
		{Client: 7, ClientSeq: 42, Transition: unhex("820101")},
		{Client: 7, ClientSeq: 43, Transition: unhex("8103")},
		{Client: 8, ClientSeq: 1, Lost: true, Behind: 3, Transition: unhex("820202")},
		{Client: 0, ClientSeq: 303, After: 20, Amended: true, Transition: unhex("8103")},
	}
)

func kindOf(name string) kind {
	return kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })]
}

func names(list string) []string { return strings.Fields(list) }

// reading reads the one message there is.
func reading(code wire.Code) func([]byte) (message, error) {
	return func(b []byte) (message, error) {
		r := wire.NewReader(b)
		if !r.Next() || r.Code() != code {
			return nil, r.Err()
		}
		m := readers[code](&r)
		for r.Next() {
		}
		return m, r.Err()
	}
}

func events(list ...wire.Event) (e wire.Events) {
	for _, v := range list {
		e.Add(v)
	}
	return e
}

func collect(e *wire.Events) (list []wire.Event) {
	for v := range e.All() {
		list = append(list, v)
	}
	return list
}

// plain returns a message in a form that can be compared: with events in place of their encoding.
func plain(m message) any {
	switch m := m.(type) {
	case *wire.Frame:
		c := *m
		c.Events = wire.Events{}
		return []any{c, collect(&m.Events), m.Events.Len(), m.Events.Size()}
	case *wire.Record:
		c := *m
		c.Events = wire.Events{}
		return []any{c, collect(&m.Events), m.Events.Len(), m.Events.Size()}
	}
	return m
}

func same(a, b message) bool { return reflect.DeepEqual(plain(a), plain(b)) }

func coin(r *rand.Rand) bool { return r.IntN(2) == 0 }

func number(r *rand.Rand) uint64 { return r.Uint64() >> r.IntN(64) }

func client(r *rand.Rand) aper.ClientID { return aper.ClientID(number(r)) }

func moment(r *rand.Rand) aper.Time { return aper.Time(int64(r.Uint64()) >> r.IntN(64)) }

func text(r *rand.Rand) string {
	characters := []rune("a/é水\U00010151\x00\ufffd")
	s := make([]rune, r.IntN(5))
	for i := range s {
		s[i] = characters[r.IntN(len(characters))]
	}
	return string(s)
}

func content(r *rand.Rand) []byte {
	b := make([]byte, r.IntN(40))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func position(r *rand.Rand) wire.Position {
	return wire.Position{Epoch: wire.Epoch(number(r)), Seq: aper.Seq(number(r)), Tag: wire.Tag(number(r))}
}

func randomToken(r *rand.Rand) (t wire.Token) {
	for i := range t {
		t[i] = byte(r.Uint32())
	}
	return t
}

// transition returns what looks like one: an item of CBOR, now and then Void.
func transition(r *rand.Rand) []byte {
	if r.IntN(20) == 0 {
		return []byte(wire.Void)
	}
	b := cbor.AppendArray(nil, 3)
	b = cbor.AppendUint(b, uint64(r.IntN(4)))
	b = cbor.AppendText(b, text(r))
	return cbor.AppendBytes(b, content(r))
}

func list[T any](r *rand.Rand, one func(*rand.Rand) T) (all []T) {
	n := r.IntN(4)
	if r.IntN(20) == 0 {
		n = 22 + r.IntN(5) // where the head of an array becomes longer
	}
	for range n {
		all = append(all, one(r))
	}
	return all
}

func randomUsers(r *rand.Rand) []wire.User {
	return list(r, func(r *rand.Rand) wire.User { return wire.User{Client: client(r), Name: text(r)} })
}

func randomOpened(r *rand.Rand) wire.Opened {
	return wire.Opened{Client: client(r), TokenHash: content(r), User: text(r)}
}

func randomAttendee(r *rand.Rand) wire.Attendee {
	return wire.Attendee{Client: client(r), User: text(r), Value: content(r)}
}

func randomStateAt(r *rand.Rand) wire.StateAt {
	return wire.StateAt{Position: position(r), Time: moment(r), Floor: aper.Seq(number(r)), State: content(r)}
}

func randomCheck(r *rand.Rand) wire.Check {
	return wire.Check{Seq: aper.Seq(number(r)), Sum: wire.Sum(number(r))}
}

func verdict(r *rand.Rand) wire.Verdict {
	v := wire.Verdict{ClientSeq: aper.ClientSeq(number(r)), Seq: aper.Seq(number(r)), Rejected: coin(r)}
	if v.Rejected {
		v.Path, v.Conflict = text(r), aper.Conflict(text(r))
	}
	return v
}

// randomEvents makes runs of all lengths: mostly, an event is like the one before with the next number, made on the same
// seq. Numbers wrap around, as do the differences between sessions.
func randomEvents(r *rand.Rand) (list []wire.Event) {
	var v wire.Event
	for range r.IntN(80) {
		v.ClientSeq++
		if v.Behind > 0 {
			v.Behind++
		}
		switch r.IntN(20) {
		case 0:
			v.Client = client(r)
		case 1:
			v.Client += aper.ClientID(r.IntN(60) - 30)
		case 2:
			v.Client += 1 << 63
		case 3:
			v.ClientSeq = aper.ClientSeq(number(r))
		case 4:
			v.ClientSeq = math.MaxUint64 - aper.ClientSeq(r.IntN(3))
		case 5:
			v.After = aper.Time(number(r) >> 4)
		case 6:
			v.Lost = !v.Lost
		case 7:
			v.Amended = !v.Amended
		case 8:
			v.Behind = number(r)
		case 9:
			v.Behind = math.MaxUint64 - uint64(r.IntN(3))
		case 10:
			v.Behind = 0
		}
		v.Transition = transition(r)
		list = append(list, v)
	}
	return list
}

// items takes an array apart, and array puts one together.
func items(b []byte) (all [][]byte) {
	r := cbor.NewReader(b)
	for range r.Array() {
		all = append(all, r.Raw())
	}
	if err := r.End(); err != nil {
		panic(err)
	}
	return all
}

func array(all [][]byte) []byte {
	return append(cbor.AppendArray(nil, len(all)), bytes.Join(all, nil)...)
}

// extended returns b with more items at the end of the array that lies at path, as a newer program might write it.
func extended(b []byte, path ...int) []byte {
	all := slices.Clone(items(b))
	if len(path) == 0 {
		return array(append(all, unhex("f6"), unhex("8201636e6577")))
	}
	all[path[0]] = extended(all[path[0]], path[1:]...)
	return array(all)
}

func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
