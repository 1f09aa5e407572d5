package main

import (
	"fmt"

	"github.com/aper-go/aper"
)

// A plan says in which order an authority is to get the transactions of a recording, so that each is made by somebody who
// has seen what its author had seen, no more and no less. What a replica has seen is the first events of that order, and
// its own transactions, whether they are confirmed or not.
type plan struct {
	people  int
	steps   []step
	first   []aper.Seq // what each may see before his first step
	pending int        // the most that somebody has to make before he may see that it was confirmed
}

// A step is one transaction. Its event has the seq of its place in the plan, from 1.
type step struct {
	transaction int
	person      int
	least, most aper.Seq // of what its author is to have confirmed
	next        aper.Seq // most of the author's next step, or all: what he may see from now on
	apart       bool     // all before it is to be published first, so that a replica can see that without this
}

// maxBehind is how far behind the head of a room a push may be (engine.Options.MaxBehind).
const maxBehind = 10_000

// planWriters lets several people take turns with the transactions of a recording in which each saw all before it.
func planWriters(r *recording, writers int) *plan {
	p := &plan{people: writers, steps: make([]step, len(r.Transactions))}
	for i := range p.steps {
		s := &p.steps[i]
		*s = step{transaction: i, person: i % writers, most: aper.Seq(i)}
		if writers > 1 {
			s.least, s.apart = s.most, i > 0
		}
	}
	p.link()
	return p
}

// planPeople finds such an order for people who typed at the same time. Where there is none, the error says which
// transactions contradict each other.
func planPeople(r *recording) (*plan, error) {
	v, err := newViews(r)
	if err != nil {
		return nil, err
	}
	order, err := v.order()
	if err != nil {
		return nil, err
	}
	p := &plan{people: r.People}
	seqs := make([]aper.Seq, len(order))
	for i, t := range order {
		seqs[t] = aper.Seq(i + 1)
	}
	cuts := make([]bool, len(order)+1) // where what somebody has seen ends
	for _, t := range order {
		s := v.step(t, seqs)
		cuts[s.least] = true
		p.steps = append(p.steps, s)
	}
	for i := range p.steps {
		s := &p.steps[i]
		s.apart = i > 0 && (cuts[i] || s.person != p.steps[i-1].person)
	}
	p.link()
	return p, p.check()
}

// step returns the step of a transaction, once all have their seqs.
func (v *views) step(t int32, seqs []aper.Seq) step {
	by := v.r.Transactions[t].Person
	s := step{transaction: int(t), person: by, most: seqs[t] - 1}
	for person, seen := range v.seen[t] {
		if person == by {
			continue
		}
		if seen > 0 {
			s.least = max(s.least, seqs[v.made[person][seen-1]])
		}
		if int(seen) < len(v.made[person]) {
			s.most = min(s.most, seqs[v.made[person][seen]]-1)
		}
	}
	return s
}

// link tells each step what its author may see after it.
func (p *plan) link() {
	p.first = make([]aper.Seq, p.people)
	for i := range p.first {
		p.first[i] = aper.Seq(len(p.steps))
	}
	for i := len(p.steps) - 1; i >= 0; i-- {
		s := &p.steps[i]
		s.next, p.first[s.person] = p.first[s.person], s.most
	}
}

// check makes sure that an authority accepts what it is to get, and notes how much is pending.
func (p *plan) check() error {
	for i := range p.steps {
		s := &p.steps[i]
		if behind := i - int(s.most); behind > maxBehind {
			return fmt.Errorf("transaction %d was made when %d others were not seen, and an authority takes nothing that is more than %d behind",
				s.transaction, behind, maxBehind)
		}
		p.pending = max(p.pending, i-int(s.most))
	}
	return nil
}
