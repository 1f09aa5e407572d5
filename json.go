//go:build !js

package aper

import "strconv"

// JSON is for people and for thin clients: the same values, with names. A struct is an object, a transition
// {"Name": {fields}}, an integer beyond 2^53 a string. Members may come in any order; those that are absent are zero;
// one that is unknown, or there twice, is an error.

// ToJSON returns a state as JSON.
func ToJSON[S StateMachine[S]](s S) ([]byte, error) {
	c := &Coder{}
	c.JSONTo(nil)
	s.Code(c)
	return c.Finish()
}

// FromJSON returns the state that b describes.
func FromJSON[S StateMachine[S]](b []byte) (S, error) {
	c := &Coder{}
	c.JSONFrom(b)
	var zero S
	s := zero.Code(c)
	if _, err := c.Finish(); err != nil {
		return zero, err
	}
	return s, nil
}

// JSONTo starts writing JSON, appended to dst.
func (c *Coder) JSONTo(dst []byte) {
	c.start(toJSON)
	c.out = dst
	c.other = &jsonWriter{Coder: c}
}

// JSONFrom starts reading JSON. What is read does not refer to src.
func (c *Coder) JSONFrom(src []byte) {
	c.start(fromJSON)
	r := &jsonReader{Coder: c}
	c.other = r
	r.parse(src)
}

// maxExact is the largest integer that JavaScript's numbers hold together with all smaller ones.
const maxExact = 1<<53 - 1

type jsonWriter struct {
	*Coder
	comma bool // something stands before the next member or item, in what is open
	isKey bool // what is written next is the name of a member, and so a string
}

func (w *jsonWriter) openStruct(name string, kind frameKind) bool {
	w.out = append(w.out, '{')
	if kind == variantFrame {
		w.out = append(appendJSONText(w.out, name), ':', '{')
	}
	w.comma = false
	return true
}

func (w *jsonWriter) field(name string) bool {
	w.item()
	w.out = append(appendJSONText(w.out, name), ':')
	return true
}

func (w *jsonWriter) openList(n int) int {
	w.out = append(w.out, '[')
	w.comma = false
	return n
}

func (w *jsonWriter) item() {
	if w.comma {
		w.out = append(w.out, ',')
	}
	w.comma = true
}

func (w *jsonWriter) openMap(n int) int {
	w.out = append(w.out, '{')
	w.comma = false
	return n
}

func (w *jsonWriter) key()   { w.item(); w.isKey = true }
func (w *jsonWriter) value() { w.out = append(w.out, ':'); w.isKey = false }

func (w *jsonWriter) close(kind frameKind) {
	switch kind {
	case listFrame:
		w.out = append(w.out, ']')
	case variantFrame:
		w.out = append(w.out, '}', '}')
	default:
		w.out = append(w.out, '}')
	}
	w.comma = true
}

func (w *jsonWriter) head() int           { return 0 }
func (w *jsonWriter) choose([]string) int { return 0 }

func (w *jsonWriter) signed(v int64, _ string) int64 {
	large := v > maxExact || v < -maxExact || w.isKey
	w.quoteIf(large)
	w.out = strconv.AppendInt(w.out, v, 10)
	w.quoteIf(large)
	return v
}

func (w *jsonWriter) unsigned(v uint64, _ string) uint64 {
	large := v > maxExact || w.isKey
	w.quoteIf(large)
	w.out = strconv.AppendUint(w.out, v, 10)
	w.quoteIf(large)
	return v
}

func (w *jsonWriter) quoteIf(needed bool) {
	if needed {
		w.out = append(w.out, '"')
	}
}

func (w *jsonWriter) boolean(v bool) bool {
	w.quoteIf(w.isKey)
	w.out = strconv.AppendBool(w.out, v)
	w.quoteIf(w.isKey)
	return v
}

func (w *jsonWriter) float(v float64, kind string) float64 {
	bits := 64
	if kind == "float32" {
		bits = 32
	}
	w.out = strconv.AppendFloat(w.out, v, 'g', -1, bits)
	return v
}

func (w *jsonWriter) text(v string) string {
	w.out = appendJSONText(w.out, v)
	return v
}

// A jsonReader finds the members of an object by name, in whatever order they stand. It parses everything first, into
// a table of nodes in the order of the text, so that finding does not parse again.
type jsonReader struct {
	*Coder
	nodes  []jsonNode
	next   int        // node of the value that is read next
	scopes []jsonList // objects and arrays that have begun and not ended

	choice int       // node of the transition whose head was read last
	member *jsonNode // whose name is read next, as a key
}

type jsonList struct {
	node int // the object or array
	next int // node of the next item
	used int // members that were asked for
}

func (r *jsonReader) problem(expected string) {
	found := "nothing"
	if r.next < len(r.nodes) {
		found = r.nodes[r.next].describe()
	}
	r.Fail("expected " + expected + ", found " + found)
}

// take returns the node of the value that is read next when it is of the kind, and nil after recording an error.
func (r *jsonReader) take(kind byte, expected string) *jsonNode {
	if r.member != nil {
		return r.takeKey(kind, expected)
	}
	if r.next >= len(r.nodes) || r.nodes[r.next].kind != kind {
		r.problem(expected)
		return nil
	}
	return &r.nodes[r.next]
}

