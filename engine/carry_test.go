package engine_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A desk is one of several people who edit a text over lines that delay and are cut. The first keeps what takes back what he did.
type desk struct {
	replica  *engine.Replica[data.Text]
	attach   engine.Attach // 0 while the line is cut
	joined   bool
	up, down [][]byte

	back []aper.Transition[data.Text] // first what is done first
	at   engine.Footing
}

// An office is all of them. No character is typed twice.
type office struct {
	random    *rand.Rand
	authority *engine.Authority[data.Text]
	desks     []*desk
	attaches  engine.Attach
	now       aper.Time
	snapshot  [][]byte // for those who missed more than the authority remembers, in parts
	since     [][]byte // the frames after it

	last    rune
	typed   map[rune]int     // by whom
	deleted map[rune][2]bool // by the first, by others
}

func newOffice(seed uint64, desks int) (*office, error) {
	o := &office{
		random:    rand.New(rand.NewPCG(seed, 3)),
		authority: engine.New[data.Text](engine.Options{Tail: 400}),
		last:      0x4E00,
		typed:     map[rune]int{},
		deleted:   map[rune][2]bool{},
	}
	if err := o.authority.Create(data.NewText("0123456789"), 1); err != nil {
		return nil, err
	}
	o.authority.Open(1)
	for range desks {
		d := &desk{replica: engine.NewReplica[data.Text](engine.ReplicaOptions{})}
		o.desks = append(o.desks, d)
		o.connect(d)
	}
	return o, o.quiesce()
}

func (o *office) connect(d *desk) {
	o.attaches++
	d.attach = o.attaches
	d.replica.Connect()
	o.tick()
	o.authority.Attach(d.attach, engine.Peer{Token: wire.Token{byte(d.attach), byte(d.attach >> 8), 1}})
}

func (o *office) cut(d *desk) {
	o.authority.Detach(d.attach)
	d.replica.Disconnect()
	d.attach, d.joined, d.up, d.down = 0, false, nil, nil
}

func (o *office) tick() {
	o.now++
	o.authority.Tick(o.now, wire.Tag(o.now), uint64(o.now))
}

// send puts what a replica has to say on its way.
func (o *office) send(d *desk) {
	if message := d.replica.Ready().Send; message != nil && d.attach != 0 {
		d.up = append(d.up, message)
	}
}

// hear lets the authority hear some of it, and puts the answers to all on their way.
func (o *office) hear(d *desk) error {
	o.tick()
	if len(d.up) > 0 {
		o.authority.Step(d.attach, d.up[0])
		d.up = d.up[1:]
	}
	ready := o.authority.Ready()
	if ready.Frame != nil {
		o.since = append(o.since, ready.Frame)
	}
	if len(o.snapshot) == 0 || o.random.IntN(100) == 0 {
		parts, err := ready.Snapshot()
		if err != nil {
			return err
		}
		o.snapshot, o.since = parts, nil
	}
	for _, d := range o.desks {
		if at := slices.IndexFunc(ready.Joined, func(j engine.Joined) bool { return j.Attach == d.attach }); at >= 0 {
			d.joined = true
			if j := ready.Joined[at]; !j.Resumes { // joiners share a snapshot, which may be older than what they have
				d.down = append(d.down, slices.Concat(j.Welcome, slices.Concat(o.snapshot...), slices.Concat(o.since...), j.Outcomes, j.Presences))
				continue
			}
		}
		if !d.joined {
			continue
		}
		message, err := ready.To(d.attach)
		if err != nil {
			return err
		}
		if message != nil {
			d.down = append(d.down, message)
		}
	}
	return nil
}

// learn lets a replica learn the next that was said to it.
func (o *office) learn(d *desk) error {
	if len(d.down) == 0 {
		return nil
	}
	message := d.down[0]
	d.down = d.down[1:]
	return d.replica.Step(message, o.now)
}

