//go:build !js

package client_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/todo"
	"github.com/aper-go/aper/server"
)

// serveTodo runs a server of to-do lists and returns the address of one.
func serveTodo(t *testing.T) string { return serveRoom(t, todo.Todo{}, server.Options{}) }

// A line connects one client, and can be cut.
type line struct {
	held    sync.Mutex // while a client looks at what came
	mu      sync.Mutex
	address string // empty while the line is cut
	current client.Transport
}

var errCut = errors.New("the line is cut")

func (l *line) connect(ctx context.Context) (client.Transport, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.address == "" {
		return nil, errCut
	}
	transport, err := client.Connect(ctx, l.address)
	if err != nil {
		return nil, err
	}
	l.current = &heldTransport{Transport: transport, held: &l.held}
	return l.current, nil
}

// A heldTransport brings nothing while its line is held. It holds the line itself until the client has seen what came.
type heldTransport struct {
	client.Transport
	held  *sync.Mutex
	holds atomic.Bool
}

func (t *heldTransport) Read(ctx context.Context) ([]byte, error) {
	t.letGo()
	message, err := t.Transport.Read(ctx)
	t.held.Lock()
	t.holds.Store(true)
	return message, err
}

func (t *heldTransport) Close() error {
	t.letGo()
	return t.Transport.Close()
}

func (t *heldTransport) letGo() {
	if t.holds.Swap(false) {
		t.held.Unlock()
	}
}

// lead makes the next connections lead to an address.
func (l *line) lead(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.address = address
}

// hangUp ends the connection that there is.
func (l *line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current.Close()
}

// An author works on a to-do list over a line.
type author struct {
	*testing.T
	*line
	*client.Client[todo.Todo]
	undo *client.Undo[todo.Todo]
}