// takeKey returns the name of a member as if it were the value itself.
func (r *jsonReader) takeKey(kind byte, expected string) *jsonNode {
	name := &jsonNode{kind: '"', text: r.member.key}
	if kind == 'b' && (name.text == "true" || name.text == "false") {
		name.kind = 'b'
	}
	if name.kind != kind {
		r.Fail("expected " + expected + " as a key, found " + quote(name.text))
		return nil
	}
	return name
}

func (r *jsonReader) openMap(int) int {
	node := r.take('{', "an object")
	if node == nil {
		return 0
	}
	r.scopes = append(r.scopes, jsonList{node: r.next, next: r.next + 1})
	return node.count
}

func (r *jsonReader) key() {
	r.item()
	r.member = &r.nodes[r.next]
}

func (r *jsonReader) value() { r.member = nil }

func (r *jsonReader) openStruct(_ string, kind frameKind) bool {
	if kind == variantFrame {
		r.next = r.choice + 1
	}
	if r.take('{', "an object") == nil {
		return false
	}
	r.scopes = append(r.scopes, jsonList{node: r.next})
	return true
}

func (r *jsonReader) field(name string) bool {
	scope := &r.scopes[len(r.scopes)-1]
	for i := range r.members(scope.node) {
		if r.nodes[i].key == name {
			r.nodes[i].asked = true
			r.next = i
			scope.used++
			return true
		}
	}
	return false
}

// members yields the nodes directly inside an object or array.
func (r *jsonReader) members(node int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := node + 1; i < r.nodes[node].end; i = r.nodes[i].end {
			if !yield(i) {
				return
			}
		}
	}
}

func (r *jsonReader) openList(int) int {
	node := r.take('[', "an array")
	if node == nil {
		return 0
	}
	r.scopes = append(r.scopes, jsonList{node: r.next, next: r.next + 1})
	return node.count
}

func (r *jsonReader) item() {
	scope := &r.scopes[len(r.scopes)-1]
	r.next = scope.next
	scope.next = r.nodes[r.next].end
}

func (r *jsonReader) close(kind frameKind) {
	last := len(r.scopes) - 1
	scope := r.scopes[last]
	if kind != listFrame && kind != mapFrame && scope.used != r.nodes[scope.node].count {
		r.surplus(scope.node)
	}
	r.scopes = r.scopes[:last]
}

// surplus reports the first member that nobody asked for. It is unknown, or there twice, and then the first was asked for.
func (r *jsonReader) surplus(object int) {
	r.top().field = "" // it is the object itself that is wrong
	for i := range r.members(object) {
		if r.nodes[i].asked {
			continue
		}
		problem := " is unknown"
		if r.wasAsked(object, r.nodes[i].key) {
			problem = " is there twice"
		}
		r.Fail("the member " + quote(r.nodes[i].key) + problem)
		return
	}
}

func (r *jsonReader) wasAsked(object int, key string) bool {
	for i := range r.members(object) {
		if r.nodes[i].asked && r.nodes[i].key == key {
			return true
		}
	}
	return false
}

// head finds the one member that a transition is.
func (r *jsonReader) head() int {
	node := r.take('{', `a transition, {"Name": {…}}`)
	if node != nil && node.count != 1 {
		r.Fail(`a transition is an object with one member, {"Name": {…}}`)
	}
	if r.Failed() {
		return 0
	}
	r.choice = r.next
	if r.nodes[r.choice+1].key == "All" {
		return allNumber
	}
	return -1
}

// choose says which of the names the head had.
func (r *jsonReader) choose(names []string) int {
	key := r.nodes[r.choice+1].key
	for i, name := range names {
		if name == key {
			return i + 1
		}
	}
	known := "; there are"
	for _, name := range names {
		known += " " + name
	}
	if len(names) == 0 {
		known = ", which has none"
	}
	r.Fail(quote(key) + " is not a transition of " + r.machine + known)
	return 0
}

// digits returns the digits of an integer, which may stand in quotes.
func (r *jsonReader) digits() string {
	if r.member != nil {
		return r.member.key
	}
	if r.next < len(r.nodes) && r.nodes[r.next].kind == '"' {
		return r.nodes[r.next].text
	}
	if node := r.take('0', "an integer"); node != nil {
		return node.text
	}
	return ""
}

func (r *jsonReader) signed(_ int64, kind string) int64 {
	text := r.digits()
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		r.Fail("expected an integer of kind " + kind + ", found " + quote(text))
	}
	return v
}

func (r *jsonReader) unsigned(_ uint64, kind string) uint64 {
	text := r.digits()
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		r.Fail("expected an integer of kind " + kind + ", found " + quote(text))
	}
	return v
}

func (r *jsonReader) boolean(bool) bool {
	node := r.take('b', "true or false")
	return node != nil && node.text == "true"
}

func (r *jsonReader) float(_ float64, kind string) float64 {
	node := r.take('0', "a number")
	if node == nil {
		return 0
	}
	bits := 64
	if kind == "float32" {
		bits = 32
	}
	v, err := strconv.ParseFloat(node.text, bits)
	if err != nil {
		r.Fail("the number " + quote(node.text) + " does not fit into " + kind)
	}
	if v == 0 {
		return 0 // -0 too
	}
	return v
}

func (r *jsonReader) text(string) string {
	if node := r.take('"', "a string"); node != nil {
		return node.text
	}
	return ""
}
