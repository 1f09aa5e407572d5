package main

import (
	"fmt"
	"go/types"
)

// A kind is one way to code a value.
type kind interface {
	// write writes the statement that codes the variable value by means of coder, which is an expression.
	write(w *writer, value, coder string)
	// diff writes the statement that visits what changed from old to value at a step, which are expressions.
	diff(w *writer, step, old, value string)
	// String is how aper.schema names the kind.
	String() string
}

// A scalar is one call of a coder: s.Suit = Suit(c.Field("suit").Uint8(uint8(s.Suit))).
type scalar struct {
	coding
	named *types.Named // the type to convert from and to, or nil
	name  string       // as in aper.schema
}

// A coding is how a coder treats a basic type.
type coding struct {
	method   string // of the coder
	basic    string // the type that the method takes and returns
	encoding string // what it is when it travels
}

// A coded value has a method Code: s.ID = s.ID.Code(c.Field("id")).
type coded struct {
	typ     types.Type
	name    string
	machine bool
}

// A change is a transition of some machine: t.Do = aper.CodeTransition(c.Field("do"), t.Do).
type change struct {
	machine types.Type
	name    string
}

// An array is a list of a fixed length.
type array struct {
	length int64
	item   kind
}

func (k scalar) String() string { return k.name }
func (k coded) String() string  { return k.name }
func (k change) String() string { return "aper.Transition[" + k.name + "]" }
func (k array) String() string  { return fmt.Sprintf("[%d]%s", k.length, k.item) }

// codings has the basic types that can be coded.
var codings = map[types.BasicKind]coding{
	types.Bool:    {"Bool", "bool", "bool"},
	types.Int:     {"Int", "int", "int64"},
	types.Int8:    {"Int8", "int8", "int8"},
	types.Int16:   {"Int16", "int16", "int16"},
	types.Int32:   {"Int32", "int32", "int32"},
	types.Int64:   {"Int64", "int64", "int64"},
	types.Uint:    {"Uint", "uint", "uint64"},
	types.Uint8:   {"Uint8", "uint8", "uint8"},
	types.Uint16:  {"Uint16", "uint16", "uint16"},
	types.Uint32:  {"Uint32", "uint32", "uint32"},
	types.Uint64:  {"Uint64", "uint64", "uint64"},
	types.Float32: {"Float32", "float32", "float32"},
	types.Float64: {"Float64", "float64", "float64"},
	types.String:  {"Text", "string", "text"},
}

// hasCode reports whether t has a method Code(*aper.Coder) T.
func hasCode(t types.Type) bool {
	object, _, _ := types.LookupFieldOrMethod(t, false, nil, "Code")
	f, ok := object.(*types.Func)
	if !ok {
		return false
	}
	parameters, results := f.Signature().Params(), f.Signature().Results()
	if parameters.Len() != 1 || results.Len() != 1 {
		return false
	}
	coder, ok := types.Unalias(parameters.At(0).Type()).(*types.Pointer)
	return ok && isAper(coder.Elem(), "Coder") && types.Identical(results.At(0).Type(), t)
}

// isCoded reports whether t has a method Code, or will have one.
func (m *model) isCoded(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && (m.known.coded[named.Obj()] || hasCode(named))
}

// isMachine reports whether t is a state whose transitions can travel, or will be one.
func (m *model) isMachine(t types.Type) bool {
	if parameter, ok := types.Unalias(t).(*types.TypeParam); ok {
		object, _, _ := types.LookupFieldOrMethod(parameter, false, nil, "CodeTransition")
		return object != nil && hasCode(parameter)
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && (m.known.machines[named.Obj()] || hasCode(named) && method(named.Origin(), "CodeTransition") != nil)
}
