package apertest

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
)

type (
	level      int64
	label      string
	pair       [2]int
	box[T any] struct{ V T }
)

func TestGoSource(t *testing.T) {
	tests := []struct {
		value any
		want  string
	}{
		{nil, `nil`},
		{counter.Counter{}, `counter.Counter{}`},
		{counter.Increment{By: 3}, `counter.Increment{By:3}`},
		{&counter.Increment{By: 3}, `&counter.Increment{By:3}`},
		{level(3), `apertest.level(3)`},
		{label("a/b"), `apertest.label("a/b")`},
		{pair{1, 2}, `apertest.pair{1, 2}`},
		{box[counter.Counter]{}, `apertest.box[counter.Counter]{}`},
		{box[counter.Counter]{counter.Counter{Value: 1}}, `apertest.box[counter.Counter]{V:counter.Counter{Value:1}}`},
		{box[string]{`x/y "z/" a/b`}, `apertest.box[string]{V:"x/y \"z/\" a/b"}`},
		{aper.All[counter.Counter](counter.Reset{}, counter.Increment{By: 1}), `aper.All(counter.Reset{}, counter.Increment{By:1})`},
		{aper.All[counter.Counter](), `aper.All[counter.Counter]()`},
	}
	for _, test := range tests {
		if got := goSource(test.value); got != test.want {
			t.Errorf("wrote %s, want %s", got, test.want)
		}
	}
}

func TestMetaSource(t *testing.T) {
	m := aper.Meta{Seq: 12, User: "ann", Lost: true}
	m.NewID()
	const want = `&aper.Meta{Seq: 12, User: "ann", Lost: true}`
	if got := metaSource(m); got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
}

// A pointer is written so that the call can be pasted.
func TestApplySource(t *testing.T) {
	s := step[counter.Counter]{transition: &counter.Increment{By: 1}}
	const want = `(&counter.Increment{By:1}).Apply(s, &aper.Meta{})`
	if got := applySource(s); got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
}
