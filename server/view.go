package server

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/lxzan/gws"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// A view is a session that speaks JSON. It translates both ways; the room sees an ordinary session.
type view[S aper.StateMachine[S]] struct {
	socket  *gws.Conn
	session *room.Session[S]
	coder   aper.Coder // of the reading goroutine

	greeted bool // of the reading goroutine
	patches bool // after the first state only what changed is sent

	// Of the writing goroutine.
	last *S            // state that was sent
	at   wire.Position // of it

	mu       sync.Mutex
	problems map[aper.ClientSeq]string // why a transition could not be read
}

func joinView[S aper.StateMachine[S]](socket *gws.Conn, in *room.Room[S], who room.Principal) (peer, error) {
	v := &view[S]{socket: socket, problems: map[aper.ClientSeq]string{}}
	session, err := in.JoinView(v, who)
	v.session = session
	return v, err
}

// What a view client sends.
type request struct {
	Hello      *helloRequest   `json:"hello"`
	Push       aper.ClientSeq  `json:"push"`
	Known      aper.ClientSeq  `json:"known"`
	Seq        *aper.Seq       `json:"seq"`
	Transition json.RawMessage `json:"transition"`
	Ping       json.RawMessage `json:"ping"`
	Presence   json.RawMessage `json:"presence"`
}

type helloRequest struct {
	Patch    bool           `json:"patch"`
	Presence bool           `json:"presence"`
	Session  *sessionJSON   `json:"session"`
	Known    aper.ClientSeq `json:"known"`
	Sent     aper.ClientSeq `json:"sent"`
	Seq      *aper.Seq      `json:"seq"`
}

type sessionJSON struct {
	Client aper.ClientID `json:"client"`
	Token  string        `json:"token"`
	Epoch  string        `json:"epoch"` // a string, because JavaScript's numbers would lose digits
}

// What a view client is sent.
type response struct {
	Welcome  *welcomeJSON    `json:"welcome,omitempty"`
	Outcomes []outcomeJSON   `json:"outcomes,omitempty"`
	Pong     bool            `json:"pong,omitempty"`
	Seq      *aper.Seq       `json:"seq,omitempty"`
	State    json.RawMessage `json:"state,omitempty"`
	Patch    patch           `json:"patch,omitempty"`
	Close    *closeJSON      `json:"close,omitempty"`

	Presences map[aper.ClientID]*presenceJSON `json:"presences,omitzero"` // nil is one that is gone
	All       bool                            `json:"all,omitempty"`      // there are no other presences
}

type welcomeJSON struct {
	Mode     string         `json:"mode"`
	Decided  aper.ClientSeq `json:"decided"`
	Session  sessionJSON    `json:"session"`
	Anchored bool           `json:"anchored,omitempty"` // transitions mean something relative to the state that was shown
}

type outcomeJSON struct {
	Push      aper.ClientSeq `json:"push"`
	Confirmed *aper.Seq      `json:"confirmed,omitempty"`
	Rejected  *aper.Conflict `json:"rejected,omitempty"`
	Path      string         `json:"path,omitempty"`
	Problem   string         `json:"problem,omitempty"`
}

type closeJSON struct {
	Code   wire.CloseCode `json:"code"`
	Reason string         `json:"reason"`
	Action string         `json:"action"`
}

var modeNames = map[wire.Mode]string{wire.Resumed: "resumed", wire.Fresh: "fresh", wire.Forked: "forked"}

var actionNames = map[wire.Action]string{
	wire.Retry: "retry", wire.Reconnect: "reconnect", wire.NewSession: "new session", wire.Stop: "stop",
}

func (v *view[S]) leave() { v.session.Leave() }

func (v *view[S]) receive(m *gws.Message) {
	var in request
	if err := json.Unmarshal(m.Bytes(), &in); err != nil {
		v.refuse("not a message of the view protocol: " + err.Error())
		return
	}
	var message []byte
	var err error
	switch {
	case in.Hello != nil:
		if !v.greeted { // another one is refused by the room, when this one is in use
			v.greeted, v.patches = true, in.Hello.Patch
			if in.Hello.Presence {
				v.session.FollowPresences()
			}
		}
		message, err = hello(in.Hello)
	case in.Push != 0:
		message = v.push(&in)
	case in.Ping != nil:
		message = (&wire.Ping{Known: in.Known, Base: baseOf(in.Seq)}).Append(nil)
	case in.Presence != nil:
		presence := presenceOf(in.Presence)
		message = presence.Append(nil)
	default:
		err = errors.New(`a message has one of the members "hello", "push", "ping" and "presence"; the first transition is push 1`)
	}
	if err != nil {
		v.refuse(err.Error())
		return
	}
	if v.session.Receive(message) != nil {
		v.Close(wire.CloseRetry, "the room is closing")
	}
}

func (v *view[S]) refuse(why string) { v.Close(wire.CloseProtocol, why) }

// baseOf returns the base that a view says, if it does.
func baseOf(said *aper.Seq) aper.Seq {
	if said == nil {
		return wire.NoBase
	}
	return *said
}

