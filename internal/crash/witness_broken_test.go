package crash

import (
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/internal/crash/ledger"
	"github.com/aper-go/aper/wire"
)

// goodWitness returns what is known about a room in which ann and bob wrote four entries each, of which ann's third and
// bob's last were rejected: ann 1, bob 1, ann 2, bob 2 | bob 3, ann 4, in two records after that of the beginning.
func goodWitness() *witness {
	log := []ledger.Write{{By: "ann", N: 1}, {By: "bob", N: 1}, {By: "ann", N: 2, Claim: 1}, {By: "bob", N: 2}, {By: "bob", N: 3}, {By: "ann", N: 4}}
	w := &witness{whole: true, told: map[string][]outcome{}, states: map[string]reached{}}
	for i, write := range log {
		if write.N == 4 {
			w.tell(outcome{write: ledger.Write{By: "ann", N: 3, Claim: 1}, err: ledger.ErrClaimed})
		}
		w.tell(outcome{write: write, seq: aper.Seq(i) + 1})
	}
	w.tell(outcome{write: ledger.Write{By: "bob", N: 4, Claim: 1}, err: ledger.ErrClaimed})
	w.records = []*wire.Record{
		{LSN: 1, Term: 1, Tag: 11, First: 1, Genesis: &wire.Genesis{}},
		{LSN: 2, Term: 1, Previous: 11, Tag: 12, First: 1, Events: encoded(log[:4]), Rejections: rejections(101, 3)},
		{LSN: 3, Term: 2, Previous: 12, Tag: 13, First: 5, Events: encoded(log[4:]), Rejections: rejections(102, 4)},
	}
	state := fold(&report{}, log)
	for _, who := range []string{"ann", "bob", "the journal"} {
		w.states[who] = reached{state, aper.Seq(len(log))}
	}
	return w
}

func (w *witness) tell(o outcome) { w.told[o.write.By] = append(w.told[o.write.By], o) }

func encoded(log []ledger.Write) (events wire.Events) {
	for _, write := range log {
		var c aper.Coder
		c.EncodeTo(nil)
		aper.CodeTransition[ledger.Ledger](&c, write)
		raw, err := c.Finish()
		if err != nil {
			panic(err)
		}
		client := map[string]aper.ClientID{"ann": 101, "bob": 102}[write.By]
		events.Add(wire.Event{Client: client, ClientSeq: aper.ClientSeq(write.N), Transition: raw})
	}
	return events
}

func rejections(client aper.ClientID, number aper.ClientSeq) []wire.Rejection {
	return []wire.Rejection{{Client: client, Verdict: wire.Verdict{ClientSeq: number, Rejected: true}}}
}

// Whatever went wrong, the check finds it.
func TestBrokenHistoriesAreFound(t *testing.T) {
	if faults := goodWitness().faults(); len(faults) > 0 {
		t.Fatalf("there is nothing wrong with this one:\n%s", strings.Join(faults, "\n"))
	}
	ann := func(n int64) ledger.Write { return ledger.Write{By: "ann", N: n} }
	bob := func(n int64) ledger.Write { return ledger.Write{By: "bob", N: n} }
	for name, c := range map[string]struct {
		says string
		do   func(w *witness)
	}{
		"the last record was lost": {"the journal ends with event 4, and 6 were confirmed", func(w *witness) { w.records = w.records[:2] }},
		"a record was lost":        {"record 3 of term 2 does not follow record 1 of term 1", func(w *witness) { w.records = slices.Delete(w.records, 1, 2) }},
		"the journal was lost":     {"the journal has no records", func(w *witness) { w.records = nil }},
		"the first was lost":       {"the journal begins with record 2", func(w *witness) { w.records = w.records[1:] }},
		"an event was lost": {"the journal ends with event 5, and 6 were confirmed", func(w *witness) {
			w.records[2].Events = encoded([]ledger.Write{bob(3)})
		}},
		"an event was doubled": {"event 7, which was confirmed to nobody", func(w *witness) {
			w.records[2].Events = encoded([]ledger.Write{bob(3), ann(4), ann(4)})
		}},
		"events changed places": {"event 5 is entry 4 of ann in the journal, and entry 3 of bob was confirmed", func(w *witness) {
			w.records[2].Events = encoded([]ledger.Write{ann(4), bob(3)})
		}},
		"a rejected one happened": {"the journal says of entry 4 that it was rejected: false", func(w *witness) {
			w.records[2].Events, w.records[2].Rejections = encoded([]ledger.Write{bob(3), ann(4), bob(4)}), nil
		}},
		"an event that nobody pushed": {"event 6 is entry 4 of eve in the journal", func(w *witness) {
			w.records[2].Events = encoded([]ledger.Write{bob(3), {By: "eve", N: 4}})
		}},
		"a rejection was lost": {"bob: the journal decides entries up to 3, and the author was told about 4", func(w *witness) {
			w.records[2].Rejections = nil
		}},
		"another was rejected": {"the journal decides entry 5, where 4 should be", func(w *witness) {
			w.records[2].Rejections[0].ClientSeq = 5
		}},
		"a broken chain":          {"does not follow record 2", func(w *witness) { w.records[2].Previous++ }},
		"an older term came back": {"record 3 of term 0 does not follow", func(w *witness) { w.records[2].Term = 0 }},
		"confirmed at another place": {"event 5 was confirmed to nobody", func(w *witness) {
			w.told["bob"][2].seq = 7
		}},
		"confirmed twice at one place": {"event 6 was confirmed to", func(w *witness) { w.told["bob"][2].seq = 6 }},
		"confirmed out of order":       {"ann: entry 2 is event 1, which does not come after 3", func(w *witness) { w.told["ann"][0].seq, w.told["ann"][1].seq = 3, 1 }},
		"confirmed nowhere":            {"bob: entry 3 is event 0", func(w *witness) { w.told["bob"][2].seq = 0 }},
		"an unknown outcome":           {client.ErrUnknown.Error(), func(w *witness) { w.told["ann"][2].err = client.ErrUnknown }},
		"an entry that was out of order": {string(ledger.ErrOrder), func(w *witness) {
			w.told["ann"][2].err = ledger.ErrOrder
		}},
		"no outcome": {"ann has an outcome of entry 2, where that of 1 should be", func(w *witness) { w.told["ann"] = w.told["ann"][1:] }},
		"told less than was decided": {"bob: the journal decides entry 4, of which the author was told nothing", func(w *witness) {
			w.told["bob"] = w.told["bob"][:3]
		}},
		"a replica that is behind": {"bob is at event 5, and 6 were confirmed", func(w *witness) {
			w.states["bob"] = reached{w.states["bob"].state, 5}
		}},
		"a replica that diverged": {"the state of bob is not what the confirmed events amount to", func(w *witness) {
			state := w.states["bob"].state
			state.Top++
			w.states["bob"] = reached{state, 6}
		}},
		"a room that was restored wrongly": {"the state of the journal is not", func(w *witness) {
			w.states["the journal"] = reached{fold(&report{}, []ledger.Write{ann(1), bob(1), ann(2), bob(2), ann(4), bob(3)}), 6}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := goodWitness()
			c.do(w)
			if faults := strings.Join(w.faults(), "\n"); !strings.Contains(faults, c.says) {
				t.Errorf("it says nothing like %q:\n%s", c.says, faults)
			}
		})
	}
}
