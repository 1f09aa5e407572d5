package server_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/internal/hostile"
	"github.com/aper-go/aper/wire"
)

// An attack is what one hostile connection does, and how the server has to answer.
type attack struct {
	name string
	want string // a regular expression: "HTTP" and a status, "close" and a code, "cut", or "stays"
	do   func(a *attacker)

	request  string // sent instead, as it is
	protocol string // opened before, and then what do or frames send follows
	hello    bool   // said before
	frames   []byte
	times    int // 1 when it is 0
}

func attacks() []attack {
	var all []attack
	for _, some := range [][]attack{hostileRequests(), hostileFrames(), hostileMessages(), hostileViews(), hostileFloods()} {
		all = append(all, some...)
	}
	return all
}

func hostileRequests() []attack {
	without := func(line string) string {
		return strings.Replace(hostile.Request(attackedRoom, "aper.1"), line+"\r\n", "", 1)
	}
	instead := func(old, new string) string {
		return strings.Replace(hostile.Request(attackedRoom, "aper.1"), old, new, 1)
	}
	return []attack{
		{name: "no HTTP", request: "\x16\x03\x01\x00\xff\r\n\r\n", want: "HTTP 400"},
		{name: "an endless header", request: instead("Host", "Long: "+strings.Repeat("x", 2<<20)+"\r\nHost"), want: "HTTP 431|cut"},
		{name: "no key", request: without("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), want: "HTTP 400"},
		{name: "no version", request: without("Sec-WebSocket-Version: 13"), want: "HTTP 400"},
		{name: "an old version", request: instead("Version: 13", "Version: 8"), want: "HTTP 400"},
		{name: "no connection header", request: without("Connection: Upgrade"), want: "HTTP 400"},
		{name: "a POST", request: instead("GET", "POST"), want: "HTTP 400"},
		{name: "no subprotocol", request: without("Sec-WebSocket-Protocol: aper.1"), want: "HTTP 400"},
		{name: "no room", request: instead("/lobby", "/"), want: "HTTP 404"},
		{name: "the server's own paths", request: instead("/lobby", "/-/secret"), want: "HTTP 404"},
		{name: "outside of the rooms", request: instead("/lobby", "/%2e%2e/%00"), want: "HTTP 404"},
		{name: "a page from elsewhere", request: hostile.Request(attackedRoom, "aper.1", "Origin: https://evil.example\r\n"), want: "HTTP 403"},
		{name: "compression is not spoken", request: hostile.Request(attackedRoom, "aper.1", "Sec-WebSocket-Extensions: permessage-deflate\r\n"), want: "HTTP 101$"},
		{name: "half a request", do: func(a *attacker) { a.Send([]byte(hostile.Request(attackedRoom, "aper.1")[:50])) }, want: "cut"},
	}
}

func hostileFrames() []attack {
	ping := hostile.Frame(hostile.Ping, nil)
	unmasked := message(nil)
	unmasked[1] &^= 0x80
	endless := func(a *attacker) {
		for a.Send(hostile.Frame(hostile.Continuation, make([]byte, 64<<10))) == nil {
		}
	}
	of := func(name, want string, frames ...[]byte) attack {
		return attack{name: name, want: want, protocol: "aper.1", frames: bytes.Join(frames, nil)}
	}
	announced := func(length uint64) []byte { return hostile.FrameHead(hostile.Final|hostile.Binary, length) }
	return []attack{
		of("a reserved opcode", "close 1002", hostile.Frame(hostile.Final|3, nil)),
		of("a reserved control opcode", "close 1002", hostile.Frame(hostile.Final|0xb, nil)),
		of("a reserved bit", "close 1002", hostile.Frame(hostile.Final|hostile.Reserved|hostile.Binary, []byte("zip bomb"))),
		of("an unmasked frame", "close 1002", unmasked),
		of("a ping in pieces", "close 1002", ping),
		of("a ping of 126 bytes", "close 1002", hostile.Frame(hostile.Final|hostile.Ping, make([]byte, 126))),
		of("a continuation of nothing", "close 1002", hostile.Frame(hostile.Final|hostile.Continuation, nil)),
		of("a message within another", "close 1002", hostile.Frame(hostile.Binary, nil), message(nil)),
		of("half a close code", "close 1002", hostile.Frame(hostile.Final|hostile.Close, []byte{3})),
		of("a close code that must not be sent", "close 1002", hostile.Frame(hostile.Final|hostile.Close, []byte{1005 >> 8, 1005 & 0xff})),
		of("a length beyond the limit", "close 1009", announced(1<<20+1)),
		of("a length of 2 GiB", "close 1009", announced(2<<30)),
		of("a length of 4 GiB and a little", "close 1009", announced(4<<30+5)),
		of("the largest length", "close 1009", announced(1<<63-1)),
		of("a negative length", "stays", announced(1<<63)),
		of("another negative length", "close 1009", announced(1<<64-1)),
		of("too much", "close 1009|cut", message(make([]byte, 1<<20+1))),
		{name: "a message in endless pieces", want: "close 1009|cut", protocol: "aper.1", frames: hostile.Frame(hostile.Binary, nil), do: endless},
		{name: "the largest message", want: "close 4300", protocol: "aper.1", frames: message(make([]byte, 1<<20))},
	}
}

func hostileMessages() []attack {
	hello := func(change func(*wire.Hello)) []byte {
		m := lobbyHello()
		change(&m)
		return message(m.Append(nil))
	}
	valid := lobbyHello()
	large := wire.Push{First: 1, Count: 1, Transitions: append([]byte{0x5a, 0, 2, 0, 0}, make([]byte, 128<<10)...)}
	random := rand.New(rand.NewPCG(1, 2))
	first := func(name, want string, frames ...[]byte) attack {
		return attack{name: name, want: want, protocol: "aper.1", frames: bytes.Join(frames, nil)}
	}
	joined := func(name, want string, messages ...[]byte) attack {
		a := attack{name: name, want: want, hello: true}
		for _, m := range messages {
			a.frames = append(a.frames, message(m)...)
		}
		return a
	}
	return []attack{
		first("text instead of bytes", "close 4300", hostile.Frame(hostile.Final|hostile.Text, []byte(`{"hello": {}}`))),
		first("a push before hello", "close 4300", message(hostilePush(1, 1, 0))),
		first("a ping before hello", "close 4300", message((&wire.Ping{}).Append(nil))),
		first("what only servers say", "close 4300", message((&wire.Close{Code: wire.CloseRetry}).Append(nil))),
		first("another version of the protocol", "close 4301", hello(func(m *wire.Hello) { m.Protocol = 99 })),
		first("another machine", "close 4302", hello(func(m *wire.Hello) { m.Schema++ })),
		first("a view's hello", "close 4300", hello(func(m *wire.Hello) { m.View = true })),
		{name: "random bytes", want: "close 4300", protocol: "aper.1", times: 50, do: func(a *attacker) {
			b := make([]byte, 1+random.IntN(200))
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			a.Send(message(b))
		}},
		{name: "mutated messages", want: `close 4[23]\d\d|stays`, protocol: "aper.1", times: 100, do: func(a *attacker) {
			a.Send(message(mutated(random, valid.Append(nil))))
			a.Send(message(mutated(random, hostilePush(1, 3, 0))))
		}},
		{name: "mutated pushes", want: `close 4300|stays`, hello: true, times: 100, do: func(a *attacker) {
			a.Send(message(mutated(random, hostilePush(1, 3, 0))))
		}},
		joined("hello twice", "close 4300", valid.Append(nil)),
		joined("a gap in the numbers", "close 4300", hostilePush(2, 1, 0)),
		joined("number zero", "close 4300", hostilePush(0, 1, 0)),
		joined("the highest number", "close 4300", hostilePush(1<<63, 1, 0)),
		joined("an outcome that does not exist yet", "close 4300", hostilePush(1, 1, 1)),
		joined("another, by a ping", "close 4300", (&wire.Ping{Known: 1 << 60}).Append(nil)),
		joined("a message and garbage after it", "close 4300", append(hostilePush(1, 1, 0), 0xff)),
		joined("the same push again and again", "stays", hostilePush(1, 1, 0), hostilePush(1, 1, 0), hostilePush(1, 1, 0)),
		joined("no transition", "stays", hostilePush(1, 0, 0)),
		joined("more than may wait for an outcome to be known", "close 4300", hostilePush(1, 1001, 0)),
		joined("a transition that is too large", "stays", large.Append(nil)),
		joined("a state that is said to be wrong", "close 4302", (&wire.Diverged{}).Append(nil), (&wire.Diverged{}).Append(nil)),
		joined("a message from the future", "stays", []byte{0x82, 0x18, 0xff, 0x00}),
		joined("depth", "close 4300", bytes.Repeat([]byte{0x81}, 1<<19)),
		joined("an array of everything", "close 4300", []byte{0x84, 0x02, 0x01, 0x00, 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
	}
}

// mutated returns a message that was cut off, or in which a bit was flipped.
func mutated(random *rand.Rand, b []byte) []byte {
	if random.IntN(3) == 0 {
		return b[:random.IntN(len(b))]
	}
	b[random.IntN(len(b))] ^= 1 << random.IntN(8)
	return b
}

func hostileViews() []attack {
	text := func(name, want string, messages ...string) attack {
		a := attack{name: "view: " + name, want: want, protocol: "aper.json.1"}
		for _, m := range messages {
			a.frames = append(a.frames, hostile.Frame(hostile.Final|hostile.Text, []byte(m))...)
		}
		return a
	}
	const token = "00000000000000000000000000000000"
	return []attack{
		text("no JSON", "close 4300", "\xff\xfe{"),
		text("depth", "close 4300", strings.Repeat(`{"hello":`, 100_000)),
		text("depth in a transition", "close 4300", `{"hello": {}}`, `{"push": 1, "transition": `+strings.Repeat("[", 100_000)+`}`),
		text("a large number", "close 4300", `{"push": 1e99}`),
		text("a negative number", "close 4300", `{"push": -1}`),
		text("a push before hello", "close 4300", `{"push": 1, "transition": {"Increment": {"by": 1000000}}}`),
		text("a gap in the numbers", "close 4300", `{"hello": {}}`, `{"push": 3, "transition": {"Increment": {"by": 1000000}}}`),
		text("no transition", "stays", `{"hello": {}}`, `{"push": 1, "transition": {"Explode": {}}}`),
		text("a session that is not its own", "stays", `{"hello": {"session": {"client": 1, "token": "`+token+`", "epoch": "1"}}}`),
		text("hello twice", "close 4300", `{"hello": {}}`, `{"hello": {}}`),
	}
}

// hostileFloods are what somebody sends as fast as he can, and leaves.
func hostileFloods() []attack {
	const while = 300 * time.Millisecond
	flood := func(name string, hello bool, next func(i int) []byte) attack {
		return attack{name: "a flood of " + name, want: "gone", hello: hello, protocol: "aper.1", do: func(a *attacker) {
			a.SetDeadline(time.Now().Add(while))
			for i := 0; a.Send(next(i)) == nil; i++ {
			}
			a.Close()
		}}
	}
	same := func(m []byte) func(int) []byte {
		encoded := message(m)
		return func(int) []byte { return encoded }
	}
	value := bytes.Repeat([]byte{7}, 4<<10)
	return []attack{
		flood("transitions", true, func(i int) []byte { return message(hostilePush(aper.ClientSeq(i+1), 1, 0)) }),
		flood("presences", true, same((&wire.Presence{Value: value}).Append(nil))),
		flood("signals", true, same((&wire.Signal{Value: value}).Append(nil))),
		flood("pings of the protocol", true, same((&wire.Ping{}).Append(nil))),
		flood("messages without anything", true, same(nil)),
		flood("codes from the future", true, same([]byte{0x82, 0x18, 0xff, 0x00})),
		flood("pings of the WebSocket", true, func(int) []byte { return hostile.Frame(hostile.Final|hostile.Ping, make([]byte, 125)) }),
		flood("pings before hello", false, func(int) []byte { return hostile.Frame(hostile.Final|hostile.Ping, make([]byte, 125)) }),
		flood("empty pieces", false, func(i int) []byte { return hostile.Frame([]byte{hostile.Binary, hostile.Continuation}[min(i, 1)], nil) }),
	}
}
