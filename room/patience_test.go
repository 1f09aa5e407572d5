package room_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
)

// Clients that push again as soon as they are confirmed all come into one batch, although they take a while to answer.
func TestBatchWaitsForThoseWhoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slow{Store: journal.NewMemory(), takes: time.Millisecond}
		r := open(t, d, room.Options{Rate: -1})
		all := make([]*pipe[counter.Counter], 10)
		for i := range all {
			all[i] = newPipe()
			all[i].join(t, r)
		}
		synctest.Wait()
		time.Sleep(time.Second)
		for i, p := range all { // half of them begin while a commit is going on
			p.push(t, counter.Increment{By: 1})
			time.Sleep(time.Duration(i) * 50 * time.Microsecond)
		}
		began, before := time.Now(), d.appends()
		const rounds = 50
		for _, p := range all {
			go func() {
				for pushed := int64(1); pushed < rounds; {
					time.Sleep(100 * time.Microsecond)
					if p.send(); p.pending() == 0 {
						p.push(t, counter.Increment{By: 1})
						pushed++
					}
				}
			}()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if state, _ := r.State(); state.Value != rounds*10 {
			t.Errorf("%v in %v", state, time.Since(began))
		}
		if n := d.appends() - before; n > rounds*13/10 {
			t.Errorf("%d rounds of all took %d commits", rounds, n)
		}
		closeRoom(t, r)
	})
}

// Who pushes now and then does not wait for others.
func TestBatchSeldomWaitsInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slow{Store: journal.NewMemory(), takes: time.Millisecond}
		r := open(t, d, room.Options{})
		ann, bob := newPipe(), newPipe()
		ann.join(t, r)
		bob.join(t, r)
		synctest.Wait()
		late := 0
		const pushes = 500
		for range pushes {
			time.Sleep(time.Second)
			for range 3 {
				ann.push(t, counter.Increment{By: 1})
			}
			time.Sleep(1200 * time.Microsecond) // shortly after the commit of that
			_, before := r.State()
			bob.push(t, counter.Increment{By: 1})
			time.Sleep(1100 * time.Microsecond)
			if _, after := r.State(); after.Seq == before.Seq {
				late++
			}
		}
		if late > pushes/10 {
			t.Errorf("%d of %d pushes waited for more than their commit", late, pushes)
		}
		time.Sleep(time.Second)
		closeRoom(t, r)
	})
}
