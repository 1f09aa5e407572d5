package data

import "github.com/aper-go/aper"

// anchored is what engine.Anchored is.
type anchored[S any] interface {
	Reanchor(t aper.Transition[S], m *aper.Meta, to aper.Seq) (aper.Transition[S], error)
}

// Anchors reports whether transitions of a machine mean something relative to what their author saw, as those of a Text do:
// whether it is an engine.Anchored, and if it holds machines of a type that it does not know, whether these are. Generated
// code calls it.
func Anchors[S any]() bool {
	var zero S
	if _, ok := any(zero).(anchored[S]); !ok {
		return false
	}
	container, ok := any(zero).(interface{ Anchors() bool })
	return !ok || container.Anchors()
}

// Reanchor returns the transition that does, made on base to, which is that of s, what t does, which was made with m. Each
// member of a group is restated in the state that those before it lead to, and what anchors nothing stays as it is. Machines
// that hold others call it from their own method Reanchor; generated code does.
func Reanchor[S any](s S, t aper.Transition[S], m *aper.Meta, to aper.Seq) (aper.Transition[S], error) {
	if t == nil || !Anchors[S]() {
		return t, nil
	}
	group, ok := t.(interface {
		Reanchor(s S, m *aper.Meta, to aper.Seq) (aper.Transition[S], error)
	})
	if ok {
		return group.Reanchor(s, m, to)
	}
	return any(s).(anchored[S]).Reanchor(t, m, to)
}

// Anchors reports whether the values' transitions mean something relative to what their author saw, as those of a Text do.
func (Map[K, V]) Anchors() bool { return Anchors[V]() }

// Reanchor is the method of engine.Anchored, for maps of machines that have it.
func (s Map[K, V]) Reanchor(t aper.Transition[Map[K, V]], m *aper.Meta, to aper.Seq) (aper.Transition[Map[K, V]], error) {
	if change, ok := t.(MapChange[K, V]); ok {
		if value, there := s.Get(change.Key); there {
			do, err := Reanchor(value, change.Do, m, to)
			return MapChange[K, V]{change.Key, do}, aper.In(keyText(change.Key), err)
		}
	}
	return t, nil
}

// Anchors reports whether the values' transitions mean something relative to what their author saw, as those of a Text do.
func (List[V]) Anchors() bool { return Anchors[V]() }

// Reanchor is the method of engine.Anchored, for lists of machines that have it.
func (s List[V]) Reanchor(t aper.Transition[List[V]], m *aper.Meta, to aper.Seq) (aper.Transition[List[V]], error) {
	if change, ok := t.(ListChange[V]); ok {
		if value, there := s.Get(change.ID); there {
			do, err := Reanchor(value, change.Do, m, to)
			return ListChange[V]{change.ID, do}, aper.In(change.ID.String(), err)
		}
	}
	return t, nil
}
