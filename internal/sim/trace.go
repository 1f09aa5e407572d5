package sim

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A trace is where effects are written down, in words; mostly nowhere.
type trace struct {
	out   *strings.Builder
	whole bool // also of what settling does
	brief bool // only what users see
}

func (t *trace) on() bool { return t.out != nil && !t.brief }

// Trace writes from now on what each action brings about, a line for each effect, indented.
func (w *World[S]) Trace(out *strings.Builder) { w.trace.out = out }

func (w *World[S]) effect(format string, arguments ...any) {
	if w.trace.out != nil {
		fmt.Fprintf(w.trace.out, "    "+format+"\n", arguments...)
	}
}

// describePushed says what became of a push at once. What the user is shown then is said when the replica's Ready is taken,
// unless that is not now.
func (w *World[S]) describePushed(c *client[S], id engine.PushID, err error) {
	if err != nil {
		w.effect("%v: nothing is sent: %v", c.name, err)
		return
	}
	w.effect("%v: push %d", c.name, id)
	if !c.writes() {
		w.shows(c)
	}
}

// describeReady says what a user sees.
func (w *World[S]) describeReady(c *client[S]) {
	if w.trace.out == nil {
		return
	}
	if c.ready.Forked {
		w.effect("%v: the room went back to an older past", c.name)
	}
	for _, o := range c.ready.Outcomes {
		switch {
		case o.Unknown:
			w.effect("%v: nobody knows what became of push %d", c.name, o.ID)
		case o.Conflict != nil:
			w.effect("%v: push %d is rejected at %d: %v", c.name, o.ID, o.Seq, o.Conflict)
		default:
			w.effect("%v: push %d is confirmed at %d", c.name, o.ID, o.Seq)
		}
	}
	if w.trace.on() {
		w.describeBeside(c)
	}
	if c.ready.Changed && c.replica.Started() && !w.trace.brief {
		w.shows(c)
	}
}

func (w *World[S]) describeBeside(c *client[S]) {
	for _, err := range c.ready.Diverged {
		w.effect("%v: %v", c.name, err)
	}
	if c.ready.Presence && len(c.replica.Presences()) > 0 {
		w.effect("%v sees %s", c.name, describeAttendees(c.replica.Presences()))
	}
	if len(c.ready.Signals) > 0 {
		w.effect("%v hears %s", c.name, describeAttendees(c.ready.Signals))
	}
}

func (w *World[S]) shows(c *client[S]) {
	line := fmt.Sprintf("%v shows %s", c.name, stateJSON(c.replica.Optimistic()))
	if n := c.replica.Pending(); n > 0 {
		line += fmt.Sprintf(", %d pending", n)
	}
	w.effect("%s", line)
}