func newAuthor(t *testing.T, address string, o client.Options) *author {
	t.Helper()
	l := &line{address: address}
	o.MaxBackoff = 10 * time.Millisecond
	c, err := client.Join[todo.Todo](limit(t), "lobby", l.connect, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &author{t, l, c, client.NewUndo(c, client.UndoOptions{})}
}

// cut cuts the line of a client, and waits until that knows.
func cut[S aper.StateMachine[S]](t *testing.T, l *line, c *client.Client[S]) {
	t.Helper()
	l.lead("")
	l.hangUp()
	for status := range c.WatchStatus(limit(t)) {
		if !status.Connected {
			return
		}
	}
	t.Fatal("the client is connected over a line that is cut")
}

func (a *author) cut() { cut(a.T, a.line, a.Client) }

// must takes what a push returned, and returns it.
func (a *author) must(p *client.Pending, err error) *client.Pending {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
	return p
}

func (a *author) push(do aper.Transition[todo.Todo]) *client.Pending {
	a.Helper()
	return a.must(a.undo.Push(do))
}

// confirmed waits until all that was pushed is.
func (a *author) confirmed() {
	a.Helper()
	if err := a.Flush(limit(a.T)); err != nil {
		a.Fatal(err)
	}
}

// shows checks what the author sees now.
func (a *author) shows(want string) {
	a.Helper()
	if got := written(a.State()); got != want {
		a.Errorf("the list is %q, want %q", got, want)
	}
}

// sees waits until the author sees it.
func (a *author) sees(want string) {
	a.Helper()
	for state := range a.Watch(limit(a.T)) {
		if written(state) == want {
			return
		}
	}
	a.Fatalf("the list is %q, want %q", written(a.State()), want)
}

// written returns a list as in "title: bread, milk".
func written(s todo.Todo) string {
	var texts []string
	for _, item := range s.Items.All() {
		texts = append(texts, item.Text)
	}
	return s.Title + ": " + strings.Join(texts, ", ")
}

func add(text string) aper.Transition[todo.Todo] {
	return todo.TodoItems{Do: data.Append(todo.Item{Text: text})}
}

func write(item aper.ID, text string) aper.Transition[todo.Todo] {
	return todo.TodoItems{Do: data.ChangeItem(item, todo.ItemText{To: text})}
}

func remove(item aper.ID) aper.Transition[todo.Todo] {
	return todo.TodoItems{Do: data.DeleteItem[todo.Item](item)}
}

func title(to string) aper.Transition[todo.Todo] { return todo.TodoTitle{To: to} }

func (a *author) item(i int) aper.ID {
	id, _ := a.State().Items.At(i)
	return id
}

func TestUndoLeavesOthersWork(t *testing.T) {
	address := serveTodo(t)
	ann, bob := newAuthor(t, address, client.Options{}), newAuthor(t, address, client.Options{})
	ann.push(title("shop"))
	ann.push(add("bread"))
	ann.confirmed()
	bob.sees("shop: bread")
	bob.push(add("milk"))
	bob.sees("shop: bread, milk")
	ann.sees("shop: bread, milk")

	ann.must(ann.undo.Undo())
	ann.shows("shop: milk")
	ann.must(ann.undo.Redo())
	ann.shows("shop: bread, milk")
	ann.must(ann.undo.Undo())
	bob.sees("shop: milk")
	bob.push(title("Saturday"))
	ann.sees("Saturday: milk")
	if _, err := ann.undo.Undo(); !errors.Is(err, data.ErrOverwritten) || err.Error() != "Title: "+string(data.ErrOverwritten) {
		t.Errorf("undo of what bob has changed: %v, want ErrOverwritten with the path", err)
	}
	if _, err := ann.undo.Undo(); err != client.ErrNothingToUndo || ann.undo.CanUndo() {
		t.Errorf("afterwards: %v, want ErrNothingToUndo", err)
	}
	ann.must(ann.undo.Redo())
	ann.confirmed()
	bob.sees("Saturday: bread, milk")
	if ann.undo.CanRedo() || !ann.undo.CanUndo() {
		t.Error("what was done again can be done again, or not be taken back")
	}
	ann.push(title("Sunday"))
	ann.must(ann.undo.Undo())
	ann.push(add("tea"))
	if ann.undo.CanRedo() {
		t.Error("a push leaves what was taken back before it")
	}
}

// The authority put bob's title before ann's, who had not seen it: taken back, hers leaves his.
func TestUndoGoesByTheAuthoritysOrder(t *testing.T) {
	address := serveTodo(t)
	ann, bob := newAuthor(t, address, client.Options{}), newAuthor(t, address, client.Options{})
	ann.cut()
	ann.push(title("ann's"))
	bob.push(title("bob's"))
	bob.confirmed()
	ann.lead(address)
	ann.confirmed()
	ann.shows("ann's: ")
	ann.must(ann.undo.Undo())
	ann.shows("bob's: ")
	ann.must(ann.undo.Redo())
	ann.shows("ann's: ")
}

func TestUndoWithoutAConnection(t *testing.T) {
	address := serveTodo(t)
	ann, bob := newAuthor(t, address, client.Options{}), newAuthor(t, address, client.Options{})
	ann.push(title("shop"))
	ann.confirmed()
	bob.sees("shop: ")
	ann.cut()
	ann.push(add("bread"))
	ann.push(write(ann.item(0), "rye"))
	ann.shows("shop: rye")
	for _, want := range []string{"shop: bread", "shop: ", ": "} {
		ann.must(ann.undo.Undo())
		ann.shows(want)
	}
	for _, want := range []string{"shop: ", "shop: bread", "shop: rye"} {
		ann.must(ann.undo.Redo())
		ann.shows(want)
	}
	bob.push(add("milk"))
	bob.confirmed()
	ann.lead(address)
	ann.confirmed()
	bob.sees("shop: milk, rye")
	ann.must(ann.undo.Undo())
	ann.must(ann.undo.Undo())
	ann.confirmed()
	bob.sees("shop: milk")
}

// What was not confirmed falls out, and what came before it can still be taken back.
func TestUndoForgetsWhatWasRejected(t *testing.T) {
	address := serveTodo(t)
	ann, bob := newAuthor(t, address, client.Options{}), newAuthor(t, address, client.Options{})
	bob.push(add("milk"))
	ann.sees(": milk")
	milk := ann.item(0)
	ann.push(title("shop"))
	ann.confirmed()
	ann.cut()
	p := ann.push(write(milk, "oat milk"))
	ann.must(ann.undo.Extend(add("bread")))
	bob.push(remove(milk))
	bob.confirmed()
	ann.lead(address)
	if err := p.Wait(limit(t)); !errors.Is(err, data.ErrNoItem) {
		t.Fatalf("the outcome is %v, want ErrNoItem", err)
	}
	ann.confirmed()
	ann.shows("shop: bread")
	ann.must(ann.undo.Undo())
	ann.shows("shop: ")
	ann.must(ann.undo.Undo())
	ann.shows(": ")
}

// A pending transition that others have made conflict has no effect, and so nothing to take back.
func TestUndoOfWhatHasNoEffect(t *testing.T) {
	address := serveTodo(t)
	ann, bob := newAuthor(t, address, client.Options{}), newAuthor(t, address, client.Options{})
	bob.push(add("milk"))
	ann.sees(": milk")
	ann.cut()
	milk := ann.item(0)
	ann.push(write(milk, "oat milk"))
	ann.push(remove(milk))
	ann.must(ann.Client.Push(title("shop"))) // not through the Undo
	ann.must(ann.undo.Undo())
	ann.shows("shop: oat milk")
	ann.must(ann.Client.Push(remove(milk)))
	if _, err := ann.undo.Undo(); !errors.Is(err, data.ErrOverwritten) {
		t.Errorf("undo of a change of what is gone: %v, want ErrOverwritten", err)
	}
	ann.shows("shop: ")
	if _, err := ann.undo.Redo(); !errors.Is(err, data.ErrNoItem) && !errors.Is(err, data.ErrOverwritten) {
		t.Errorf("redo of a deletion of what is gone: %v", err)
	}
}

// A new session makes other IDs; what is pending is taken along.
func TestUndoInANewSession(t *testing.T) {
	first, second := serveTodo(t), serveTodo(t)
	ann := newAuthor(t, first, client.Options{})
	ann.cut()
	ann.push(add("bread"))
	before := ann.item(0)
	bob := newAuthor(t, second, client.Options{})
	bob.push(add("milk"))
	bob.confirmed()
	ann.lead(second)
	ann.confirmed()
	ann.shows(": milk, bread")
	if ann.item(1) == before {
		t.Fatal("the test means nothing: the item has the ID that it had in the other session")
	}
	ann.must(ann.undo.Undo())
	ann.shows(": milk")
	ann.must(ann.undo.Redo())
	ann.confirmed()
	bob.sees(": milk, bread")
}

// With a store the session outlives the program, and what can be taken back does not.
func TestUndoAfterARestart(t *testing.T) {
	address := serveTodo(t)
	var store memory
	ann := newAuthor(t, address, client.Options{Store: &store})
	ann.push(title("shop"))
	ann.Close()
	if _, err := ann.undo.Undo(); !errors.Is(err, client.ErrClosed) {
		t.Errorf("undo of a closed client: %v", err)
	}
	again := newAuthor(t, address, client.Options{Store: &store})
	again.confirmed()
	again.sees("shop: ")
	if again.undo.CanUndo() {
		t.Error("there is something to undo after a restart")
	}
	again.push(title("Saturday"))
	again.must(again.undo.Undo())
	again.shows("shop: ")
}

func TestUndoSteps(t *testing.T) {
	ann := newAuthor(t, serveTodo(t), client.Options{})
	ann.undo = client.NewUndo(ann.Client, client.UndoOptions{Steps: 3})
	for _, letter := range []string{"a", "ab", "abc"} {
		ann.must(ann.undo.Extend(title(letter))) // the first begins a step, as Push does
	}
	ann.push(aper.All(title("x"), add("bread")))
	ann.must(ann.undo.Undo())
	ann.shows("abc: ")
	ann.must(ann.undo.Extend(add("milk"))) // after Undo, a step of its own
	ann.must(ann.undo.Undo())
	ann.shows("abc: ")
	ann.must(ann.undo.Undo())
	ann.shows(": ")
	ann.must(ann.undo.Redo())
	ann.shows("abc: ")
	ann.must(ann.undo.Redo())
	ann.shows("abc: milk")

	for _, to := range []string{"1", "2", "3", "4"} {
		ann.push(title(to))
	}
	ann.push(title("4")) // changes nothing, so Undo passes over it
	for range 2 {
		ann.must(ann.undo.Undo())
	}
	ann.shows("2: milk")
	if ann.undo.CanUndo() {
		t.Error("more than three steps are remembered")
	}
	for range 250 {
		ann.must(ann.undo.Extend(add("x")))
	}
	ann.must(ann.undo.Undo())
	if n := ann.State().Items.Len(); n != 201 {
		t.Errorf("after one Undo there are %d items, want 201", n)
	}
}

func TestUndoWithoutInverse(t *testing.T) {
	c := dial(t, serve(t, server.Options{}))
	u := client.NewUndo(c, client.UndoOptions{})
	if _, err := u.Push(counter.Increment{By: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Push(counter.Decrement{By: 5}); !errors.Is(err, counter.ErrNegative) {
		t.Errorf("a push that conflicts: %v", err)
	}
	if _, err := u.Undo(); err != client.ErrNothingToUndo || u.CanUndo() {
		t.Errorf("undo: %v, want ErrNothingToUndo", err)
	}
}

// When nothing more can be pushed, the step stays for later.
func TestUndoWhileTooMuchIsPending(t *testing.T) {
	address := serveTodo(t)
	ann := newAuthor(t, address, client.Options{})
	ann.cut()
	for i := 0; ; i++ {
		if _, err := ann.undo.Push(add("x")); errors.Is(err, engine.ErrTooManyPending) {
			break
		}
	}
	full := ann.State().Items.Len()
	if _, err := ann.undo.Undo(); !errors.Is(err, engine.ErrTooManyPending) {
		t.Fatalf("undo: %v, want ErrTooManyPending", err)
	}
	ann.lead(address)
	ann.confirmed()
	ann.must(ann.undo.Undo())
	if n := ann.State().Items.Len(); n != full-1 {
		t.Errorf("there are %d items, want %d", n, full-1)
	}
}
