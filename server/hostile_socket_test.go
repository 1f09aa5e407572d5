package server_test

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/internal/hostile"
	"github.com/aper-go/aper/wire"
)

// An attacker is a hostile connection of a test.
type attacker struct {
	*hostile.Conn
	t testing.TB
}

const (
	attackerUser = "mallory"
	attackedRoom = "/lobby?" + attackerUser
)

func newAttacker(t testing.TB, conn net.Conn) *attacker {
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return &attacker{hostile.New(conn), t}
}

// open makes a WebSocket of the connection.
func (a *attacker) open(protocol string) {
	a.t.Helper()
	if err := a.Open(attackedRoom, protocol); err != nil {
		a.t.Fatal("the server does not let anybody in:", err)
	}
}

// join opens a WebSocket, says hello and waits for the welcome.
func (a *attacker) join(m wire.Hello) wire.Welcome {
	a.t.Helper()
	w, err := a.Join(attackedRoom, &m)
	if err != nil {
		a.t.Fatal("the server does not welcome anybody:", err)
	}
	return w
}

// message returns a frame with a message of the binary protocol.
func message(m []byte) []byte { return hostile.Frame(hostile.Final|hostile.Binary, m) }

func lobbyHello() wire.Hello {
	return wire.Hello{Protocol: wire.Version, Room: "lobby", Schema: wire.FingerprintOf(aper.Schema[counter.Counter]()), Build: "hostile"}
}

// hostileStep is by how much attackers increment, so that the sum tells what they did from what the others did.
const hostileStep = 1_000_000

// hostilePush returns so many valid transitions from number first on.
func hostilePush(first aper.ClientSeq, count int, known aper.ClientSeq) []byte {
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeTransition[counter.Counter](&c, counter.Increment{By: hostileStep})
	encoded, err := c.Finish()
	if err != nil {
		panic(err)
	}
	p := wire.Push{First: first, Known: known, Count: count, Transitions: bytes.Repeat(encoded, count)}
	return p.Append(nil)
}