func stateJSON[S aper.StateMachine[S]](s S) string {
	b, err := aper.ToJSON(s)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// describe says what is in a transport message.
func (w *World[S]) describe(message []byte) string {
	var words []string
	r := wire.NewReader(message)
	for r.Next() {
		if word := w.describeOne(&r); word != "" {
			words = append(words, word)
		}
	}
	if r.Err() != nil {
		words = append(words, fmt.Sprintf("%x, which cannot be read", message))
	}
	return strings.Join(words, "; ")
}

func (w *World[S]) describeOne(r *wire.Reader) string {
	switch r.Code() {
	case wire.CodeHello:
		return describeHello(r.Hello())
	case wire.CodePush:
		return w.describePush(r.Push())
	case wire.CodePing:
		return fmt.Sprintf("ping, knows %d", r.Ping().Known)
	case wire.CodeBye:
		return "bye"
	case wire.CodeWelcome:
		return describeWelcome(r.Welcome())
	case wire.CodeSnapshot:
		return describeState[S](r.Snapshot())
	case wire.CodeFrame:
		f := r.Frame()
		return w.describeEvents(f.First, &f.Events)
	case wire.CodeVerdicts:
		return describeVerdicts(r.Verdicts())
	case wire.CodePong:
		return "pong"
	case wire.CodeNack:
		m := r.Nack()
		return fmt.Sprintf("nothing from %d on is taken: the lowest base is %d", m.From, m.Floor)
	case wire.CodePresence:
		return fmt.Sprintf("presence %q", r.Presence().Value)
	case wire.CodeSignal:
		return fmt.Sprintf("signal %q", r.Signal().Value)
	case wire.CodeDiverged:
		return fmt.Sprintf("diverged at %d", r.Diverged().Seq)
	case wire.CodePresences:
		return describePresences(r.Presences())
	case wire.CodeSignals:
		return "signals " + describeAttendees(r.Signals().List)
	case wire.CodeCheck:
		return fmt.Sprintf("sum at %d", r.Check().Seq)
	case wire.CodeClose:
		m := r.Close()
		return fmt.Sprintf("close %d: %s", m.Code, m.Reason)
	}
	return fmt.Sprintf("a message with code %d", r.Code())
}

func describeHello(m wire.Hello) string {
	if m.Client == 0 {
		return "hello, new here"
	}
	return fmt.Sprintf("hello, client %d at %d, knows %d, sent %d", m.Client, m.Position.Seq, m.Known, m.Sent)
}

func (w *World[S]) describePush(m wire.Push) string {
	var words []string
	number := m.First
	for raw := range m.All() {
		words = append(words, fmt.Sprintf("%d %s", number, w.transition(raw)))
		number++
	}
	line := fmt.Sprintf("push %s, knows %d", strings.Join(words, ", "), m.Known)
	if w.anchored {
		line += fmt.Sprintf(", base %d", m.Base)
	}
	return line
}

func describePresences(m wire.Presences) string {
	if m.Reset && len(m.Set) == 0 {
		return "" // as there are to every joiner where nobody uses them
	}
	words := "presences"
	if m.Reset {
		words = "all presences"
	}
	if len(m.Gone) > 0 {
		words += fmt.Sprintf(" without %v", m.Gone)
	}
	return words + " " + describeAttendees(m.Set)
}

func describeAttendees(list []wire.Attendee) string {
	var words []string
	for _, a := range list {
		words = append(words, fmt.Sprintf("%d %q", a.Client, a.Value))
	}
	return "(" + strings.Join(words, ", ") + ")"
}

// transition returns an encoded transition as JSON.
func (w *World[S]) transition(raw []byte) string {
	if string(raw) == wire.Void {
		return "(withdrawn)"
	}
	w.coder.DecodeFrom(raw)
	t := aper.CodeTransition[S](&w.coder, nil)
	if _, err := w.coder.Finish(); err != nil {
		return fmt.Sprintf("%x, which cannot be read", raw)
	}
	return transitionJSON(&w.coder, t)
}

func transitionJSON[S aper.StateMachine[S]](c *aper.Coder, t aper.Transition[S]) string {
	c.JSONTo(nil)
	aper.CodeTransition(c, t)
	text, err := c.Finish()
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func describeWelcome(m wire.Welcome) string {
	mode := [...]string{wire.Resumed: "resumed", wire.Fresh: "fresh", wire.Forked: "forked"}[m.Mode]
	if m.Rewound {
		mode += " rewound"
	}
	return fmt.Sprintf("welcome, %s client %d, decided %d", mode, m.Client, m.Decided)
}

func describeState[S aper.StateMachine[S]](m wire.Snapshot) string {
	if m.Parts > 1 {
		return fmt.Sprintf("part %d of %d of the state at %d", m.Part+1, m.Parts, m.Seq)
	}
	s, err := aper.Decode[S](m.State)
	if err != nil {
		return fmt.Sprintf("a state at %d that cannot be read", m.Seq)
	}
	return fmt.Sprintf("state at %d %s", m.Seq, stateJSON(s))
}

func (w *World[S]) describeEvents(first aper.Seq, events *wire.Events) string {
	var words []string
	for e := range events.All() {
		word := fmt.Sprintf("%d is %d-%d %s", first, e.Client, e.ClientSeq, w.transition(e.Transition))
		if e.Lost {
			word += " lost"
		}
		if e.Amended {
			word += " amended"
		}
		words = append(words, word)
		first++
	}
	return "event " + strings.Join(words, ", ")
}

func describeVerdicts(m wire.Verdicts) string {
	var words []string
	for _, v := range m.List {
		words = append(words, describeVerdict(v))
	}
	return "outcome " + strings.Join(words, ", ")
}

func describeVerdict(v wire.Verdict) string {
	switch {
	case !v.Rejected:
		return fmt.Sprintf("%d is confirmed at %d", v.ClientSeq, v.Seq)
	case v.Path == "":
		return fmt.Sprintf("%d is rejected at %d: %v", v.ClientSeq, v.Seq, v.Conflict)
	}
	return fmt.Sprintf("%d is rejected at %d: %s: %v", v.ClientSeq, v.Seq, v.Path, v.Conflict)
}

// describeRecord says what a record holds; nil is a batch that needs none.
func (w *World[S]) describeRecord(r *wire.Record) string {
	if r == nil {
		return "no record"
	}
	var words []string
	if r.Genesis != nil {
		words = append(words, "the room begins")
	}
	if r.Epoch != 0 {
		words = append(words, "another epoch begins")
	}
	for _, o := range r.Opened {
		words = append(words, fmt.Sprintf("client %d begins", o.Client))
	}
	for _, rejection := range r.Rejections {
		words = append(words, fmt.Sprintf("client %d: %s", rejection.Client, describeVerdict(rejection.Verdict)))
	}
	if r.Events.Len() > 0 {
		words = append(words, w.describeEvents(r.First, &r.Events))
	}
	for _, a := range r.Acknowledged {
		words = append(words, fmt.Sprintf("client %d knows %d", a.Client, a.Through))
	}
	for _, m := range r.Joined {
		words = append(words, fmt.Sprintf("client %d %s", m.Client, map[bool]string{true: "joins", false: "leaves"}[m.Joined]))
	}
	if len(r.Evicted) > 0 {
		words = append(words, fmt.Sprintf("forgets clients %v", r.Evicted))
	}
	if r.Sum.Seq != 0 {
		words = append(words, fmt.Sprintf("sum at %d", r.Sum.Seq))
	}
	if r.Clients != 0 {
		words = append(words, fmt.Sprintf("clients below %d", r.Clients))
	}
	return fmt.Sprintf("record %d: %s", r.LSN, strings.Join(words, "; "))
}

func describeSnapshot(s *wire.RoomSnapshot) string {
	if s == nil {
		return "no snapshot"
	}
	return fmt.Sprintf("snapshot of record %d", s.LSN)
}

func describeError(err error, otherwise string) string {
	if err == nil {
		return otherwise
	}
	return cmp.Or(err.Error(), "refused")
}
