package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/bank"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/dropfour"
	"github.com/aper-go/aper/examples/editor"
	"github.com/aper-go/aper/examples/page"
	"github.com/aper-go/aper/examples/poker"
	"github.com/aper-go/aper/examples/timer"
	"github.com/aper-go/aper/examples/todo"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/server"
)

// An example has a page at /NAME/, and rooms at /NAME/ROOM.
type example struct {
	name string
	try  string // what to do there
	open func(server.Options) (rooms, error)
}

// examples are shown in this order.
var examples = []example{
	{"counter", "count together; take ten from less than ten", opener(counter.Counter{})},
	{"todo", "edit a line while it is moved in the other window", opener(todo.Todo{})},
	{"editor", "type in both windows, also at one place", opener(editor.Editor{})},
	{"dropfour", "take a seat in each window; play out of turn", opener(dropfour.Game{})},
	{"timer", "start a countdown twice; stop the demo while it runs", opener(timer.Timer{})},
	{"bank", "transfer from both windows; overdraw", opener(bank.Bank{})},
	{"poker", "deal in two windows; look for the other's cards in what comes", opener(poker.Poker{})},
}

// rooms is a server of any machine.
type rooms interface {
	http.Handler
	server.Deleter
	Close(ctx context.Context) error
}

func opener[S aper.StateMachine[S]](initial S) func(server.Options) (rooms, error) {
	return func(o server.Options) (rooms, error) { return server.New(initial, o) }
}

// closeTimeout is how long the rooms of all examples together may take to end.
const closeTimeout = 10 * time.Second

// shownExamples are the rooms of all examples, in one store.
type shownExamples struct {
	servers map[string]rooms // by the example's name
	release []func() error   // closes the store, and before it what looks into it
}

// openExamples opens the store, in a file or in memory, and the server of each example in it.
func openExamples(file string) (*shownExamples, error) {
	if file == "" {
		return openIn(journal.NewMemory())
	}
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		return nil, err
	}
	s, err := openIn(store)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	seen, err := server.ListenAdmin(file+".sock", store, s.deleters()...)
	if err != nil {
		slog.Warn("aper log and its like cannot look into the demo while it runs", "error", err)
	} else {
		s.release = append(s.release, seen.Close)
	}
	s.release = append(s.release, store.Close)
	return s, nil
}

func (s *shownExamples) deleters() (list []server.Deleter) {
	for _, rooms := range s.servers {
		list = append(list, rooms)
	}
	return list
}

func openIn(store journal.Store) (*shownExamples, error) {
	s := &shownExamples{servers: map[string]rooms{}}
	for _, e := range examples {
		opened, err := e.open(server.Options{Store: store})
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.servers[e.name] = opened
	}
	return s, nil
}

// handler serves the rooms, the pages, and whether the process lives at /-/health. What is below "-" a server answers by itself,
// and any of them knows as much as all.
func (s *shownExamples) handler() http.Handler {
	mux := http.NewServeMux()
	pages := page.Handler()
	mux.Handle("/", pages)
	for name, rooms := range s.servers {
		mux.Handle("/"+name+"/{$}", pages)
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, rooms))
	}
	mux.Handle("/-/", s.servers[examples[0].name])
	return mux
}

// close closes all rooms, and then the store.
func (s *shownExamples) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var failed []error
	for _, rooms := range s.servers {
		failed = append(failed, rooms.Close(ctx))
	}
	for _, release := range s.release {
		failed = append(failed, release())
	}
	return errors.Join(failed...)
}
