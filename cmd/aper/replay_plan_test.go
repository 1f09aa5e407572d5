package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
)

// A random session of an authority always has a plan, and in each step of it somebody has seen what the author had seen.
func TestPlansOfRandomSessions(t *testing.T) {
	for seed := range uint64(200) {
		r := randomSession(rand.New(rand.NewPCG(seed, 1)))
		p, err := planPeople(r)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := p.wrong(r); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// randomSession lets people make transactions, each of whom has seen a prefix of all and his own.
func randomSession(random *rand.Rand) *recording {
	r := &recording{Kind: "concurrent", People: 1 + random.IntN(5)}
	base, last := make([]int, r.People), make([]int, r.People)
	for i := range last {
		last[i] = -1
	}
	for i := range 1 + random.IntN(60) {
		by := random.IntN(r.People)
		if random.IntN(3) > 0 {
			base[by] += random.IntN(i - base[by] + 1)
		}
		var parents []int // not only the latest, which says the same
		if last[by] >= 0 {
			parents = append(parents, last[by])
		}
		for seen := range base[by] {
			parents = append(parents, seen)
		}
		r.Transactions = append(r.Transactions, transaction{Person: by, Parents: parents})
		last[by] = i
	}
	return r
}

// wrong looks at each step with sets of transactions.
func (p *plan) wrong(r *recording) error {
	all := make([]map[int]bool, len(r.Transactions)) // what is before each
	for i, t := range r.Transactions {
		all[i] = map[int]bool{}
		for _, parent := range t.Parents {
			all[i][parent] = true
			for before := range all[parent] {
				all[i][before] = true
			}
		}
	}
	for i, s := range p.steps {
		if s.least > s.most || int(s.most) > i {
			return fmt.Errorf("step %d: from %d to %d is to be confirmed", i, s.least, s.most)
		}
		for n := int(s.least); n <= int(s.most); n++ {
			seen := map[int]bool{}
			for j, before := range p.steps[:i] {
				if j < n || before.person == s.person {
					seen[before.transaction] = true
				}
			}
			if !maps.Equal(seen, all[s.transaction]) {
				return fmt.Errorf("transaction %d was made having seen %v, not %v", s.transaction, all[s.transaction], seen)
			}
		}
	}
	return p.cut()
}

// cut finds a step whose author cannot be shown what he is to see, because what is published at once has more.
func (p *plan) cut() error {
	for i, s := range p.steps {
		possible := s.least == 0
		for n := int(s.least); n <= int(s.most) && !possible; n++ {
			possible = n <= i && p.steps[n].apart
		}
		if !possible {
			return fmt.Errorf("step %d: nothing is published from %d to %d", i, s.least, s.most)
		}
	}
	return nil
}

func TestNoPlan(t *testing.T) {
	tests := []struct {
		name         string
		transactions []transaction
		want         string
	}{
		{"own transaction not seen", []transaction{{Person: 0}, {Person: 1}, {Person: 0, Parents: []int{1}}},
			"transactions 0 and 2 conflict: both are by person 0"},
		{"two in a circle", []transaction{{Person: 0}, {Person: 1}, {Person: 2, Parents: []int{1}}, {Person: 3, Parents: []int{0}}},
			"transactions 2 and 3 conflict"},
		{"three in a circle", []transaction{{Person: 0}, {Person: 1}, {Person: 2},
			{Person: 0, Parents: []int{0, 1}}, {Person: 1, Parents: []int{1, 2}}, {Person: 2, Parents: []int{2, 0}}},
			"transactions 3 and 4 conflict: no authority can have put in order what was seen: 3 was made having seen 1 but not 2; " +
				"4 was made having seen 2 but not 0; 5 was made having seen 0 but not 1"},
	}
	for _, test := range tests {
		_, err := planPeople(&recording{Kind: "concurrent", People: 4, Transactions: test.transactions})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

func TestPlanOfWhoWasAwayTooLong(t *testing.T) {
	r := &recording{Kind: "concurrent", People: 3}
	for i := range maxBehind + 2 {
		r.Transactions = append(r.Transactions, transaction{Person: 0, Parents: []int{max(0, i-1)}})
	}
	r.Transactions[0].Parents = nil
	r.Transactions = append(r.Transactions,
		transaction{Person: 1, Parents: []int{0}},
		transaction{Person: 2, Parents: []int{maxBehind + 1}},
		transaction{Person: 1, Parents: []int{maxBehind + 2}})
	if _, err := planPeople(r); err == nil || !strings.Contains(err.Error(), "an authority takes nothing that is more than 10000 behind") {
		t.Error(err)
	}
}
