package aper_test

import (
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
)

// A package declares its conflicts as constants, and programs find them with errors.Is.
func ExampleConflict() {
	// In package counter: const ErrNegative = aper.Conflict("the counter cannot go below zero")
	_, err := counter.Decrement{By: 1}.Apply(counter.Counter{}, &aper.Meta{})
	fmt.Println(err)
	fmt.Println(errors.Is(err, counter.ErrNegative))
	// Output:
	// the counter cannot go below zero
	// true
}

// All makes one transition of several: when one of them conflicts, none takes effect.
func ExampleAll() {
	start := counter.Counter{Value: 1}

	both := aper.All[counter.Counter](counter.Increment{By: 5}, counter.Decrement{By: 2})
	c, err := both.Apply(start, &aper.Meta{})
	fmt.Println(c.Value, err)

	none := aper.All[counter.Counter](counter.Increment{By: 5}, counter.Decrement{By: 100})
	c, err = none.Apply(start, &aper.Meta{})
	fmt.Println(c.Value, err)
	// Output:
	// 4 <nil>
	// 1 the counter cannot go below zero
}

// Encode and Decode are for whole states: equal states have equal bytes.
func ExampleEncode() {
	b, err := aper.Encode(counter.Counter{Value: 1000})
	fmt.Printf("%x %v\n", b, err)
	// Output: 811903e8 <nil>
}

func ExampleDecode() {
	c, err := aper.Decode[counter.Counter]([]byte{0x81, 0x05})
	fmt.Println(c.Value, err)

	_, err = aper.Decode[counter.Counter]([]byte{0x82, 0x05, 0x01})
	fmt.Println(err)
	// Output:
	// 5 <nil>
	// aper: cbor: at byte 1: counter.Counter has 2 fields where this program knows 1: a newer version wrote it; update this program
}

func ExampleToJSON() {
	text, err := aper.ToJSON(counter.Counter{Value: 5})
	fmt.Printf("%s %v\n", text, err)

	// JavaScript would lose the last digits of a larger number, so it becomes a string.
	text, err = aper.ToJSON(counter.Counter{Value: 1<<53 + 1})
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// {"value":5} <nil>
	// {"value":"9007199254740993"} <nil>
}

func ExampleFromJSON() {
	c, err := aper.FromJSON[counter.Counter]([]byte(`{"value": 5}`))
	fmt.Println(c.Value, err)

	_, err = aper.FromJSON[counter.Counter]([]byte(`{"valve": 5}`))
	fmt.Println(err)
	// Output:
	// 5 <nil>
	// aper: counter.Counter: the member "valve" is unknown
}

// A Coder does for transitions what Encode and ToJSON do for states. It can be kept and used again.
func ExampleCoder() {
	var c aper.Coder
	c.JSONFrom([]byte(`{"Increment": {"by": 3}}`))
	t := aper.CodeTransition[counter.Counter](&c, nil)
	if _, err := c.Finish(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%T %v\n", t, t)

	c.EncodeTo(nil)
	aper.CodeTransition(&c, t)
	b, err := c.Finish()
	fmt.Printf("%x %v\n", b, err)
	// Output:
	// counter.Increment {3}
	// 820103 <nil>
}

// An ID is made of who made it, in which transition, and a count. So it is known before the authority has spoken, and
// the same on every replica.
func ExampleMeta_NewID() {
	m := aper.Meta{Client: 7, ClientSeq: 3} // the engine sets it up
	fmt.Println(m.NewID(), m.NewID())

	again := aper.Meta{Client: 7, ClientSeq: 3} // the same transition on another replica
	fmt.Println(again.NewID(), again.NewID())
	// Output:
	// 7-3-1 7-3-2
	// 7-3-1 7-3-2
}

func ExampleSchema() {
	fmt.Println(aper.Schema[counter.Counter]())
	// Output: counter.Counter{ value int64} counter.Counter transitions{ 1 Increment{ by int64} 2 Decrement{ by int64} 3 Reset{}}
}
