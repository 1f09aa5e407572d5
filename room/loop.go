package room

import (
	"context"
	"fmt"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// run is the room's loop. While one batch is being written to the journal, what comes in is decided already and waits in
// the next one, which is closed as late as possible: so batches are as large as the journal is slow.
func (r *Room[S]) run() {
	defer r.finish()
	for {
		batch, open := r.inbox.take(r.options.Batch-r.size, r.committing)
		for i := range batch {
			if err := r.step(&batch[i]); err != nil {
				r.fail(err)
				return
			}
		}
		if !open {
			r.patience.expected = 0 // nobody comes any more
		}
		r.advance()
		if !r.committing && (!open || r.retire()) {
			r.end(nil, wire.CloseRetry, "the server is closing")
			r.storeLast()
			return
		}
	}
}

func (r *Room[S]) finish() {
	r.alarm.Stop()
	r.patience.stop()
	r.log.Close()
	close(r.ended)
	for _, s := range r.remaining() {
		r.traceLeft(s)
	}
	if r.options.Trace.Ended != nil {
		r.options.Trace.Ended(r.id, r.Err())
	}
	if r.options.OnEnd != nil {
		r.options.OnEnd()
	}
	r.writers.Wait()
	close(r.flushed)
}

// fail ends the room because its journal failed. Nothing that was not known to be durable has left it.
func (r *Room[S]) fail(err error) {
	r.options.Log.Error("the journal failed; the room closes and will be opened again", "room", r.id, "error", err)
	r.end(fmt.Errorf("room %q: %w", r.id, err), wire.CloseRetry, "the server lost its journal; try again")
	r.storing.Wait()
}

func (r *Room[S]) end(err error, code wire.CloseCode, reason string) {
	r.inbox.close()
	m := wire.Close{Code: code, Reason: reason}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed, r.err = true, err
	for _, s := range r.sessions {
		if err != nil {
			s.drop()
		}
		s.closeAfter(m.Append(nil))
		s.wake()
	}
}

// step takes one input. Its error is that of the journal.
func (r *Room[S]) step(in *input[S]) error {
	switch in.kind {
	case committed:
		return r.committed(in.commit)
	case waited:
		return nil
	case summed:
		r.summed(in.sum)
		return nil
	case stores:
		r.stored(in.milestone, in.err)
		return nil
	}
	r.begin()
	switch in.kind {
	case joins:
		r.authority.Attach(in.session.attach, in.session.peer)
	case sends:
		r.size += len(in.data)
		r.messages++
		in.session.charge(max(1, r.authority.Step(in.session.attach, in.data))) // what says nothing costs something, too
	case leaves:
		r.authority.Detach(in.session.attach)
		r.remove(in.session)
		r.traceLeft(in.session)
	case expels:
		r.expel(in.who, in.reason)
	}
	return nil
}

// begin begins a batch, unless one is open.
func (r *Room[S]) begin() {
	if r.begun {
		return
	}
	r.begun, r.size, r.messages = true, 0, 0
	r.authority.Tick(r.now(), wire.Tag(random()), random())
	if size := r.encoded.Load(); size > 0 {
		r.authority.Encoded(int(size))
	}
}

// advance closes the open batch when the one before is durable, and has it written and then published.
func (r *Room[S]) advance() {
	if !r.begun || r.committing || r.awaits() {
		return
	}
	c := r.close()
	if c.ready.Record == nil {
		r.publish(c.ready)
		r.settle(c)
		return
	}
	r.committing = true
	go func() {
		c.err = r.commit(c)
		r.inbox.tell(input[S]{kind: committed, commit: c})
	}()
}

// A commit is a batch that was closed.
type commit[S aper.StateMachine[S]] struct {
	ready    engine.Ready[S]
	frozen   *engine.Frozen[S] // the room after it, when that is to be stored
	messages int               // that it was made of
	took     time.Duration     // until it was durable
	err      error
}

func (r *Room[S]) close() *commit[S] {
	c := &commit[S]{ready: r.authority.Ready(), messages: r.messages}
	r.begun, r.size, r.messages = false, 0, 0
	if c.ready.Record != nil {
		r.storage.tail += noted(c.ready.Record)
	}
	if r.wantsStoring() {
		c.frozen = r.authority.Freeze()
	}
	return c
}

// commit makes a batch durable and then visible to everyone.
func (r *Room[S]) commit(c *commit[S]) error {
	began := time.Now()
	if err := r.log.Append(context.Background(), c.ready.Record); err != nil {
		return err
	}
	c.took = time.Since(began)
	r.publish(c.ready)
	if r.options.Trace.Committed != nil {
		r.options.Trace.Committed(r.id, committedOf(c.ready.Record, c.took))
	}
	return nil
}

func (r *Room[S]) committed(c *commit[S]) error {
	r.committing = false
	if c.err != nil {
		return c.err
	}
	r.patience.begin(c.messages+r.messages, c.took, time.Now())
	r.settle(c)
	return nil
}

// settle does what can wait until a batch is durable and published.
func (r *Room[S]) settle(c *commit[S]) {
	for _, p := range c.ready.Panics {
		r.options.Log.Error("the program panicked; the transition was rejected", "room", r.id, "panic", p.Error(), "stack", string(p.Stack))
	}
	for _, err := range c.ready.Reports {
		r.options.Log.Warn("the room needs a look", "room", r.id, "error", err)
	}
	r.check(&c.ready)
	if c.frozen != nil {
		r.store(c.frozen)
	}
	r.rest(c.ready.Wake)
}

// rest sets the alarm for what is to be done next without anyone saying so, and notes since when the room is idle.
func (r *Room[S]) rest(wake aper.Time) {
	r.mu.Lock()
	idle := len(r.sessions) == 0
	r.mu.Unlock()
	pause := time.Duration(-1)
	if wake != 0 {
		pause = time.Duration(max(0, wake-r.now())) * time.Millisecond
	}
	switch now := r.options.Now(); {
	case !idle || r.options.IdleAfter < 0 || pause >= 0 && pause < r.options.IdleAfter:
		r.idleSince = time.Time{}
	case r.idleSince.IsZero():
		r.idleSince = now
		fallthrough
	default:
		if left := r.options.IdleAfter - now.Sub(r.idleSince); pause < 0 || left < pause {
			pause = max(0, left)
		}
	}
	if pause >= 0 {
		r.alarm.Reset(pause)
	}
}

// retire ends the room when it was idle for long enough. Nobody can come in between.
func (r *Room[S]) retire() bool {
	if r.begun || r.committing || r.idleSince.IsZero() || r.options.Now().Sub(r.idleSince) < r.options.IdleAfter {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = len(r.sessions) == 0
	return r.closed
}
