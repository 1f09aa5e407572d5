package admin_test

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// A room that is damaged is listed with the others, and the exit status tells.
func TestRoomsListsDamaged(t *testing.T) {
	file, _ := newFile(t)
	flipRow(t, file, "counter.Counter/kitchen")
	r := run(t, "rooms", file)
	r.wants(t, 1, "counter.Counter/kitchen", "DAMAGED: journal: list room ", "counter.Counter/lobby", "1 room of "+file+" cannot be used")
	run(t, "rooms", "-json", file).wants(t, 1, `{"room":"counter.Counter/kitchen","records":0,"seq":0,"error":"journal: list room `)
	run(t, "log", file, "kitchen").wants(t, 1, `room "counter.Counter/kitchen"`, "cannot be read")
	run(t, "verify", file).wants(t, 1, "counter.Counter/kitchen: NOT WELL", "counter.Counter/lobby: well")
}

func flipRow(t *testing.T, file, room string) {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		rooms := tx.Bucket([]byte("rooms"))
		row := append([]byte(nil), rooms.Get([]byte(room))...)
		row[len(row)-1] ^= 4
		return rooms.Put([]byte(room), row)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Damage to the file itself costs no room here, and is no reason to say that all is well.
func TestVerifyHearsOfTheFile(t *testing.T) {
	file, _ := newFile(t)
	b := append([]byte(nil), made...)
	size := uint64(binary.LittleEndian.Uint32(b[16+8:])) // of a page; the first two begin with 16 bytes, then comes the header
	transaction := func(page uint64) []byte { return b[page*size+16+48:] }
	older := uint64(0)
	if binary.LittleEndian.Uint64(transaction(1)) < binary.LittleEndian.Uint64(transaction(0)) {
		older = 1
	}
	transaction(older)[0] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "verify", file).wants(t, 1, "one of the two header pages is invalid", "3 rooms: 3 well, 0 not", "see above")
	run(t, "rooms", file).wants(t, 0, "one of the two header pages is invalid")
}

// Events that were decided together come back together: a restore goes to the end of a record and says so.
func TestRestoreWithinABatch(t *testing.T) {
	file, dir := newFile(t)
	backup := dir + "/backup.db"
	makeBatches(t, backup, 1, 3, 3)
	for _, test := range []struct{ at, want string }{
		{"1", "is as it was after event 1. "},
		{"3", "is as it was after event 1, because events 2 to 4 were decided together. "},
		{"4", "is as it was after event 4. "},
		{"6", "is as it was after event 4, because events 5 to 7 were decided together. "},
		{"7", "is as it was after event 7. "},
	} {
		run(t, "restore", "-at", test.at, backup, file, "dice.Game/table").wants(t, 0, test.want)
		run(t, "delete", file, "dice.Game/table", "-yes").wants(t, 0)
	}
	run(t, "restore", "-at", "0", backup, file, "dice.Game/table").wants(t, 1, "cannot be restored as it was at event 0")
}

// makeBatches makes a room of records with so many events each.
func makeBatches(t *testing.T, file string, sizes ...int) {
	t.Helper()
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	log, head, err := store.Open(t.Context(), "dice.Game/table", journal.OpenOptions{Machine: "dice.Game", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	first := aper.Seq(1)
	for i, size := range sizes {
		r := wire.Record{LSN: wire.LSN(i + 1), Term: head.Term, Previous: wire.Tag(i), Tag: wire.Tag(i + 1), First: first}
		for range size {
			r.Events.Add(wire.Event{Client: 1, ClientSeq: aper.ClientSeq(first), Transition: []byte{0}})
			first++
		}
		if err := log.Append(t.Context(), &r); err != nil {
			t.Fatal(err)
		}
	}
}
