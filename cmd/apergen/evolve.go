package main

import (
	"go/token"
	"slices"
)

// number gives the transitions of every state their numbers: those that old records, then new ones in the order of the
// source.
func (m *model) number(old *schema) {
	for _, s := range m.states {
		recorded := func(t *transition) int {
			if old == nil {
				return -1
			}
			return slices.IndexFunc(old.transitions(s.recorded()), func(e *entry) bool { return e.name == t.recorded() })
		}
		slices.SortStableFunc(s.transitions, func(a, b *transition) int {
			i, j := recorded(a), recorded(b)
			switch {
			case i >= 0 && j >= 0:
				return i - j
			case i >= 0:
				return -1
			case j >= 0:
				return 1
			}
			return 0
		})
		for i, t := range s.transitions {
			t.number = i + 1
		}
	}
}

// An evolution compares what stored rooms were written by with what is to read them.
type evolution struct {
	old, new *schema
	states   []*entry // that store what is compared
	problems
	warnings problems
}

// evolve refuses changes from old to new that would misread what is stored.
func evolve(old, new *schema) (refused, warnings problems) {
	v := &evolution{old: old, new: new}
	for _, e := range old.entries {
		switch e.word {
		case stateWord:
			v.state(e)
		case typeWord:
			if now := new.declared(e.name); now != nil {
				v.unlessRaised(old.users(e.name), func() { v.same(e, now) })
			}
		}
	}
	return v.problems, v.warnings
}

func (v *evolution) state(old *entry) {
	v.states = nil
	now := v.new.declared(old.name)
	if now == nil || now.word != stateWord {
		v.stateGone(old)
		return
	}
	v.version(old, now)
	v.unlessRaised([]*entry{old}, func() { v.content(old, now) })
}

// content compares a state and its transitions.
func (v *evolution) content(old, now *entry) {
	v.same(old, now)
	remembered := v.old.transitions(old.name)
	current := v.new.transitions(old.name)
	for _, t := range remembered {
		i := slices.IndexFunc(current, func(e *entry) bool { return e.name == t.name })
		if i < 0 {
			v.transitionGone(now, t, added(remembered, current))
		} else {
			v.same(t, current[i])
		}
	}
}

func (v *evolution) stateGone(old *entry) {
	rename := ""
	if names := added(statesOf(v.old), statesOf(v.new)); len(names) == 1 {
		rename = "if it is called " + names[0] + " now, rename it in aper.schema too, also in front of its transitions; "
	}
	v.add(old.at, "%s is no state machine any more, and rooms that hold one could not be opened: keep it and its transitions; %s%s",
		old.name, rename, v.waysOut())
}

func (v *evolution) transitionGone(state, old *entry, new []string) {
	rename := "if it only has a new name, rename it in aper.schema too"
	if len(new) == 1 {
		rename = "if it is called " + new[0] + " now, rename it in aper.schema too"
	}
	v.add(state.at, "transition %d of %s, %s, is gone, and what rooms have stored under that number could not be applied again: "+
		"keep the type %s and its rule; %s; %s", old.number, state.name, old.name, old.name, rename, v.waysOut())
}

// same reports the first difference because of which values of the type old would be misread as the type now.
func (v *evolution) same(old, now *entry) {
	if !v.sameKind(old.kind, now.kind) {
		v.add(firstValid(now.at, old.at), "%s is %s where aper.schema has %s, and what is stored would be misread: "+
			"declare a new type instead, and keep this one; %s", now.name, kindOrStruct(now), kindOrStruct(old), v.waysOut())
		return
	}
	for i, f := range old.fields {
		if i < len(now.fields) && f.name == now.fields[i].name {
			if !v.sameKind(f.kind, now.fields[i].kind) {
				v.fieldChanged(now, f, now.fields[i])
			}
			continue
		}
		v.fieldMoved(i, f, now)
		return
	}
}

// sameKind reports whether two kinds have one encoding. What is behind one name is compared where the name is declared.
func (v *evolution) sameKind(old, now string) bool {
	return old == now || v.old.encoding(old) == v.new.encoding(now)
}

func (v *evolution) fieldChanged(now *entry, old, field schemaField) {
	v.add(field.at, "%s.%s is of kind %s where aper.schema has %s, and what is stored would be misread: "+
		"keep it as it was and put a new field at the end; if only the type has a new name, rename it in aper.schema too; %s",
		now.name, field.name, field.kind, old.kind, v.waysOut())
}

// fieldMoved reports that field i, which was old, is another one now.
func (v *evolution) fieldMoved(i int, old schemaField, now *entry) {
	at := slices.IndexFunc(now.fields, func(f schemaField) bool { return f.name == old.name })
	switch {
	case at >= 0:
		v.add(now.fields[at].at, "%s.%s is field %d where aper.schema has it as field %d, so that the stored %s would be read as %s: "+
			"put it back in its place, and new fields at the end; %s",
			now.name, old.name, at+1, i+1, old.name, now.fields[i].name, v.waysOut())
	case i < len(now.fields):
		v.add(now.fields[i].at, "%s.%s stands where aper.schema has the field %s, so that the stored %s would be read as %s: "+
			"keep %s and put new fields at the end; if it only has a new name, rename it in aper.schema too; %s",
			now.name, now.fields[i].name, old.name, old.name, now.fields[i].name, old.name, v.waysOut())
	default:
		v.add(now.at, "%s.%s is gone, but what is stored has it as field %d, and could not be read: keep it; %s",
			now.name, old.name, i+1, v.waysOut())
	}
}

func kindOrStruct(e *entry) string {
	if e.kind == "" {
		return "a struct"
	}
	return e.kind
}

// firstValid returns the first position that is known.
func firstValid(at, otherwise token.Position) token.Position {
	if at.IsValid() {
		return at
	}
	return otherwise
}

func statesOf(s *schema) []*entry {
	var states []*entry
	for _, e := range s.entries {
		if e.word == stateWord {
			states = append(states, e)
		}
	}
	return states
}

// added returns the names in now that are not in old.
func added(old, now []*entry) []string {
	var names []string
	for _, e := range now {
		if !slices.ContainsFunc(old, func(o *entry) bool { return o.name == e.name }) {
			names = append(names, e.name)
		}
	}
	return names
}