// quiesce lets everything arrive everywhere.
func (o *office) quiesce() error {
	for idle := 0; idle < 3; idle++ {
		for _, d := range o.desks {
			if d.attach == 0 {
				o.connect(d)
			}
			o.send(d)
			for busy := true; busy; busy = len(d.up) > 0 {
				if err := o.hear(d); err != nil {
					return err
				}
			}
			for len(d.down) > 0 {
				idle = 0
				if err := o.learn(d); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// keepUp carries along what takes back.
func (o *office) keepUp(d *desk) (err error) {
	if len(d.back) > 0 {
		d.back, err = d.replica.Carry(d.back, d.at)
	}
	d.at = d.replica.Footing()
	return err
}

// push lets somebody edit, and notes what he deleted.
func (o *office) push(d *desk, who int, do aper.Transition[data.Text]) (inverse aper.Transition[data.Text], err error) {
	before := d.replica.Optimistic()
	id, err := d.replica.Push(do, o.now)
	if err != nil {
		return nil, fmt.Errorf("%#v: %w", do, err)
	}
	after := d.replica.Optimistic()
	applied := d.replica.Follow(id)
	shown := after.String()
	for _, r := range before.String() {
		if !strings.ContainsRune(shown, r) {
			by := o.deleted[r]
			by[min(who, 1)] = true
			o.deleted[r] = by
		}
	}
	return data.Inverse(do, applied.Before, after, &applied.Meta)
}

// edit makes an edit at random.
func (o *office) edit(d *desk, who int) aper.Transition[data.Text] {
	length := d.replica.Optimistic().Len()
	var edits []data.TextEdit
	for range 1 + o.random.IntN(2)*o.random.IntN(3) {
		e := data.TextEdit{At: o.random.IntN(length + 1)}
		if o.random.IntN(3) == 0 {
			e.Delete = o.random.IntN(min(length-e.At, 5) + 1)
		}
		for range o.random.IntN(4) {
			o.last++
			o.typed[o.last] = who
			e.Insert += string(o.last)
		}
		length += len([]rune(e.Insert)) - e.Delete
		edits = append(edits, e)
	}
	if do := data.EditText(edits...); o.random.IntN(5) > 0 {
		return do
	}
	var group []aper.Transition[data.Text]
	for _, e := range edits {
		group = append(group, data.EditText(e))
	}
	return aper.All(group...)
}

// act lets something happen.
func (o *office) act() error {
	who := o.random.IntN(len(o.desks))
	d := o.desks[who]
	switch o.random.IntN(10) {
	case 0, 1:
		return o.write(who)
	case 2:
		if who == 0 && len(d.back) > 0 && o.random.IntN(3) == 0 {
			return o.undo()
		}
	case 3, 4:
		o.send(d)
	case 5, 6:
		return o.hear(d)
	case 7, 8:
		return o.learn(d)
	case 9:
		if d.attach == 0 {
			o.connect(d)
		} else if o.random.IntN(20) == 0 {
			o.cut(d)
		}
	}
	return nil
}

func (o *office) write(who int) error {
	d := o.desks[who]
	if who != 0 {
		_, err := o.push(d, who, o.edit(d, who))
		return err
	}
	if err := o.keepUp(d); err != nil {
		return err
	}
	if o.random.IntN(6) == 0 { // an edit that is not to be taken back, as if it were somebody else's
		_, err := o.push(d, len(o.desks), o.edit(d, len(o.desks)))
		if err == nil {
			d.back, err = d.replica.CarryOver(d.back)
		}
		d.at = d.replica.Footing()
		return err
	}
	inverse, err := o.push(d, who, o.edit(d, who))
	if err != nil {
		return err
	}
	d.back = slices.Insert(d.back, 0, inverse)
	d.at = d.replica.Footing()
	return nil
}

// undo takes back the last that the first did.
func (o *office) undo() error {
	d := o.desks[0]
	if err := o.keepUp(d); err != nil {
		return err
	}
	_, err := o.push(d, 0, d.back[0])
	d.back = d.back[1:]
	d.at = d.replica.Footing()
	return err
}

// check sees that exactly what the first typed is gone, and that what others typed is there, unless others deleted it.
func (o *office) check() error {
	text := o.authority.State().String()
	for r, who := range o.typed {
		there, deleted := strings.ContainsRune(text, r), o.deleted[r]
		switch {
		case who == 0 && there:
			return fmt.Errorf("%c is there, which was taken back, in %s", r, text)
		case who != 0 && there && deleted[1] && !deleted[0]:
			return fmt.Errorf("%c is there, which others deleted, in %s", r, text)
		case who != 0 && !there && !deleted[1] && deleted[0]:
			return fmt.Errorf("%c is gone, which nobody else deleted, in %s", r, text)
		}
	}
	return nil
}

func playOffice(seed uint64) error {
	o, err := newOffice(seed, 3)
	for i := 0; i < 400 && err == nil; i++ {
		err = o.act()
	}
	for err == nil && len(o.desks[0].back) > 0 {
		if err = o.undo(); err == nil && o.random.IntN(2) == 0 {
			err = o.act()
		}
	}
	if err == nil {
		err = o.quiesce()
	}
	if err != nil {
		return err
	}
	return o.check()
}

// Laws B10 and B11: what takes back one's own edits can be carried along, whatever others do meanwhile and however late one learns
// of it. When one has taken back everything, exactly what he typed is gone.
func TestCarriedInversesTakeBackExactlyOnesOwn(t *testing.T) {
	seeds := 60
	if os.Getenv("APER_LONG") != "" {
		seeds = 5000
	}
	for range seeds {
		seed := rand.Uint64()
		if err := playOffice(seed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// What it costs to edit after others did, with so many steps that can be taken back, in a text of 100 kB.
func BenchmarkCarry(b *testing.B) {
	for _, steps := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("steps=%d", steps), func(b *testing.B) {
			o, err := newOffice(1, 2)
			if err != nil {
				b.Fatal(err)
			}
			one, other := o.desks[0], o.desks[1]
			edit := func(who int) data.TextEdit {
				return data.TextEdit{At: o.random.IntN(o.desks[who].replica.Optimistic().Len() + 1), Insert: "word "}
			}
			other.replica.Push(data.InsertText(0, strings.Repeat("0123456789", 6_000)), 0)
			for range steps {
				if err := o.quiesce(); err != nil {
					b.Fatal(err)
				}
				if err := o.keepUp(one); err != nil {
					b.Fatal(err)
				}
				inverse, err := o.push(one, 0, data.EditText(edit(0)))
				if err != nil {
					b.Fatal(err)
				}
				one.back, one.at = slices.Insert(one.back, 0, inverse), one.replica.Footing()
			}
			other.replica.Push(data.EditText(edit(1)), 0)
			if err := o.quiesce(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := one.replica.Carry(one.back, one.at); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
