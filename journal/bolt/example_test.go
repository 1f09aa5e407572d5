package bolt_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/wire"
)

func ExampleStore_Backup() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	store, err := bolt.Open(filepath.Join(dir, "rooms.db"), bolt.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	log, head, err := store.Open(ctx, "lobby", journal.OpenOptions{Machine: "counter.Counter", Create: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := log.Append(ctx, &wire.Record{LSN: 1, Term: head.Term, Tag: 0xa1}); err != nil {
		fmt.Println(err)
		return
	}

	// The rooms stay open while the file is copied.
	path := filepath.Join(dir, "monday.db")
	if err := store.Backup(ctx, path); err != nil {
		fmt.Println(err)
		return
	}

	// A room is lost, and comes back from the backup.
	if err := store.Delete(ctx, "lobby"); err != nil {
		fmt.Println(err)
		return
	}
	monday, err := bolt.Open(path, bolt.Options{ReadOnly: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer monday.Close()
	if err := store.Restore(ctx, monday, "lobby", 0); err != nil {
		fmt.Println(err)
		return
	}
	for report, err := range store.Verify(ctx) {
		fmt.Printf("%s: %d record, restored: %t, error: %v\n", report.Room, report.Records, report.Restored, err)
	}

	// Output:
	// lobby: 1 record, restored: true, error: <nil>
}