func hello(in *helloRequest) ([]byte, error) {
	m := wire.Hello{Protocol: wire.Version, View: true, Known: in.Known, Sent: in.Sent, Base: baseOf(in.Seq)}
	if s := in.Session; s != nil {
		m.Client = s.Client
		epoch, err := strconv.ParseUint(s.Epoch, 10, 64)
		token, err2 := hex.DecodeString(s.Token)
		if err != nil || err2 != nil || len(token) != len(m.Token) {
			return nil, errors.New("hello.session is not what the welcome said")
		}
		m.Position.Epoch = wire.Epoch(epoch)
		copy(m.Token[:], token)
	}
	return m.Append(nil), nil
}

// push encodes a transition. One that cannot be read travels as an empty array: the authority rejects it, under its number and in
// its order, and the problem is told together with that outcome.
func (v *view[S]) push(in *request) []byte {
	v.coder.JSONFrom(in.Transition)
	t := aper.CodeTransition[S](&v.coder, nil)
	_, err := v.coder.Finish()
	var encoded []byte
	if err == nil {
		v.coder.EncodeTo(nil)
		aper.CodeTransition(&v.coder, t)
		encoded, err = v.coder.Finish()
	}
	if err != nil {
		encoded = []byte{0x80} // no transition
		v.mu.Lock()
		if len(v.problems) < 100 { // beyond, the outcome has to do
			v.problems[in.Push] = err.Error()
		}
		v.mu.Unlock()
	}
	m := wire.Push{First: in.Push, Known: in.Known, Count: 1, Transitions: encoded, Base: baseOf(in.Seq)}
	return m.Append(nil)
}

// Show sends the state and what came with it, or the presences alone. Who may see a part only is not told of what changes
// elsewhere.
func (v *view[S]) Show(shown room.View[S]) error {
	var out response
	for _, data := range shown.Messages {
		v.translate(data, &out)
	}
	if !out.answers() && !v.shows(&shown) {
		if out.Presences == nil {
			return nil
		}
		return v.send(&out)
	}
	var err error
	if out.Seq = &shown.Position.Seq; v.patches && v.last != nil {
		out.Patch, err = patchOf(*v.last, shown.State)
	} else {
		out.State, err = aper.ToJSON(shown.State)
	}
	if err != nil {
		return err
	}
	v.last, v.at = &shown.State, shown.Position
	return v.send(&out)
}

// answers reports whether a message says something that the state has to go with.
func (out *response) answers() bool { return out.Welcome != nil || out.Outcomes != nil || out.Pong }

// shows reports whether there is something new to be seen in a state.
func (v *view[S]) shows(shown *room.View[S]) bool {
	return v.last == nil || shown.Position != v.at && (!shown.Partial || differ(*v.last, shown.State))
}

func (v *view[S]) translate(data []byte, out *response) {
	r := wire.NewReader(data)
	for r.Next() {
		switch r.Code() {
		case wire.CodeWelcome:
			m := r.Welcome()
			out.Welcome = &welcomeJSON{Mode: modeNames[m.Mode], Decided: m.Decided, Anchored: engine.Anchors[S](), Session: sessionJSON{
				Client: m.Client,
				Token:  hex.EncodeToString(m.Token[:]),
				Epoch:  strconv.FormatUint(uint64(m.Epoch), 10),
			}}
		case wire.CodeVerdicts:
			for _, verdict := range r.Verdicts().List {
				out.Outcomes = append(out.Outcomes, v.outcome(verdict))
			}
		case wire.CodePong:
			out.Pong = true
		case wire.CodePresences:
			out.present(r.Presences())
		}
	}
}

func (v *view[S]) outcome(verdict wire.Verdict) outcomeJSON {
	out := outcomeJSON{Push: verdict.ClientSeq}
	if !verdict.Rejected {
		out.Confirmed = &verdict.Seq
		return out
	}
	out.Rejected, out.Path = &verdict.Conflict, verdict.Path
	v.mu.Lock()
	out.Problem = v.problems[verdict.ClientSeq]
	delete(v.problems, verdict.ClientSeq)
	v.mu.Unlock()
	return out
}

func (v *view[S]) send(out *response) error { return sendJSON(v.socket, out) }

func sendJSON(socket *gws.Conn, out *response) error {
	data, err := json.Marshal(out)
	if err != nil {
		return err
	}
	socket.SetWriteDeadline(time.Now().Add(writeTimeout))
	return socket.WriteMessage(gws.OpcodeText, data)
}

// Close says why, in JSON too, because a page cannot tell much from a close frame.
func (v *view[S]) Close(code wire.CloseCode, reason string) { closeView(v.socket, code, reason) }

func closeView(socket *gws.Conn, code wire.CloseCode, reason string) {
	sendJSON(socket, &response{Close: &closeJSON{Code: code, Reason: reason, Action: actionNames[code.Action()]}})
	(&connection{socket}).Close(code, reason)
}
