// Apergen writes the methods that make state machines travel.
//
// Usage, mostly from a comment in the package that declares the machine:
//
//	//go:generate go tool apergen
//
//	go tool apergen [-check] [packages]
//
// It reads each package (the current directory if none is named) and writes two files beside it:
//
//   - <package>_aper.go has the methods Code and CodeTransition of package aper's StateMachine, from which CBOR, JSON
//     and the schema come. Nobody edits it.
//   - aper.schema records the order in which fields and transitions are stored. Commit it: it is how apergen knows that
//     a change would misread rooms that were stored before.
//
// A package without a state machine is left alone. The package need not compile: apergen reads it as if the file that
// it wrote before were not there. With -check nothing is written; what is out of date is listed, and the exit status is
// 1. The exit status is 1 for every other problem too, and 2 for wrong arguments.
//
// # What it finds
//
// A type T that has the method
//
//	func (t T) Apply(s S, m *aper.Meta) (S, error)
//
// is a transition, and S is a state. Both are types of this package; T is a struct. A state is mostly a struct, but an
// array or a number will do. Test files are not read, nor are files for other systems than this one. A state with a
// method CodeTransition written by hand is left alone together with its transitions, whose methods Code are then written
// by hand too.
//
// A struct that is marked
//
//	//aper:derive
//	type Card struct {
//		Title string
//		Votes data.Map[string, data.Counter]
//	}
//
// is a state, too, and each exported field becomes changeable by itself: apergen declares the transitions CardTitle{To},
// which replaces a plain field, and CardVotes{Do}, which enters a field that is a state machine. They stand beside those
// written by hand.
//
// # What fields can be
//
// Values that are copied by assignment: truth values, numbers, strings, types declared over these, arrays, structs of
// this package, aper.ID, state machines of any package, the types of package data, and aper.Transition[S], a transition
// of the machine S. More precisely, a type of another package is coded by its own method Code(*aper.Coder) T where it
// has one. Unexported fields travel like the others.
//
// Slices, maps, pointers and the like are refused, because all versions of a state would share what they refer to. One
// who copies in every Apply can say so, by a mark on the field:
//
//	//aper:owned
//	Tags Tags
//
// The rule: the type of a marked field has a method Code(*aper.Coder) T, written by hand, and apergen calls it without
// looking inside. That is the only place where a hand-written Code of a type of this package is called; elsewhere it
// would collide with the generated one, and is refused.
//
// # How machines may change
//
// In CBOR a field is known by its position, a transition by its number. Both are taken from the source at first, in the
// order of file names and then of lines, and from aper.schema afterwards. So new fields go to the end of their struct,
// while new transitions may stand anywhere. A change that would misread what is stored is refused: a field that is
// removed, moved, renamed or of another kind, a transition that is removed or renamed. A pure rename is allowed after
// the same rename in aper.schema. Where nothing is stored yet, deleting aper.schema starts anew.
//
// In JSON names count instead: the transition's type, and the field with a small beginning (By is "by", UserID is
// "userID").
package main
