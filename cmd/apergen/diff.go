package main

import (
	"go/types"
	"strconv"
)

// difference writes the method Diff of everything but transitions. One that the author wrote stays.
func (w *writer) difference(d *declared, isState bool) {
	if d.ownDiff {
		return
	}
	k, isArray := d.value.(array)
	if d.value != nil && !isArray && !isState {
		return
	}
	w.line("// Diff visits what changed from old to s.")
	if d.value == nil && len(d.fields) == 0 {
		w.line("func (s %s) Diff(*aper.Difference, %s) {}\n", d.instance(), d.instance())
		return
	}
	w.line("func (s %s) Diff(d *aper.Difference, old %s) {", d.instance(), d.instance())
	switch {
	case isArray:
		k.diffItems(w, "old", "s")
	case d.value != nil:
		w.line("if s != old {\nd.Replaced(func(c *aper.Coder) { s.Code(c) })\n}")
	}
	for _, f := range d.fields {
		f.kind.diff(w, strconv.Quote(f.inJSON()), "old."+f.name, "s."+f.name)
	}
	w.line("}\n")
}

func (w *writer) diffValue(step, old, value string) {
	w.line("aper.DiffValue(d, %s, %s, %s)", step, old, value)
}

// diff converts values of named types of other packages to basic types, because they have no method Code.
func (k scalar) diff(w *writer, step, old, value string) {
	if k.named != nil && !w.model.isLocal(k.named) {
		old, value = k.basic+"("+old+")", k.basic+"("+value+")"
	}
	w.diffValue(step, old, value)
}

func (k coded) diff(w *writer, step, old, value string)     { w.diffValue(step, old, value) }
func (k parameter) diff(w *writer, step, old, value string) { w.diffValue(step, old, value) }

func (k change) diff(w *writer, step, old, value string) {
	code := func(v string) string { return "aper.CodeTransition(c, " + v + ")" }
	w.diffCoded(step, code(old), code(value))
}

func (k text) diff(w *writer, step, old, value string) {
	w.diffCoded(step, k.call(w, old, "c"), k.call(w, value, "c"))
}

func (w *writer) diffCoded(step, old, value string) {
	w.line("d.Coded(%s,\nfunc(c *aper.Coder) { %s },\nfunc(c *aper.Coder) { %s })", step, old, value)
}

func (k array) diff(w *writer, step, old, value string) {
	w.line("d.Enter(%s)", step)
	k.diffItems(w, old, value)
	w.line("d.Leave()")
}

// diffItems compares item by item. Where == can tell, it goes before what allocates.
func (k array) diffItems(w *writer, old, value string) {
	index := w.openLoop()
	w.line("for %s := range %s {", index, value)
	old, value = old+"["+index+"]", value+"["+index+"]"
	guarded := w.model.comparesByValue(k.item)
	if guarded {
		w.line("if %s != %s {", value, old)
	}
	k.item.diff(w, "d.Index("+index+")", old, value)
	if guarded {
		w.line("}")
	}
	w.line("}")
	w.loops--
}

// comparesByValue reports whether == can compare what is of a kind, today and after changes of other packages.
func (m *model) comparesByValue(k kind) bool {
	switch k := k.(type) {
	case scalar, text:
		return true
	case array:
		return m.comparesByValue(k.item)
	case coded:
		named, ok := types.Unalias(k.typ).(*types.Named)
		if !ok || !m.isLocal(named) || named.TypeParams().Len() > 0 {
			return false
		}
		for _, d := range m.declaredTypes() {
			if d.typ == named {
				return m.declaredCompares(d)
			}
		}
	}
	return false
}

func (m *model) declaredCompares(d *declared) bool {
	if d.value != nil {
		return m.comparesByValue(d.value)
	}
	for _, f := range d.fields {
		if f.owned || !m.comparesByValue(f.kind) {
			return false
		}
	}
	return true
}
