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
//     and the schema come, and Diff, which visits what changed between two states. Nobody edits it.
//   - aper.schema records the order in which fields and transitions are stored. Commit it: it is how apergen knows that
//     a change would misread rooms that were stored before.
//
// A package without a state machine is left alone. The package need not compile: apergen reads it as if the file that
// it wrote before were not there. With -check nothing is written; what is out of date is listed, and the exit status is
// 1. The exit status is 1 for every other problem too, and 2 for wrong arguments. Warnings leave it 0.
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
// by hand too. So is a method Diff(d *aper.Difference, old T), which takes the place of the generated one.
//
// A state may be generic. Its transitions then have the same type parameters, in the same order. Fields of a type that is
// a parameter hold plain values, or state machines when the constraint is aper.StateMachine:
//
//	type Box[V aper.StateMachine[V]] struct{ Content V }
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
// written by hand. Both have the method Inverse of package data, so that client.Undo can take them back.
//
// # Texts
//
// Where a data.Text is inside of a state, at whatever depth, transitions mean something relative to what their author saw, and
// the state gets the method Reanchor of engine.Anchored. It restates what a derived transition enters, and what a transition
// written by hand has in a field of type aper.Transition[F], if the one F in the state is a field of it. Where that is not so
// the author has to write Reanchor, and apergen says so. All other transitions stay as they are: one that holds a position in a
// text as a number needs a Reanchor written by hand, too. Reanchor never gets a group; data.Reanchor takes them apart. A generic
// state gets a method Anchors beside it. A transition that enters what has texts in it gets the method Join, by which client.Undo
// makes one of several that it takes back.
//
// # What fields can be
//
// Values that are copied by assignment: truth values, numbers, strings, types declared over these, arrays, structs of
// this package, aper.ID, state machines of any package, the types of package data, and aper.Transition[S], a transition
// of the machine S. More precisely, a type of another package is coded by its own method Code(*aper.Coder) T where it
// has one. What is not a state and implements encoding.TextMarshaler and TextUnmarshaler, such as netip.Addr, travels as
// its text, and the zero value as the empty text. Unexported fields travel like the others.
//
// What containers are made of is checked like fields, and the types of this package among it get their methods, too.
// Containers call the method Code of what they hold, so that a type of another package without one needs a type of this
// package over it; a type with a text form needs a struct that embeds it and has no other field.
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
// A mark raises the version of a state, which is 1 at first:
//
//	//aper:version 2
//	type Board struct{ … }
//
// The version is part of the schema. Raise it when the rules of old transitions change, so that programs with other rules
// refuse each other; or when the state or its transitions must change in a way that would misread. For a plain type, all
// states that hold it are raised. Rooms that were stored before are then refused at open until there is a migration.
//
// # Names
//
// In JSON names count instead of positions: the transition's type, and the field with a small beginning (By is "by", UserID
// is "userID"). Where apergen makes a name out of that of a field or of a type, a mark gives it another one to begin with:
//
//	//aper:name Headline
//	ListTitle string
//
// On a field it changes the name in JSON and in aper.schema (headline, Headline), and that of the derived transition
// (CardHeadline); on a transition the name in JSON and in aper.schema; on a state that is marked //aper:derive the
// beginning of the names of its derived transitions. Nothing in Go is renamed. So a name in Go can also change while the
// one that is stored and sent stays.
//
// # Warnings
//
// Apply must come to the same result on every machine. Apergen looks through each Apply, and through the functions of the
// package that it calls, and warns of products of floats, which some compilers fuse with a sum and others do not
// (float64(x*y) + z is safe), of inexact functions of package math, of ranges over Go maps, of clocks and random numbers,
// and of variables that some function changes.
package main
