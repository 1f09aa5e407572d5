package crash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aper-go/aper/journal"
)

// sector is what a disk writes as a whole. A page of the file may be torn between two of them.
const sector = 512

// A moment is the time between two syncs. What the first made durable is there, and of what was written since some or
// none or all, whenever in it the machine goes down.
type moment struct {
	number  int
	durable []byte
	pending []operation
	told    []toldLine // by the end of it
}

// An image is a file that a power failure can leave.
type image struct {
	name    string
	content []byte
	told    []toldLine
	serve   bool // have it replayed, too
	torn    bool // the log may say that the last commit was not finished
}

// moments calls visit for the time after each sync.
func (r *recording) moments(visit func(m *moment)) {
	var m moment
	for i, o := range r.operations {
		if o.kind != syncs {
			m.pending = append(m.pending, o)
			continue
		}
		for len(m.told) < len(r.told) && r.told[len(m.told)].began < o.ended { // while this sync had not returned
			m.told = r.told[:len(m.told)+1]
		}
		visit(&m)
		for _, done := range m.pending {
			m.durable = done.apply(m.durable, nil)
		}
		m.number, m.pending = i, nil
	}
	m.told = r.told
	visit(&m)
}

// apply returns the content after the operation. Of a write only the sectors that keep wants are there; nil wants all.
func (o *operation) apply(content []byte, keep func(sector int) bool) []byte {
	if o.kind == resizes {
		if grown := int(o.at) - len(content); grown > 0 {
			return append(content, make([]byte, grown)...)
		}
		return content[:o.at]
	}
	for from := 0; from < len(o.data); from += sector {
		if keep != nil && !keep(from/sector) {
			continue
		}
		to := min(from+sector, len(o.data))
		if missing := int(o.at) + to - len(content); missing > 0 {
			content = append(content, make([]byte, missing)...)
		}
		copy(content[int(o.at)+from:], o.data[from:to])
	}
	return content
}

// image returns the file at this moment, when nothing of what is pending came to the disk.
func (m *moment) image() image {
	return image{name: fmt.Sprintf("after operation %d", m.number), content: slices.Clone(m.durable), told: m.told}
}

// torn returns the file when some of what is pending came to the disk.
func (m *moment) torn(random *rand.Rand) image {
	i := m.image()
	i.torn = true
	for n := range m.pending {
		o := &m.pending[n]
		if keep := someSectors(random, len(o.data)/sector); keep != nil {
			i.content = o.apply(i.content, keep)
		}
	}
	return i
}

// someSectors returns which sectors of a write came to the disk: none, all, those before one, or just some.
func someSectors(random *rand.Rand, count int) func(sector int) bool {
	switch random.IntN(4) {
	case 0:
		return nil
	case 1:
		return func(int) bool { return true }
	case 2:
		end := random.IntN(count + 1)
		return func(sector int) bool { return sector < end }
	default:
		return func(int) bool { return random.IntN(2) == 0 }
	}
}

// check says what is wrong with an image.
func (i *image) check(t *testing.T, directory string) error {
	path := filepath.Join(directory, "rooms.db")
	if err := os.WriteFile(path, i.content, 0o600); err != nil {
		return err
	}
	said, k := &lines{}, knownBy(i.told)
	err := k.check(t.Context(), path, slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelWarn})), i.serve)
	switch text := said.String(); {
	case !k.acknowledged() && errors.Is(err, journal.ErrUnreadable):
		return nil // the file was being made, and nobody was told anything yet
	case err != nil:
		return err
	case text != "" && !(i.torn && strings.Contains(text, "header pages")):
		return errors.New("the log says: " + text)
	}
	return nil
}

// quickDirectory returns a directory in memory, where there is one: the images are synced often, and need not be.
func quickDirectory(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("/dev/shm", "crash")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	return directory
}

// checkAll checks images, two at a time, and returns what is wrong with each that was found to be.
func checkAll(t *testing.T, produce func(yield func(image))) (checked int, wrong map[string]error) {
	t.Helper()
	images := make(chan image)
	wrong = map[string]error{}
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range 2 {
		directory := quickDirectory(t)
		workers.Go(func() {
			for i := range images {
				if err := i.check(t, directory); err != nil {
					mu.Lock()
					wrong[i.name] = err
					mu.Unlock()
				}
			}
		})
	}
	produce(func(i image) { images <- i; checked++ })
	close(images)
	workers.Wait()
	return checked, wrong
}

