package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// replayRoom is where everyone types. What is pasted may be long, so the limits are wider than a server's by default.
const (
	replayRoom          = "text"
	replayKey           = benchName + "/" + replayRoom // in the file
	maxReplayTransition = 8 << 20
	maxReplayMessage    = 16 << 20
	maxReplayState      = 1 << 30
	replayHeartbeat     = 10 * time.Second // so that the server knows what everyone has seen, even who types nothing
	replayPatience      = time.Minute      // for one event, on a busy machine
)

// A typist is a person with a client.
type typist struct {
	client *client.Client[data.Text]
	gate   *gate
	window []*client.Pending // the last that were pushed; a ring
	seqs   []aper.Seq        // of their events, as the plan has it
	pushed int
}

// A stage is the real stack: a server in a process of its own, with a file, and a client with a WebSocket for everyone.
type stage struct {
	*replaying
	server   *benchServer
	ctx      context.Context // ends when something went wrong
	news     *news
	typists  []*typist
	up, down atomic.Int64 // bytes that TCP carried
}

// perform replays through the real stack.
func (p *replaying) perform(ctx context.Context) (row *replayRow, err error) {
	file, remove, err := p.prepare(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	b := &benchmark{program: p.program}
	s, err := b.startServer(ctx, benchSettings{File: file, Rate: -1, Texts: true, MaxPending: p.maxPending()})
	if err != nil {
		return nil, err
	}
	row, err = p.playOn(ctx, s)
	if err = s.stop(err); err != nil {
		return nil, err
	}
	return row, p.reread(ctx, file, row)
}

// prepare makes a file with a room in it that begins as the recording does.
func (p *replaying) prepare(ctx context.Context) (file string, remove func() error, err error) {
	file, remove = p.file, func() error { return nil }
	if file == "" {
		directory, err := os.MkdirTemp("", "aper-replay-*")
		if err != nil {
			return "", nil, err
		}
		file, remove = filepath.Join(directory, "replay.db"), func() error { return os.RemoveAll(directory) }
	}
	if err = createText(ctx, file, p.recording.Start); err != nil {
		err = errors.Join(err, remove())
	}
	return file, remove, err
}

func createText(ctx context.Context, file, start string) (err error) {
	rooms, err := server.New(data.NewText(start), server.Options{File: file, Name: benchName, Socket: server.NoSocket})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rooms.Close(ctx)) }()
	_, err = rooms.Room(ctx, replayRoom, true)
	return err
}

func (p *replaying) playOn(ctx context.Context, s *benchServer) (*replayRow, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	st := &stage{replaying: p, server: s, ctx: ctx, news: &news{changed: make(chan struct{}), fail: fail}}
	defer st.leave()
	for _, limit := range p.plan.first {
		if err := st.join(limit); err != nil {
			return nil, err
		}
	}
	p.start = time.Now()
	for i := range p.plan.steps {
		if err := st.take(i); err != nil {
			return nil, fmt.Errorf("transaction %d: %w", p.plan.steps[i].transaction, err)
		}
		if err := p.tick(i); err != nil {
			return nil, err
		}
	}
	return st.finish()
}

// join connects another person.
func (s *stage) join(limit aper.Seq) error {
	ctx, cancel := context.WithTimeout(s.ctx, dialTimeout)
	defer cancel()
	t := &typist{window: make([]*client.Pending, s.window), seqs: make([]aper.Seq, s.window)}
	var err error
	t.client, err = client.Join[data.Text](ctx, replayRoom, func(ctx context.Context) (client.Transport, error) {
		if t.gate != nil {
			return nil, errors.New("a replay does not connect twice")
		}
		socket, err := dialCounted(ctx, "ws://"+s.server.address+"/"+replayRoom, &s.up, &s.down)
		if err != nil {
			return nil, err
		}
		socket.conn.SetReadLimit(maxReplayState)
		t.gate = newGate(socket, s.news, limit)
		return t.gate, nil
	}, client.Options{Build: "aper replay", Heartbeat: replayHeartbeat})
	if err == nil {
		s.typists = append(s.typists, t)
	}
	return err
}

