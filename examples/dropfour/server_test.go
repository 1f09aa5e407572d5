package dropfour

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

type player = client.Client[Game]

func start(t *testing.T, o server.Options) *server.Server[Game] {
	t.Helper()
	rooms, err := server.New(Game{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return rooms
}

func stop(t *testing.T, rooms *server.Server[Game], players ...*player) {
	t.Helper()
	for _, p := range players {
		p.Close()
	}
	if err := rooms.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// join lets a user into the room, with a new session.
func join(t *testing.T, rooms *server.Server[Game], user string) *player {
	t.Helper()
	p, err := rooms.Client(t.Context(), "table", room.Principal{User: user}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func do(t *testing.T, p *player, what ...aper.Transition[Game]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, transition := range what {
		if err := p.Do(ctx, transition); err != nil {
			t.Fatalf("%#v: %v", transition, err)
		}
	}
}

// until waits until a client sees what is expected.
func until(t *testing.T, p *player, expected func(Game) bool) Game {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for g := range p.Watch(ctx) {
		if expected(g) {
			return g
		}
	}
	t.Fatalf("it did not come to what was expected:\n%+v", p.State())
	return Game{}
}

func discs(n int) func(Game) bool {
	return func(g Game) bool {
		count := 0
		for _, disc := range g.Cells {
			if disc != NoDisc {
				count++
			}
		}
		return count == n
	}
}

// Two users play and one watches. In the middle of the game the server and all clients end; both players come back as
// other sessions and still have their seats.
func TestUsersKeepTheirSeats(t *testing.T) {
	file := filepath.Join(t.TempDir(), "games.db")
	rooms := start(t, server.Options{File: file})
	ann, bob, cy := join(t, rooms, "ann"), join(t, rooms, "bob"), join(t, rooms, "cy")
	do(t, ann, Sit{Red})
	until(t, bob, func(g Game) bool { return g.Seats[Red].User == "ann" })
	if _, err := bob.Push(Sit{Red}); !errors.Is(err, ErrSeatTaken) {
		t.Errorf("bob sits down on ann: %v", err)
	}
	do(t, bob, Sit{Yellow})
	play(t, ann, bob, 0, 0, 1, 1)
	until(t, cy, discs(4))
	if _, err := cy.Push(Drop{6}); !errors.Is(err, ErrNotSeated) {
		t.Errorf("a spectator drops: %v", err)
	}
	stop(t, rooms, ann, bob, cy)

	rooms = start(t, server.Options{File: file})
	bob, ann, cy = join(t, rooms, "bob"), join(t, rooms, "ann"), join(t, rooms, "cy")
	if _, err := bob.Push(Drop{6}); !errors.Is(err, ErrNotYourTurn) {
		t.Errorf("bob drops when it is ann's turn: %v", err)
	}
	play(t, ann, bob, 2, 2, 3)
	g := until(t, cy, discs(7))
	if winner, won := g.Winner(); !won || winner != Red || g.Line != [4]uint8{0, 1, 2, 3} {
		t.Errorf("cy sees\n%+v", g)
	}
	until(t, bob, discs(7))
	do(t, bob, NewGame{}, Drop{3})
	until(t, cy, discs(1))
	stop(t, rooms, ann, bob, cy)
}

// play lets two drop in turn, each when he has seen what the other did.
func play(t *testing.T, one, other *player, columns ...uint8) {
	t.Helper()
	until(t, one, func(g Game) bool { return g.Seats[Red] != Player{} && g.Seats[Yellow] != Player{} })
	for _, column := range columns {
		do(t, one, Drop{column})
		board := one.State().Cells
		until(t, other, func(g Game) bool { return g.Cells == board })
		one, other = other, one
	}
}

// Two who try one seat at the same time may both see themselves sit; the authority lets one of them.
func TestOneSeatForTwo(t *testing.T) {
	rooms := start(t, server.Options{})
	ann, bob := join(t, rooms, "ann"), join(t, rooms, "bob")
	first, err := ann.Push(Sit{Red})
	if err != nil {
		t.Fatal(err)
	}
	second, err := bob.Push(Sit{Red})
	if err != nil && !errors.Is(err, ErrSeatTaken) {
		t.Fatal(err)
	}
	wins := 0
	for _, pushed := range []*client.Pending{first, second} {
		if pushed == nil {
			continue // bob had already seen ann sit
		}
		if err := pushed.Wait(t.Context()); err == nil {
			wins++
		} else if !errors.Is(err, ErrSeatTaken) {
			t.Error(err)
		}
	}
	if wins != 1 {
		t.Errorf("%d sit on one seat", wins)
	}
	stop(t, rooms, ann, bob)
}

// Without a user the seat is the session's. It is kept for as long as the session may come back, and free afterwards.
func TestGuestsLeaveTheirSeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := start(t, server.Options{Room: room.Options{LeaveAfter: 10 * time.Second}})
		guest, ann := join(t, rooms, ""), join(t, rooms, "ann")
		do(t, guest, Sit{Red})
		do(t, ann, Sit{Yellow})
		watcher := join(t, rooms, "")
		guest.Close()
		ann.Close()
		time.Sleep(9 * time.Second)
		synctest.Wait()
		if watcher.State().Seats[Red] == (Player{}) {
			t.Error("the guest's seat is free after nine seconds")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if seats := watcher.State().Seats; seats != [2]Player{Yellow: {User: "ann"}} {
			t.Errorf("after an hour there sit %v", seats)
		}
		stop(t, rooms, watcher)
	})
}

// A guest whose client goes on keeps the seat over a restart of the server, since the client resumes its session. What was
// dropped while there was no server is sent when there is one again.
func TestGuestsResume(t *testing.T) {
	file := filepath.Join(t.TempDir(), "games.db")
	rooms := start(t, server.Options{File: file})
	var serving atomic.Pointer[server.Server[Game]]
	serving.Store(rooms)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serving.Load().ServeHTTP(w, r) }))
	defer web.Close()
	one, other := dial(t, web), dial(t, web)
	do(t, one, Sit{Red})
	do(t, other, Sit{Yellow})
	until(t, one, func(g Game) bool { return g.Seats[Yellow] != Player{} })

	stop(t, rooms)
	dropped, err := one.Push(Drop{3})
	if err != nil {
		t.Fatal(err)
	}
	rooms = start(t, server.Options{File: file})
	serving.Store(rooms)
	if err := dropped.Wait(t.Context()); err != nil {
		t.Errorf("what was dropped meanwhile: %v", err)
	}
	until(t, other, discs(1))
	do(t, other, Drop{3})
	stop(t, rooms, one, other)
}

func dial(t *testing.T, web *httptest.Server) *player {
	t.Helper()
	p, err := client.Dial[Game](t.Context(), "ws"+strings.TrimPrefix(web.URL, "http")+"/table", client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
