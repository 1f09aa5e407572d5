package crash

import (
	"bytes"
	"context"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/internal/crash/ledger"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
)

// write pushes entries to a room, one after the other, and waits until they are confirmed.
func write(t *testing.T, address, room string, from, to int64, note string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Dial[ledger.Ledger](ctx, "ws://"+address+"/"+room, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for n := from; n <= to; n++ {
		if err := c.Do(ctx, ledger.Write{By: "ann", N: n, Note: note}); err != nil {
			t.Fatal(err)
		}
	}
	if state := c.State(); state.Count != to {
		t.Errorf("room %s has %d entries, want %d", room, state.Count, to)
	}
}

// A flipped bit in a record of one room closes that room, aloud, and neither the others nor what is left of it.
func TestFlippedBit(t *testing.T) {
	file, address, said := filepath.Join(t.TempDir(), "rooms.db"), freeAddress(t), &lines{}
	const bad, good = keepsAll + "-1", keepsAll + "-2"
	first := host(t, file, address, said)
	write(t, address, good, 1, 5, "well")
	write(t, address, bad, 1, 5, "before")
	write(t, address, bad, 6, 6, "damaged here")
	write(t, address, bad, 7, 8, "after")
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	flip(t, file, "damaged here")
	before := stored(t, file, bad)

	second := host(t, file, address, said)
	for range 2 {
		refused(t, address, bad)
	}
	write(t, address, good, 6, 9, "still well")
	if err := second.close(); err != nil {
		t.Error(err)
	}
	record := recordWith(t, before, "damaged her")
	for _, want := range []string{"level=ERROR", "room=" + bad, file, "at record " + record, "damaged"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, said)
		}
	}
	if after := stored(t, file, bad); len(before) < 9 || !maps.EqualFunc(before, after, bytes.Equal) {
		t.Error("what is stored of the damaged room was changed")
	}
}

// refused makes sure that nobody is let into a room.
func refused(t *testing.T, address, room string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Dial[ledger.Ledger](ctx, "ws://"+address+"/"+room, client.Options{})
	if err == nil {
		c.Close()
		t.Error("the damaged room lets clients in")
	} else if !strings.Contains(err.Error(), "the room cannot be opened") {
		t.Errorf("the client is told %v", err)
	}
}

// flip changes the last bit of a text, wherever it is in the file. Pages that are free hold copies.
func flip(t *testing.T, file, text string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := []byte(text)
	changed[len(changed)-1] ^= 1
	if !bytes.Contains(content, []byte(text)) {
		t.Fatalf("the file does not hold %q", text)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(content, []byte(text), changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// stored returns all that a file holds of a room, by bucket and key. It reads the file as bbolt does, past the journal.
func stored(t *testing.T, file, room string) map[string][]byte {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string][]byte{}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
			return bucket.ForEach(func(key, value []byte) error {
				if bytes.Contains(key, []byte(room)) {
					all[string(name)+" "+string(key)] = bytes.Clone(value)
				}
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// recordWith returns the number of the record that holds a text.
func recordWith(t *testing.T, stored map[string][]byte, text string) string {
	t.Helper()
	for key, value := range stored {
		if strings.HasPrefix(key, "records ") && bytes.Contains(value, []byte(text)) {
			return strconv.FormatUint(binary.BigEndian.Uint64([]byte(key[len(key)-8:])), 10)
		}
	}
	t.Fatalf("no record holds %q", text)
	return ""
}

// A commit that a power failure tore apart is taken back when the file is opened, aloud, and the server goes on.
func TestTornCommit(t *testing.T) {
	file, address, said := filepath.Join(t.TempDir(), "rooms.db"), freeAddress(t), &lines{}
	const name = keepsAll + "-1"
	first := host(t, file, address, said)
	write(t, address, name, 1, 5, "")
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	if text := said.String(); text != "" {
		t.Errorf("the log says\n%s", text)
	}
	tearHeader(t, file)
	second := host(t, file, address, said)
	defer second.close()
	if text := said.String(); !strings.Contains(text, "header pages is invalid") || !strings.Contains(text, file) {
		t.Errorf("the log does not say that a commit was taken back:\n%s", text)
	}
	write(t, address, name, 5, 9, "") // the fifth was in it
}

// tearHeader makes the newer of the two header pages invalid: the last commit was not finished.
func tearHeader(t *testing.T, file string) {
	t.Helper()
	now, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	transaction := func(n int) uint64 { return binary.NativeEndian.Uint64(now[n*page+64:]) } // see bbolt's type meta
	newer := 0
	if transaction(1) > transaction(0) {
		newer = 1
	}
	now[newer*page+64] ^= 0xff
	if err := os.WriteFile(file, now, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Pages that lead round in circles make a room unreadable, like other damage, and do not end the process.
func TestPagesInCircles(t *testing.T) {
	file, address, said := filepath.Join(t.TempDir(), "rooms.db"), freeAddress(t), &lines{}
	const name = keepsAll + "-1"
	first := host(t, file, address, said)
	write(t, address, name, 1, 60, strings.Repeat("long ", 100)) // so that there is more than one page of records
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	circle(t, file)
	c := childCommand("check", file, "")
	if err := os.WriteFile(file+toldFile, []byte(line{opened, inJournal(name), 1, 0}.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := c.CombinedOutput(); c.ProcessState.ExitCode() != 1 || !bytes.Contains(out, []byte(journal.ErrUnreadable.Error())) {
		t.Errorf("opening the room ends with %v, and does not say that it cannot be read\n%.600s", err, out)
	}
}

// circle makes the topmost page of all records name itself as the one below.
func circle(t *testing.T, file string) {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var root uint64
	_ = db.View(func(tx *bbolt.Tx) error { root = uint64(tx.Bucket([]byte("records")).Root()); return nil })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const header, element, branch = 16, 16, 1 // see bbolt's types page and branchPageElement
	page := content[int(root)*os.Getpagesize():]
	if flags := binary.NativeEndian.Uint16(page[8:]); flags != branch {
		t.Fatalf("the topmost page of the records has flags %x; more records are needed", flags)
	}
	for n := range int(binary.NativeEndian.Uint16(page[10:])) {
		binary.NativeEndian.PutUint64(page[header+n*element+8:], root)
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A second server on the same file ends at once, says why, and disturbs nobody.
func TestSecondServer(t *testing.T) {
	file, address := filepath.Join(t.TempDir(), "rooms.db"), freeAddress(t)
	first := startChild(t, file, address)
	write(t, address, roomNames[0], 1, 3, "")
	second := childCommand("serve", file, freeAddress(t))
	stdin, err := second.StdinPipe() // else it ends because nobody is there
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	var said bytes.Buffer
	second.Stdout, second.Stderr = &said, &said
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(10*time.Second, func() { _ = second.Process.Kill() })
	defer limit.Stop()
	if err := second.Wait(); second.ProcessState.ExitCode() != 1 {
		t.Errorf("the second server ends with %v", err)
	}
	if text := said.String(); !strings.Contains(text, file) || !strings.Contains(text, bolt.ErrLocked.Error()) {
		t.Errorf("the second server says %q", text)
	}
	write(t, address, roomNames[0], 4, 6, "")
	first.terminate(t)
}