// take lets the author of a step make it, once he has seen what he is to see.
func (s *stage) take(i int) error {
	step := &s.plan.steps[i]
	t := s.typists[step.person]
	if err := s.pace(s.ctx, i); err != nil {
		return err
	}
	ctx, cancel := s.ctx, context.CancelFunc(func() {})
	if step.apart || t.full(step) {
		ctx, cancel = context.WithTimeoutCause(s.ctx, replayPatience, fmt.Errorf("nothing came from the server for %v", replayPatience))
	}
	defer cancel()
	if step.apart {
		if err := s.news.wait(ctx, aper.Seq(i)); err != nil {
			return err
		}
	}
	if err := t.see(ctx, step); err != nil {
		return err
	}
	return t.push(s.transition(step), aper.Seq(i+1), step.next)
}

// full reports whether a typist has to wait because too much is under way, of which he may see that it was confirmed.
func (t *typist) full(s *step) bool {
	at := t.pushed % len(t.window)
	return t.pushed >= len(t.window) && t.seqs[at] <= s.most
}

// see waits until a typist has seen what he is to see, and until there is room in his window.
func (t *typist) see(ctx context.Context, s *step) error {
	if t.full(s) {
		err := t.window[t.pushed%len(t.window)].Wait(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
	}
	return t.reach(ctx, s.least, s.most)
}

// reach waits until a typist has seen the event of seq least, and makes sure that he has seen none after most.
func (t *typist) reach(ctx context.Context, least, most aper.Seq) error {
	_, at := t.client.Confirmed()
	if at.Seq < least {
		for range t.client.Watch(ctx) {
			if _, at = t.client.Confirmed(); at.Seq >= least {
				break
			}
		}
	}
	switch {
	case at.Seq > most:
		return errBroken
	case at.Seq < least && t.client.Err() != nil:
		return t.client.Err()
	case at.Seq < least:
		return context.Cause(ctx)
	}
	return nil
}

func (t *typist) push(transition aper.Transition[data.Text], seq, next aper.Seq) error {
	pending, err := t.client.Push(transition)
	if err != nil {
		return err
	}
	at := t.pushed % len(t.window)
	t.window[at], t.seqs[at] = pending, seq
	t.pushed++
	t.gate.open(next)
	return nil
}

// finish waits until everyone has seen everything, and compares.
func (s *stage) finish() (*replayRow, error) {
	ctx, cancel := context.WithTimeoutCause(s.ctx, replayPatience, errors.New("not everyone came to see all that was typed"))
	defer cancel()
	all := aper.Seq(len(s.plan.steps))
	for _, t := range s.typists {
		if err := t.reach(ctx, all, all); err != nil {
			return nil, err
		}
	}
	text, _ := s.typists[0].client.Confirmed()
	row := s.row(text)
	row.Up = s.perEdit(int(s.up.Load()))
	row.Down = s.perEdit(int(s.down.Load())) / float64(len(s.typists))
	used, err := s.server.ask(lookCommand)
	if err != nil {
		return nil, err
	}
	row.Memory = used.Memory
	if used, err = s.server.ask(collectCommand); err != nil {
		return nil, err
	}
	row.Heap = used.Heap
	return row, s.compare()
}

func (s *stage) compare() error {
	for i, t := range s.typists {
		confirmed, _ := t.client.Confirmed()
		if err := s.end.verify(fmt.Sprintf("the replica of person %d", i), confirmed); err != nil {
			return err
		}
		if err := s.end.verify(fmt.Sprintf("what person %d sees", i), t.client.State()); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) leave() {
	for _, t := range s.typists {
		t.client.Close()
	}
}

// reread compares what the server has left in the file, and measures that.
func (p *replaying) reread(ctx context.Context, file string, row *replayRow) (err error) {
	store, err := bolt.Open(file, bolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	bytes, _, err := recordsOf(ctx, store, replayKey)
	if err != nil {
		return err
	}
	row.Journal = p.perEdit(bytes)
	past, err := room.Look[data.Text](ctx, store, replayKey)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, past.Close()) }()
	text, err := past.State(ctx, aper.Seq(len(p.plan.steps)))
	if err != nil {
		return err
	}
	return p.end.verify("the server's file", text)
}
