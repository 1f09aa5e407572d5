package sim

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// An Action moves one thing of a world one step. It is a plain value, and what it means depends on nothing but the world
// that it meets: one that cannot be done there does nothing.
type Action struct {
	Verb   Verb
	Actor  int    // number of the client, or of the owner
	Client Client // the other client that the action is about
	Number int64
	Text   string
}

// A Verb is what an action does. Verbs with the same word for different actors are different verbs.
type Verb byte

// The verbs. The table below says what each means.
const (
	SetMachine Verb = iota + 1
	SetSeed
	SetRing
	SetShare
	SetPart
	SetPending
	SetTransition
	SetSessions
	SetAge
	SetLeave
	SetTail
	SetChecks
	SetPresence
	SetBehind
	SetKeep
	SetAuthorize
	Settle

	Dial
	Push
	ClientTake
	Cut
	Store
	ClientCrash
	Clone
	Duplicate
	Ping
	Presence
	Signal
	Bye
	Hostile
	Stray
	Build
	User
	ReadOnly
	ClientClock

	Open
	OwnerTake
	Late
	Notice
	Decide
	AppendOK
	AppendLost
	AppendLanded
	Publish
	OwnerCrash
	OwnerClock
	Drop
	Expel
	Snapshot
	Truncate
	Sum

	Restore
	Rewind
	Tear

	// What came to be later stands here, and is no fault: so a seed draws the faults that it always drew.
	Remember
	Undo

	verbCount
)

// A form is how actions of one verb are written.
type form struct {
	actor    actorKind
	words    string
	argument argument
	fault    bool // the verb breaks something
	meaning  string
}

type actorKind byte

const (
	theWorld actorKind = iota
	aClient
	anOwner
	theJournal
)

type argument byte

const (
	nothing argument = iota
	aNumber
	maybeNumber // left out when it is zero
	signed      // a number with its sign
	otherClient
	text
)

