package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// A naiveText is what a Text is to do: characters with identity, of which none is ever forgotten, in a slice.
type naiveText []naiveCharacter

type naiveCharacter struct {
	char     rune
	client   aper.ClientID // who inserted it
	seq      aper.Seq
	deleted  aper.Seq // 0 while it is alive
	deleters []aper.ClientID
}

func (c *naiveCharacter) inserted(p perspective) bool { return c.client == p.client || c.seq <= p.base }

func (c *naiveCharacter) seen(p perspective) bool {
	return c.inserted(p) && (c.deleted == 0 || c.deleted > p.base && !slices.Contains(c.deleters, p.client))
}

func (c *naiveCharacter) own(p perspective) bool { return c.client == p.client && c.seq > p.base }

// visible returns the indexes of the characters that an author sees.
func (s naiveText) visible(p perspective) (indexes []int) {
	for i := range s {
		if s[i].seen(p) {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

func (s naiveText) edit(p perspective, seq aper.Seq, e TextEdit) naiveText {
	s = slices.Clone(s)
	for _, i := range s.visible(p)[e.At : e.At+e.Delete] {
		c := &s[i]
		if c.deleted == 0 {
			c.deleted = seq
		}
		c.deleters = append(slices.Clone(c.deleters), p.client)
	}
	visible := s.visible(p)
	place := 0
	if e.At > 0 {
		place = visible[e.At-1] + 1
	}
	if e.At < len(visible) && s[visible[e.At]].own(p) && (e.At == 0 || !s[place-1].own(p)) &&
		slices.ContainsFunc(s[place:visible[e.At]], func(c naiveCharacter) bool { return !c.inserted(p) }) {
		place = visible[e.At]
	}
	var typed naiveText
	for _, r := range e.Insert {
		typed = append(typed, naiveCharacter{char: r, client: p.client, seq: seq})
	}
	return slices.Insert(s, place, typed...)
}

func (s naiveText) String() string {
	var b strings.Builder
	for _, c := range s {
		if c.deleted == 0 {
			b.WriteRune(c.char)
		}
	}
	return b.String()
}

// Random people edit with arbitrary lag; the text does what the model does, and so does every copy that was decoded meanwhile.
func TestTextDoesWhatTheModelDoes(t *testing.T) {
	for seed := range rounds(uint64(80)) {
		if err := playText(seed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func playText(seed uint64) error {
	random := rand.New(rand.NewPCG(seed, 7))
	clients := make([]aper.Seq, 1+random.IntN(5)) // the base of each
	lag := 1 + random.IntN(20)
	events := []aper.Seq{0}
	text, copied, model, floor := Text{}, Text{}, naiveText{}, aper.Seq(0)
	if random.IntN(3) == 0 {
		text = NewText("A beginning — with é and 🙂.")
		for _, r := range text.String() {
			model = append(model, naiveCharacter{char: r, client: nobody})
		}
		copied = text
	}
	for range 120 {
		i := random.IntN(len(clients))
		oldest := max(0, len(events)-lag)
		clients[i] = max(clients[i], events[oldest+random.IntN(len(events)-oldest)], floor)
		floor = max(floor, slices.Min(clients), events[oldest])
		for j := range clients {
			clients[j] = max(clients[j], floor)
		}
		p := perspective{clients[i], aper.ClientID(i + 1)}
		seq := events[len(events)-1] + 1 + aper.Seq(random.IntN(300)*random.IntN(2))
		m := aper.Meta{Seq: seq, Client: p.client, Base: p.base, Floor: floor}
		edits := randomEdits(random, len(model.visible(p)), func(e TextEdit) int {
			model = model.edit(p, seq, e)
			return len(model.visible(p))
		})
		for _, s := range []*Text{&text, &copied} {
			next, err := EditText(edits...).Apply(*s, &m)
			if err != nil {
				return fmt.Errorf("%v at %+v: %w", edits, m, err)
			}
			*s = next
		}
		events = append(events, seq)
		if err := compareText(text, copied, model); err != nil {
			return fmt.Errorf("after %v by %+v: %w", edits, p, err)
		}
		if random.IntN(4) == 0 {
			encoded, _ := aper.Encode(text)
			var err error
			if copied, err = aper.Decode[Text](encoded); err != nil {
				return err
			}
		}
	}
	return nil
}

func randomEdits(random *rand.Rand, length int, edit func(TextEdit) int) (edits []TextEdit) {
	for range 1 + random.IntN(2)*random.IntN(3) {
		e := TextEdit{At: random.IntN(length + 1)}
		if random.IntN(3) == 0 {
			e.Delete = random.IntN(min(length-e.At, 6) + 1)
		}
		if e.Delete == 0 || random.IntN(4) == 0 {
			alphabet := []rune("abcdefgh é🙂")
			for range 1 + random.IntN(3)*random.IntN(40)/20 {
				e.Insert += string(alphabet[random.IntN(len(alphabet))])
			}
		}
		length = edit(e)
		edits = append(edits, e)
	}
	return edits
}

func compareText(text, copied Text, model naiveText) error {
	if got, want := text.String(), model.String(); got != want {
		return fmt.Errorf("the text is %q, want %q", got, want)
	}
	one, err := aper.Encode(text)
	if err != nil {
		return err
	}
	two, err := aper.Encode(copied)
	if err != nil {
		return err
	}
	if string(one) != string(two) {
		return fmt.Errorf("a copy is encoded differently: %x and %x", one, two)
	}
	return text.check()
}

// check finds what can be wrong with the tree.
func (s Text) check() error {
	if s.root == nil {
		return nil
	}
	_, err := s.root.check(true)
	return err
}

func (n *textNode) check(root bool) (depth int, err error) {
	var size textSize
	for i, c := range n.children {
		d, err := c.check(false)
		if err != nil {
			return 0, err
		}
		if i > 0 && d != depth {
			return 0, fmt.Errorf("leaves are %d and %d deep", depth, d)
		}
		size, depth = size.plus(c.size), d
	}
	for i := range n.spans {
		s := &n.spans[i]
		points, units := measure(s.text)
		if s.points <= 0 || !s.dead() && (s.points != points || s.units != units) || s.dead() && s.text != "" {
			return 0, fmt.Errorf("the span %+v is not right", *s)
		}
		size = size.plus(s.size())
	}
	switch {
	case size != n.size:
		return 0, fmt.Errorf("the size is %+v, want %+v", n.size, size)
	case len(n.spans) > maxSpans || len(n.children) > maxChildren || len(n.spans)+len(n.children) == 0:
		return 0, fmt.Errorf("a node with %d spans and %d children", len(n.spans), len(n.children))
	}
	return depth + 1, nil
}
