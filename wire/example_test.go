package wire_test

import (
	"fmt"

	"github.com/aper-go/aper/wire"
)

// A transport message carries several messages. Codes that are of no interest, or not known, are passed over.
func ExampleReader() {
	push := wire.Push{First: 1, Count: 2, Transitions: []byte{0x82, 1, 5, 0x81, 3}}
	ping := wire.Ping{Sent: 1000}
	data := ping.Append(push.Append(nil))

	r := wire.NewReader(data)
	for r.Next() {
		switch r.Code() {
		case wire.CodePush:
			push := r.Push()
			if r.Err() != nil {
				break // it could not be read; the loop ends
			}
			number := push.First
			for transition := range push.All() {
				fmt.Printf("push %d: %x\n", number, transition)
				number++
			}
		case wire.CodePing:
			fmt.Println("ping of", r.Ping().Sent)
		}
	}
	fmt.Println(r.Err())
	// Output:
	// push 1: 820105
	// push 2: 8103
	// ping of 1000
	// <nil>
}

// Events of one session that follow each other share a run: the second costs one byte beside its transition, and one more nothing.
func ExampleEvents() {
	var events wire.Events
	events.Add(wire.Event{Client: 7, ClientSeq: 1, Transition: []byte{0x82, 1, 5}})
	fmt.Println(events.Len(), "event,", events.Size(), "bytes")
	events.Add(wire.Event{Client: 7, ClientSeq: 2, Transition: []byte{0x81, 3}})
	events.Add(wire.Event{Client: 7, ClientSeq: 3, Transition: []byte{0x81, 3}})
	fmt.Println(events.Len(), "events,", events.Size(), "bytes")
	for e := range events.All() {
		fmt.Printf("%d-%d %x\n", e.Client, e.ClientSeq, e.Transition)
	}
	// Output:
	// 1 event, 6 bytes
	// 3 events, 11 bytes
	// 7-1 820105
	// 7-2 8103
	// 7-3 8103
}