// forms is the one table of verbs: it reads and writes histories, and documents them.
var forms = [verbCount]form{
	SetMachine:    {theWorld, "machine", text, false, "what everyone runs; the first line of a history"},
	SetSeed:       {theWorld, "seed", aNumber, false, "what tags, tokens and entropy are derived from"},
	SetRing:       {theWorld, "ring", aNumber, false, "bytes of frames that a connection may be behind"},
	SetShare:      {theWorld, "share", aNumber, false, "bytes of frames that may follow a snapshot which joiners share"},
	SetPart:       {theWorld, "part", aNumber, false, "bytes of the state in one part of a snapshot; 0 leaves it to the engine"},
	SetPending:    {theWorld, "pending", aNumber, false, "engine.Options.MaxPending of owners that open later"},
	SetTransition: {theWorld, "transition", aNumber, false, "engine.Options.MaxTransition of owners that open later"},
	SetSessions:   {theWorld, "sessions", aNumber, false, "engine.Options.MaxSessions of owners that open later"},
	SetAge:        {theWorld, "age", aNumber, false, "engine.Options.SessionAge of owners that open later"},
	SetLeave:      {theWorld, "leave", aNumber, false, "engine.Options.LeaveAfter of owners that open later"},
	SetTail:       {theWorld, "tail", aNumber, false, "engine.Options.Tail of owners that open later"},
	SetChecks:     {theWorld, "checks", aNumber, false, "engine.Options.CheckEvery of owners that open later"},
	SetPresence:   {theWorld, "presence", aNumber, false, "engine.Options.MaxPresence of owners that open later"},
	SetBehind:     {theWorld, "behind", aNumber, false, "engine.Options.MaxBehind of owners that open later"},
	SetKeep:       {theWorld, "keep", aNumber, false, "engine.Options.KeepBehind of owners that open later"},
	SetAuthorize:  {theWorld, "authorize", nothing, false, "owners that open later ask about each transition whether it may be made"},
	Settle:        {theWorld, "settle", nothing, false, "faults stop, everyone connects, everything arrives"},

	Dial:        {aClient, "dial", maybeNumber, false, "connects to that owner, or to the newest; what connection there was is cut"},
	Push:        {aClient, "push", text, false, "makes a transition, given as JSON"},
	ClientTake:  {aClient, "take", nothing, false, "the next message from its owner arrives, or the end of the connection"},
	Cut:         {aClient, "cut", nothing, true, "the connection is gone, and the client knows; the owner will notice later"},
	Store:       {aClient, "store", nothing, false, "keeps from now on what it needs to go on after its end, before anything leaves"},
	ClientCrash: {aClient, "crash", maybeNumber, true, "the program ends, and begins again with what was in its store so many savings ago"},
	Clone:       {aClient, "clone", otherClient, true, "the program ends, and begins again with a copy of what another has"},
	Duplicate:   {aClient, "dup", nothing, true, "the pushes that are next in line to its owner arrive twice; not where they have bases"},
	Ping:        {aClient, "ping", nothing, false, "asks for the time, and acknowledges outcomes"},
	Presence:    {aClient, "presence", text, false, "shows this to the others, beside the state"},
	Signal:      {aClient, "signal", text, false, "sends this to the others, once"},
	Bye:         {aClient, "bye", nothing, false, "says that it will not come back with this session, and ends"},
	Hostile:     {aClient, "hostile", text, true, "these bytes, in hexadecimal, follow what it sent"},
	Stray:       {aClient, "stray", text, true, "in the next frame alone that arrives, the first event of another is this transition, as if its rules differed"},
	Build:       {aClient, "build", aNumber, true, "from the next hello on its program is of that build; 0 is the owners'"},
	User:        {aClient, "user", text, false, "who it is to the owners' authentication, from the next connection on"},
	ReadOnly:    {aClient, "read only", nothing, false, "its user may look and change nothing, from the next connection on"},
	ClientClock: {aClient, "clock", signed, true, "its clock jumps by so many milliseconds"},

	Open:         {anOwner, "open", nothing, false, "a new process opens the room and makes its first record durable; earlier owners are deposed, and do not know"},
	OwnerTake:    {anOwner, "take", otherClient, false, "takes the next message of the client's newest connection"},
	Late:         {anOwner, "late", otherClient, true, "takes the next message of an earlier connection of that client"},
	Notice:       {anOwner, "notice", otherClient, false, "notices that the oldest connection which the client left is gone"},
	Decide:       {anOwner, "decide", nothing, false, "ends the batch; its record is on the way to the journal"},
	AppendOK:     {anOwner, "append ok", nothing, false, "the record next in line is durable, and the owner knows; a deposed owner learns that it is fenced"},
	AppendLost:   {anOwner, "append lost", nothing, true, "it is not durable, and the owner learns of an error: it closes its connections and ends"},
	AppendLanded: {anOwner, "append landed", nothing, true, "it is durable, and the owner learns of an error; possible also after the owner's end"},
	Publish:      {anOwner, "publish", nothing, false, "what waits for the record that was durable first leaves"},
	OwnerCrash:   {anOwner, "crash", nothing, true, "the process ends"},
	OwnerClock:   {anOwner, "clock", signed, false, "its clock moves by so many milliseconds"},
	Drop:         {anOwner, "drop", otherClient, true, "closes the client's newest connection as too far behind"},
	Expel:        {anOwner, "expel", otherClient, true, "closes the client's newest connection for good"},
	Snapshot:     {anOwner, "snapshot", nothing, false, "with its next record takes a snapshot, which is stored once that is durable"},
	Truncate:     {anOwner, "truncate", nothing, true, "removes the records up to the newest snapshot"},
	Sum:          {anOwner, "sum", nothing, false, "the sum that it was time for is made, and told to everyone"},

	Restore: {theJournal, "restore", aNumber, true, "is replaced by a copy from when this record was the last; all owners end"},
	Rewind:  {theJournal, "rewind", aNumber, true, "is replaced like that, and says so: the next opening begins another epoch"},
	Tear:    {theJournal, "tear", nothing, true, "the record on its way is torn, and cut off at the next opening; its owner learns of an error"},

	Remember: {aClient, "remember", nothing, false, "notes from now on what takes back its edits of texts, and takes them all back when everything settles"},
	Undo:     {aClient, "undo", aNumber, false, "takes back the last of those that it remembers: so many parts at once"},
}

// Fault reports whether the verb breaks something.
func (v Verb) Fault() bool { return forms[v].fault }