// After a power failure at any time, with whatever the disk made of what was not synced, the file holds all that was
// acknowledged. APER_LONG=1 makes it a longer recording, and more of these files.
func TestPowerFailure(t *testing.T) {
	r := record(t, "record")
	seed := uint64(time.Now().UnixNano())
	t.Logf("%d operations on the file, %d lines were told, seed %d", len(r.operations), len(r.told), seed)
	for _, l := range r.told {
		if l.began < r.named {
			t.Errorf("something was told before the name of the file was durable: %+v", l)
		}
	}
	t.Run("all that was synced and nothing else", func(t *testing.T) { wholeImages(t, r) })
	t.Run("and some of the rest", func(t *testing.T) { tornImages(t, r, seed) })
	t.Run("a sync that did not happen is found", func(t *testing.T) { lostSyncs(t, r) })
	t.Run("a write that was lost is found", func(t *testing.T) { lostWrites(t, r, seed) })
}

// wholeImages checks the file at every sync. That is also the file before the sync with all that was written by then,
// where less was acknowledged.
func wholeImages(t *testing.T, r *recording) {
	number := 0
	checked, wrong := checkAll(t, func(yield func(image)) {
		r.moments(func(m *moment) {
			if m.number == 0 {
				return // there is no file yet
			}
			i := m.image()
			number++
			i.serve = number%4 == 0
			yield(i)
		})
	})
	for name, err := range wrong {
		t.Errorf("%s: %v", name, err)
	}
	t.Logf("%d images", checked)
}

func tornImages(t *testing.T, r *recording, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 2))
	several, outOf := 1, 2 // on average
	if long() {
		several, outOf = 4, 1
	}
	checked, wrong := checkAll(t, func(yield func(image)) {
		r.moments(func(m *moment) {
			if len(m.pending) == 0 || m.number == 0 || random.IntN(outOf) > 0 {
				return
			}
			for n := range several {
				i := m.torn(random)
				i.name += fmt.Sprintf(", %d", n)
				i.serve = random.IntN(4) == 0
				yield(i)
			}
		})
	})
	for name, err := range wrong {
		t.Errorf("%s: %v", name, err)
	}
	t.Logf("%d images", checked)
}

// lostSyncs looks whether the check finds a journal that acknowledged without a sync: nothing since the sync before is
// there, and something was acknowledged after this one.
func lostSyncs(t *testing.T, r *recording) {
	var before image
	checked, wrong := checkAll(t, func(yield func(image)) {
		r.moments(func(m *moment) {
			if knownBy(m.told).acknowledgedMore(knownBy(before.told)) {
				lied := m.image()
				lied.content = before.content
				yield(lied)
			}
			before = m.image()
		})
	})
	if len(wrong) < checked*3/4 || checked < 10 { // some tell later than they could, when another sync is over, too
		t.Errorf("of %d such images %d were found to be wrong", checked, len(wrong))
	}
	t.Logf("%d of %d", len(wrong), checked)
}

// lostWrites looks whether the check finds a file in which one write of the last commit is missing. What a page held
// before may lead round in circles, which ends the process, so that each check has one of its own.
func lostWrites(t *testing.T, r *recording, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 3))
	var lost *image // one write less than there was two syncs ago
	checked, found := 0, 0
	r.moments(func(m *moment) {
		if lost != nil && len(m.pending) == 1 { // the header, which makes the commit effective
			lost.content = m.pending[0].apply(lost.content, nil)
			return
		}
		if lost != nil && checked < 15 {
			checked++
			if lost.told = m.told; checkApart(t, lost) != nil {
				found++
			}
		}
		if lost = nil; len(m.pending) > 1 && random.IntN(3) == 0 {
			lost = m.without(random.IntN(len(m.pending)))
		}
	})
	if found < checked/2 || checked < 10 { // what a page held before may do as well
		t.Errorf("of %d such images %d were found to be wrong", checked, found)
	}
	t.Logf("%d of %d", found, checked)
}

// checkApart checks an image in another process.
func checkApart(t *testing.T, i *image) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rooms.db")
	var told strings.Builder
	for _, l := range i.told {
		fmt.Fprintln(&told, l.line)
	}
	if err := errors.Join(os.WriteFile(path, i.content, 0o600), os.WriteFile(path+toldFile, []byte(told.String()), 0o600)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0])
	c.Env = append(os.Environ(), roleVariable+"=check", fileVariable+"="+path)
	return c.Run()
}

// without returns the file with all that is pending but one operation.
func (m *moment) without(lost int) *image {
	i := m.image()
	for n := range m.pending {
		if n != lost {
			i.content = m.pending[n].apply(i.content, nil)
		}
	}
	return &i
}

// A journal that acknowledges too early is found.
func TestEarlyAcknowledgementIsFound(t *testing.T) {
	r := record(t, "record early")
	checked, wrong := checkAll(t, func(yield func(image)) {
		r.moments(func(m *moment) {
			if m.number > 0 {
				yield(m.image())
			}
		})
	})
	if len(wrong) == 0 {
		t.Errorf("nothing is found in %d images", checked)
	}
	t.Logf("%d of %d", len(wrong), checked)
}
