package main

import (
	"fmt"
	"slices"
	"strings"
)

// views are what everyone had seen in each transaction of a recording. Everyone's transactions follow one another, so what
// was seen is a number of transactions of each person.
type views struct {
	r    *recording
	made [][]int32 // the transactions of each person
	rank []int32   // of each transaction among those of its author
	seen [][]int32 // by each transaction, of each person; transactions share it where it is the same but for their author's own
}

func newViews(r *recording) (*views, error) {
	v := &views{r: r, made: make([][]int32, r.People), rank: make([]int32, len(r.Transactions)), seen: make([][]int32, len(r.Transactions))}
	for i := range r.Transactions {
		t := &r.Transactions[i]
		v.rank[i] = int32(len(v.made[t.Person]))
		v.seen[i] = v.merge(t)
		if own := v.rank[i]; own > 0 && v.ownSeen(t) < own {
			return nil, fmt.Errorf("transactions %d and %d conflict: both are by person %d, who had not seen the first when he made the second",
				v.made[t.Person][own-1], i, t.Person)
		}
		v.made[t.Person] = append(v.made[t.Person], int32(i))
	}
	return v, nil
}

// merge returns what the author of a transaction had seen of others.
func (v *views) merge(t *transaction) []int32 {
	if len(t.Parents) == 1 && v.r.Transactions[t.Parents[0]].Person == t.Person {
		return v.seen[t.Parents[0]]
	}
	seen := make([]int32, v.r.People)
	for _, parent := range t.Parents {
		for person, n := range v.seen[parent] {
			seen[person] = max(seen[person], n)
		}
		by := v.r.Transactions[parent].Person
		seen[by] = max(seen[by], v.rank[parent]+1)
	}
	return seen
}

// ownSeen returns how many of his own transactions the author of one had seen.
func (v *views) ownSeen(t *transaction) (n int32) {
	for _, parent := range t.Parents {
		if v.r.Transactions[parent].Person == t.Person {
			n = max(n, v.rank[parent]+1)
		} else {
			n = max(n, v.seen[parent][t.Person])
		}
	}
	return n
}

// constraints say what has to come before what. Beside the transactions there is a node for each time that somebody had
// seen something new: what he had seen of others is before it, and what he had not seen of others is after it.
type constraints struct {
	after  [][]int32
	before []int32 // how many are, and are not in order yet
	looks  []int32 // the transaction of each node that is none, which was made after that look
}

func (v *views) constraints() *constraints {
	n := len(v.r.Transactions)
	c := &constraints{after: make([][]int32, n), before: make([]int32, n)}
	for t := range v.r.Transactions {
		by, rank := v.r.Transactions[t].Person, v.rank[t]
		if rank > 0 {
			previous := v.made[by][rank-1]
			c.add(previous, int32(t))
			if &v.seen[previous][0] == &v.seen[t][0] {
				continue
			}
		}
		c.look(v, int32(t))
	}
	return c
}

func (c *constraints) add(first, then int32) {
	c.after[first] = append(c.after[first], then)
	c.before[then]++
}

func (c *constraints) look(v *views, t int32) {
	node := int32(len(c.after))
	c.after, c.before, c.looks = append(c.after, nil), append(c.before, 0), append(c.looks, t)
	c.add(node, t)
	for person, seen := range v.seen[t] {
		if person == v.r.Transactions[t].Person {
			continue
		}
		if seen > 0 {
			c.add(v.made[person][seen-1], node)
		}
		if int(seen) < len(v.made[person]) {
			c.add(node, v.made[person][seen])
		}
	}
}

