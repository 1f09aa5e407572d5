package data

import (
	"slices"

	"github.com/aper-go/aper"
)

// A joinable transition may make one of itself and the next.
type joinable[S any] interface {
	Join(next aper.Transition[S]) (aper.Transition[S], bool)
}

// Join returns one transition that does what two do one after the other, when there is such a one: letters that were typed one
// by one are one insertion of a Text. Machines that hold others call it from the methods Join of their own transitions; generated
// code does.
func Join[S any](t, next aper.Transition[S]) (joined aper.Transition[S], ok bool) {
	if t, ok := t.(joinable[S]); ok {
		return t.Join(next)
	}
	return nil, false
}

// Join makes one transition of two that edit a Text.
func (t TextInsert) Join(next aper.Transition[Text]) (aper.Transition[Text], bool) {
	return joinText(t, next)
}

// Join makes one transition of two that edit a Text.
func (t TextDelete) Join(next aper.Transition[Text]) (aper.Transition[Text], bool) {
	return joinText(t, next)
}

// Join makes one transition of two that edit a Text.
func (t TextReplace) Join(next aper.Transition[Text]) (aper.Transition[Text], bool) {
	return joinText(t, next)
}

// Join makes one transition of two that edit a Text.
func (t TextEdits) Join(next aper.Transition[Text]) (aper.Transition[Text], bool) {
	return joinText(t, next)
}

func joinText(t, next aper.Transition[Text]) (aper.Transition[Text], bool) {
	first, _ := editsOf(t)
	second, ok := editsOf(next)
	edits := joinEdits(slices.Concat(first, second))
	if !ok || len(edits) > MaxEdits {
		return nil, false
	}
	return EditText(edits...), true
}

// Join makes one transition of two that change the value of the same key, when their changes can be one.
func (t MapChange[K, V]) Join(next aper.Transition[Map[K, V]]) (aper.Transition[Map[K, V]], bool) {
	other, ok := next.(MapChange[K, V])
	if !ok || other.Key != t.Key {
		return nil, false
	}
	do, ok := Join(t.Do, other.Do)
	return MapChange[K, V]{t.Key, do}, ok
}

// Join makes one transition of two that change the value of the same item, when their changes can be one.
func (t ListChange[V]) Join(next aper.Transition[List[V]]) (aper.Transition[List[V]], bool) {
	other, ok := next.(ListChange[V])
	if !ok || other.ID != t.ID {
		return nil, false
	}
	do, ok := Join(t.Do, other.Do)
	return ListChange[V]{t.ID, do}, ok
}
