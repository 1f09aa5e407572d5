package sim

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

type appender interface{ Append([]byte) []byte }

func verdicts(list ...wire.Verdict) *wire.Verdicts { return &wire.Verdicts{List: list} }

func TestI5WhatLeavesIsDurable(t *testing.T) {
	log := counterLog(t)
	state, _ := aper.Encode(counter.Counter{Value: 15})
	resumed := welcomeTo(1)
	resumed.Mode, resumed.Decided = wire.Resumed, 3
	rejected := wire.Verdict{ClientSeq: 2, Seq: 2, Rejected: true, Conflict: counter.ErrNegative}
	changed := *frameOf(log.records[1])
	changed.Events = wire.Events{}
	changed.Events.Add(add(1, 1, 10))
	changed.Events.Add(add(2, 1, 6))
	tests := []struct {
		name string
		sent []appender
		want bool // a breach
	}{
		{"a new session", []appender{welcomeTo(4), snapshotOf(0, 0, 0)}, false},
		{"a session that was not reserved", []appender{welcomeTo(100)}, true},
		{"a session that goes on", []appender{resumed, frameOf(log.records[3]), verdicts(rejected)}, false},
		{"more is decided than is durable", []appender{&wire.Welcome{Client: 1, Decided: 4}}, true},
		{"the state of a batch", []appender{welcomeTo(4), snapshotOf(15, 2, 2)}, false},
		{"another state", []appender{welcomeTo(4), snapshotOf(14, 2, 2)}, true},
		{"a state within a batch", []appender{welcomeTo(4), snapshotOf(10, 1, 2)}, true},
		{"a state that is not durable", []appender{welcomeTo(4), snapshotOf(20, 4, 5)}, true},
		{"a frame that is not durable", []appender{&wire.Frame{First: 4, Tag: tagOf(5), Events: changed.Events}}, true},
		{"a frame in the wrong place", []appender{&wire.Frame{First: 2, Tag: tagOf(2), Events: changed.Events}}, true},
		{"a frame with another event", []appender{&changed}, true},
		{"an outcome that is not durable", []appender{resumed, verdicts(wire.Verdict{ClientSeq: 4, Seq: 3})}, true},
		{"another outcome", []appender{resumed, verdicts(wire.Verdict{ClientSeq: 2, Seq: 2})}, true},
		{"the outcome of another session", []appender{welcomeTo(2), verdicts(rejected)}, true},
		{"how far the log goes", []appender{&wire.Pong{Head: 3}}, false},
		{"farther than the log goes", []appender{&wire.Pong{Head: 4}}, true},
		{"the sum of a state", []appender{&wire.Check{Seq: 2, Sum: wire.SumOf(state)}}, false},
		{"another sum", []appender{&wire.Check{Seq: 3, Sum: wire.SumOf(state)}}, true},
		{"a user that no record has", []appender{&wire.Snapshot{Users: []wire.User{{Client: 1, Name: "ann"}}}}, true},
		{"the second part of a snapshot", []appender{welcomeTo(4), &wire.Snapshot{Part: 1, Parts: 2}}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newReleased(log)
			o.clients = log.clients
			var sent []byte
			for _, m := range test.sent {
				sent = m.Append(sent)
			}
			if err := o.Sent(1, 0, sent); test.want {
				wantBreach(t, "I5", err)
			} else {
				wantNone(t, err)
			}
		})
	}
}

func TestI5WhatLeavesCanBeRead(t *testing.T) {
	wantBreach(t, "I5", newReleased(counterLog(t)).Sent(1, 0, []byte{0x82, 0x10}))
}

// What an owner sends late, out of a log that was replaced since, was durable.
func TestI5WhatWasDurable(t *testing.T) {
	log := counterLog(t)
	frame := frameOf(log.records[3])
	wantNone(t, log.Restored(2))
	wantNone(t, newReleased(log).Sent(1, 0, message(frame)))
}
