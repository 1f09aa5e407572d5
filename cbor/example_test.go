package cbor_test

import (
	"fmt"

	"github.com/aper-go/aper/cbor"
)

// A struct travels as an array of its fields, a map with its keys in ascending order.
func Example_write() {
	var b []byte
	b = cbor.AppendArray(b, 3)
	b = cbor.AppendText(b, "buy milk")
	b = cbor.AppendBool(b, false)
	b = cbor.AppendMap(b, 2)
	b = cbor.AppendText(b, "bob")
	b = cbor.AppendInt(b, -1)
	b = cbor.AppendText(b, "alice") // after bob: it is longer, and so is its encoding's head greater
	b = cbor.AppendInt(b, 1000)
	fmt.Printf("%x\n", b)
	// Output: 8368627579206d696c6bf4a263626f622065616c6963651903e8
}

// Read what should be there, then ask once whether it was.
func Example_read() {
	input := []byte("\x83\x68buy milk\xf4\xa2\x63bob\x20\x65alice\x19\x03\xe8")
	r := cbor.NewReader(input)
	if r.Array() != 3 {
		r.Fail("expected array of 3 items for a task")
	}
	title := r.Text()
	done := r.Bool()
	votes := make(map[string]int64)
	for range r.Map() {
		name := r.Text()
		votes[name] = r.Int()
	}
	if err := r.End(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(title, done, votes)
	// Output: buy milk false map[alice:1000 bob:-1]
}

// The first error is kept; reads after it return zero values.
func ExampleReader_Err() {
	r := cbor.NewReader([]byte{0x82, 0x18, 0x05, 0xf5})
	fmt.Println(r.Array(), r.Uint(), r.Bool())
	fmt.Println(r.Err())
	// Output:
	// 2 0 false
	// cbor: at byte 1: expected unsigned integer with the shortest head, found 2 bytes for 5
}

// A copy of a Reader looks ahead without moving the Reader itself.
func ExampleReader_Raw() {
	r := cbor.NewReader([]byte{0x01, 0x82, 0x02, 0x03, 0xf6})
	ahead := r
	ahead.Skip()
	fmt.Println(r.Offset(), ahead.Kind())

	fmt.Println(r.Uint())
	fmt.Printf("%x\n", r.Raw())
	fmt.Println(r.Kind())
	// Output:
	// 0 array
	// 1
	// 820203
	// null
}