// String returns who and what, such as "owner crash".
func (v Verb) String() string {
	who := [...]string{theWorld: "world ", aClient: "client ", anOwner: "owner ", theJournal: "journal "}
	return who[forms[v].actor] + forms[v].words
}

// ParseVerb is the inverse of String.
func ParseVerb(name string) (Verb, error) {
	for v := Verb(1); v < verbCount; v++ {
		if v.String() == name {
			return v, nil
		}
	}
	return 0, fmt.Errorf("there is no verb %q", name)
}

// String returns the line of a history.
func (a Action) String() string {
	f := &forms[a.Verb]
	line := a.actor(f.actor) + " " + f.words
	switch {
	case f.argument == aNumber || f.argument == maybeNumber && a.Number != 0:
		line += " " + strconv.FormatInt(a.Number, 10)
	case f.argument == signed:
		line += fmt.Sprintf(" %+d", a.Number)
	case f.argument == otherClient:
		line += " " + a.Client.String()
	case f.argument == text:
		line += " " + a.Text
	}
	return line
}

func (a Action) actor(kind actorKind) string {
	switch kind {
	case aClient:
		return Client(a.Actor).String()
	case anOwner:
		return Owner(a.Actor).String()
	case theJournal:
		return "journal"
	}
	return "world"
}

// ParseHistory reads actions, one a line. Lines that are indented are effects, and passed over.
func ParseHistory(history string) ([]Action, error) {
	var actions []Action
	number := 0
	for line := range strings.Lines(history) {
		number++
		a, err := ParseAction(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if a.Verb != 0 {
			actions = append(actions, a)
		}
	}
	return actions, nil
}

// ParseAction reads one line. Its verb is zero when the line holds none: an effect, a remark, or nothing.
func ParseAction(line string) (Action, error) {
	if line != strings.TrimLeft(line, " \t") {
		return Action{}, nil
	}
	line = strings.TrimSpace(withoutRemark(line))
	if line == "" {
		return Action{}, nil
	}
	who, what, _ := strings.Cut(line, " ")
	kind, actor, ok := parseActor(who)
	if !ok {
		return Action{}, fmt.Errorf("%q: an action begins with a client (A, B, …), an owner (1, 2, …), journal or world", line)
	}
	verb := parseVerb(kind, what)
	if verb == 0 {
		return Action{}, fmt.Errorf("%q: there is no such verb", line)
	}
	a := Action{Verb: verb, Actor: actor}
	argument := strings.TrimSpace(strings.TrimPrefix(what, forms[verb].words))
	if !a.parseArgument(argument) {
		return Action{}, fmt.Errorf("%q: the argument is missing, or not what it should be", line)
	}
	return a, nil
}

// withoutRemark cuts what follows a # that stands outside of quotes.
func withoutRemark(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch {
		case quoted && line[i] == '\\':
			i++
		case line[i] == '"':
			quoted = !quoted
		case line[i] == '#' && !quoted:
			return line[:i]
		}
	}
	return line
}

func parseActor(word string) (kind actorKind, number int, ok bool) {
	switch word {
	case "world":
		return theWorld, 0, true
	case "journal":
		return theJournal, 0, true
	}
	if c, ok := parseClient(word); ok {
		return aClient, int(c), true
	}
	n, err := strconv.Atoi(word)
	return anOwner, n, err == nil && n > 0
}

func parseClient(word string) (Client, bool) {
	if len(word) != 1 || word[0] < 'A' || word[0] > 'Z' {
		return 0, false
	}
	return Client(word[0] - 'A'), true
}

// parseVerb returns the verb whose words what begins with, and zero when there is none.
func parseVerb(kind actorKind, what string) Verb {
	for v := Verb(1); v < verbCount; v++ {
		f := &forms[v]
		if f.actor == kind && (what == f.words || strings.HasPrefix(what, f.words+" ")) {
			return v
		}
	}
	return 0
}

func (a *Action) parseArgument(word string) (ok bool) {
	switch forms[a.Verb].argument {
	case nothing:
		return word == ""
	case text:
		a.Text = word
		return word != ""
	case otherClient:
		a.Client, ok = parseClient(word)
		return ok
	case maybeNumber:
		word = cmp.Or(word, "0")
	}
	var err error
	a.Number, err = strconv.ParseInt(word, 10, 64)
	return err == nil
}