// order returns an order that an authority can have decided in. It goes on with one person as long as it can, so that what
// he did can be sent at once.
func (v *views) order() ([]int32, error) {
	c := v.constraints()
	n := len(v.r.Transactions)
	order := make([]int32, 0, n)
	next := make([]int, v.r.People) // of each person's transactions
	var looks []int32               // nodes that have nothing before them
	for node := n; node < len(c.before); node++ {
		if c.before[node] == 0 {
			looks = append(looks, int32(node))
		}
	}
	release := func(node int32) {
		for _, then := range c.after[node] {
			if c.before[then]--; c.before[then] == 0 && int(then) >= n {
				looks = append(looks, then)
			}
		}
	}
	for by := 0; len(order) < n; {
		for len(looks) > 0 {
			node := looks[len(looks)-1]
			looks = looks[:len(looks)-1]
			release(node)
		}
		if by = v.ready(c, next, by); by < 0 {
			return nil, v.contradiction(c)
		}
		t := v.made[by][next[by]]
		next[by]++
		order = append(order, t)
		release(t)
	}
	return order, nil
}

// ready returns somebody whose next transaction has nothing before it: him who was last, or else him whose is the first in the
// recording. It returns -1 when there is nobody.
func (v *views) ready(c *constraints, next []int, last int) int {
	free := func(person int) bool {
		return next[person] < len(v.made[person]) && c.before[v.made[person][next[person]]] == 0
	}
	if free(last) {
		return last
	}
	best := -1
	for person := range next {
		if free(person) && (best < 0 || v.made[person][next[person]] < v.made[best][next[best]]) {
			best = person
		}
	}
	return best
}

// A demand says that somebody had seen one transaction and not another, which therefore has to come later.
type demand struct{ transaction, seen, unseen int32 }

func (d demand) String() string {
	return fmt.Sprintf("%d was made having seen %d but not %d", d.transaction, d.seen, d.unseen)
}

// contradiction returns an error with transactions that no order satisfies together: two where there are such, else more.
func (v *views) contradiction(c *constraints) error {
	demands := c.circle(len(v.r.Transactions))
	for i, d := range demands {
		for _, other := range demands[:i] {
			if pair := v.opposed(d.transaction, other.transaction); pair != nil {
				demands = pair
				break
			}
		}
	}
	slices.SortFunc(demands, func(a, b demand) int { return int(a.transaction - b.transaction) })
	var text []string
	for _, d := range demands {
		text = append(text, d.String())
	}
	return fmt.Errorf("transactions %d and %d conflict: no authority can have put in order what was seen: %s",
		demands[0].transaction, demands[1].transaction, strings.Join(text, "; "))
}

// opposed returns what two transactions demand of each other, if each had seen what the other had not.
func (v *views) opposed(a, b int32) []demand {
	one, other := int32(-1), int32(-1)
	for person := range v.made {
		if person == v.r.Transactions[a].Person || person == v.r.Transactions[b].Person {
			continue
		}
		switch x, y := v.seen[a][person], v.seen[b][person]; {
		case x > y:
			one = v.made[person][x-1]
		case y > x:
			other = v.made[person][y-1]
		}
	}
	if one < 0 || other < 0 {
		return nil
	}
	return []demand{{a, one, other}, {b, other, one}}
}

// circle returns demands that together put something before itself, out of what could not be put in order. The first n nodes
// are transactions.
func (c *constraints) circle(n int) (demands []demand) {
	before := make([]int32, len(c.before)) // of each node one before it that could not be put in order, and -1
	for node := range before {
		before[node] = -1
	}
	at := int32(-1)
	for node := range c.after {
		if c.before[node] == 0 {
			continue
		}
		for _, then := range c.after[node] {
			before[then] = int32(node)
		}
		at = int32(node)
	}
	for range before { // then it is in a circle
		at = before[at]
	}
	if at >= int32(n) {
		at = before[at] // a transaction: nothing else is before a look
	}
	for start, then := at, at; ; {
		previous := before[at]
		if at >= int32(n) && then != c.looks[at-int32(n)] {
			demands = append(demands, demand{c.looks[at-int32(n)], previous, then})
		}
		if then, at = at, previous; at == start {
			return demands
		}
	}
}
