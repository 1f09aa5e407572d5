package journal_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

func Example() {
	ctx := context.Background()
	store := journal.NewMemory()
	options := journal.OpenOptions{Machine: "counter.Counter"}

	// The room is not there yet, and that is not the same as empty.
	_, _, err := store.Open(ctx, "lobby", options)
	fmt.Println(errors.Is(err, journal.ErrAbsent))

	options.Create = true
	log, head, err := store.Open(ctx, "lobby", options)
	if err != nil {
		fmt.Println(err)
		return
	}
	first := &wire.Record{LSN: head.LSN + 1, Term: head.Term, Previous: head.Tag, Tag: 0xa1}
	second := &wire.Record{LSN: first.LSN + 1, Term: head.Term, Previous: first.Tag, Tag: 0xb2}
	for _, r := range []*wire.Record{first, second} {
		if err := log.Append(ctx, r); err != nil {
			fmt.Println(err) // drop what is newer than the last durable record and open the room again
			return
		}
	}

	// Whoever opens the room next owns it, and reads what was acknowledged.
	owner, head, err := store.Open(ctx, "lobby", options)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("term %d, last record %d\n", head.Term, head.LSN)
	for r, err := range owner.Read(ctx, 1) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("record %d of term %d, tag %x\n", r.LSN, r.Term, r.Tag)
	}

	// The earlier log is fenced.
	third := &wire.Record{LSN: 3, Term: 1, Previous: second.Tag, Tag: 0xc3}
	fmt.Println(log.Append(ctx, third))

	// Output:
	// true
	// term 2, last record 2
	// record 1 of term 1, tag a1
	// record 2 of term 1, tag b2
	// journal: append room "lobby" at record 3: the room was opened again and this log can no longer write: it was opened in term 1, the room is in term 2
}
