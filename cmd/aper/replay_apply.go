package main

import (
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// keepBehind is how many events a text remembers at least (engine.Options.KeepBehind).
const keepBehind = 1000

// apply lets the rules alone make the text, with the meta that an authority would give them.
func (p *replaying) apply() (*replayRow, error) {
	text := data.NewText(p.recording.Start)
	floors := p.plan.floors()
	numbers := make([]aper.ClientSeq, p.plan.people)
	for i := range p.plan.steps {
		s := &p.plan.steps[i]
		numbers[s.person]++
		meta := aper.Meta{
			Seq:       aper.Seq(i + 1),
			Client:    aper.ClientID(s.person + 1),
			ClientSeq: numbers[s.person],
			Base:      s.most,
			Floor:     floors[i],
		}
		next, err := p.transition(s).Apply(text, &meta)
		if err != nil {
			return nil, fmt.Errorf("transaction %d: %w", s.transaction, err)
		}
		text = next
		if err := p.tick(i); err != nil {
			return nil, err
		}
	}
	return p.row(text), p.end.verify("the text", text)
}

// floors returns the lowest base that may still come at each step.
func (p *plan) floors() []aper.Seq {
	floors := make([]aper.Seq, len(p.steps))
	lowest := aper.Seq(len(p.steps))
	for i := len(p.steps) - 1; i >= 0; i-- {
		lowest = min(lowest, p.steps[i].most)
		floors[i] = min(lowest, aper.Seq(max(0, i-keepBehind)))
	}
	return floors
}

// A conversation is an authority and a replica for everyone, as values, in this goroutine.
type conversation struct {
	*replaying
	authority *engine.Authority[data.Text]
	people    []*participant
	unsent    int    // transitions
	batches   uint64 // which stand for what is random
	journal   int    // bytes of records
}

// A participant is a replica, with what the authority sent it and it may not see yet.
type participant struct {
	replica  *engine.Replica[data.Text]
	limit    aper.Seq
	waiting  []delivery
	up, down int // bytes
}

type delivery struct {
	seq     aper.Seq // to which it brings a replica
	message []byte
}

func (p *replaying) converse() (*replayRow, error) {
	c, err := p.begin()
	if err != nil {
		return nil, err
	}
	for i := range p.plan.steps {
		if err := c.take(&p.plan.steps[i]); err != nil {
			return nil, err
		}
		if err := p.tick(i); err != nil {
			return nil, err
		}
	}
	return c.finish()
}

// begin lets everybody of a recording join.
func (p *replaying) begin() (*conversation, error) {
	c := &conversation{replaying: p, authority: engine.New[data.Text](engine.Options{
		MaxPending:    p.maxPending(),
		MaxTransition: maxReplayTransition,
	})}
	if err := c.authority.Create(data.NewText(p.recording.Start), 1); err != nil {
		return nil, err
	}
	c.authority.Open(1)
	for i, limit := range p.plan.first {
		one := &participant{replica: engine.NewReplica[data.Text](engine.ReplicaOptions{Room: replayRoom}), limit: limit}
		one.replica.Connect()
		c.people = append(c.people, one)
		c.authority.Attach(engine.Attach(i+1), engine.Peer{Token: wire.Token{byte(i), byte(i >> 8), 1}})
	}
	return c, c.decide()
}

// take lets the author of a step make it.
func (c *conversation) take(s *step) error {
	if s.apart || c.unsent == c.window {
		if err := c.decide(); err != nil {
			return err
		}
	}
	one := c.people[s.person]
	if seq := one.replica.Position().Seq; seq < s.least || seq > s.most {
		return fmt.Errorf("transaction %d: %w", s.transaction, errBroken)
	}
	if _, err := one.replica.Push(c.transition(s), 0); err != nil {
		return fmt.Errorf("transaction %d: %w", s.transaction, err)
	}
	c.unsent++
	one.limit = s.next
	return one.see()
}

// decide carries what there is to the authority, and what it decided back to where it may be seen.
func (c *conversation) decide() error {
	c.batches++
	c.authority.Tick(0, wire.Tag(c.batches), c.batches)
	for i, one := range c.people {
		for ready := one.replica.Ready(); ready.Send != nil; ready = one.replica.Ready() {
			one.up += len(ready.Send)
			c.authority.Step(engine.Attach(i+1), ready.Send)
		}
	}
	c.unsent = 0
	ready := c.authority.Ready()
	if len(ready.Reports) > 0 {
		return errors.Join(ready.Reports...)
	}
	if ready.Record != nil {
		c.journal += len(ready.Record.Append(nil))
	}
	for i, one := range c.people {
		message, err := ready.To(engine.Attach(i + 1))
		if err != nil {
			return err
		}
		if len(message) > 0 {
			one.down += len(message)
			one.waiting = append(one.waiting, delivery{ready.Position.Seq, message})
		}
		if err := one.see(); err != nil {
			return err
		}
	}
	return nil
}

// see takes what may be seen.
func (p *participant) see() error {
	for len(p.waiting) > 0 && p.waiting[0].seq <= p.limit {
		if err := p.replica.Step(p.waiting[0].message, 0); err != nil {
			return err
		}
		p.waiting = p.waiting[1:]
	}
	return nil
}

func (c *conversation) finish() (*replayRow, error) {
	if err := c.decide(); err != nil {
		return nil, err
	}
	row := c.row(c.authority.State())
	row.Journal = c.perEdit(c.journal)
	if err := c.end.verify("the authority", c.authority.State()); err != nil {
		return nil, err
	}
	for i, one := range c.people {
		row.Up += c.perEdit(one.up)
		row.Down += c.perEdit(one.down) / float64(len(c.people))
		if err := c.end.verify(fmt.Sprintf("the replica of person %d", i), one.replica.Confirmed()); err != nil {
			return nil, err
		}
		if err := c.end.verify(fmt.Sprintf("what person %d sees", i), one.replica.Optimistic()); err != nil {
			return nil, err
		}
	}
	return row, nil
}
