package data

import (
	"math/bits"

	"github.com/aper-go/aper"
)

// A Vector is a sequence of plain values by index, where an array would be too long to copy for each change. Reading and
// changing a value take O(log n) with a base of 32, so four steps for a million; Len and copying O(1).
//
// An index names a place, not a value: of two that set one place the later one stays, and what was aimed at a value hits
// another one after somebody else truncated and appended. A place that is not there is the conflict ErrRange. Where people
// insert and move, use a List.
//
// T is a truth value, a number, a string, or a type with generated methods. It is encoded as an array of the values, and
// is an array in JSON.
type Vector[T any] struct {
	root   *block[T]
	length int
}

// A block is a node of a tree of positions (Bagwell, "Ideal Hash Trees", 2001; Hickey made vectors of it): each five bits
// of an index, from the highest, say which way to go. All blocks but the last ones are full, so a length has one shape.
// Blocks are never changed once they are reachable from a vector.
type block[T any] struct {
	blocks []*block[T]
	values []T // instead, at the bottom
}

const (
	blockBits = 5
	blockSize = 1 << blockBits
)

// ErrRange is the conflict of a transition that names a place outside of a Vector or Grid.
const ErrRange = aper.Conflict("no such place")

// NewVector returns a vector of the values.
func NewVector[T any](values ...T) Vector[T] { return Vector[T]{}.WithAppended(values...) }

// Len returns how many values there are.
func (s Vector[T]) Len() int { return s.length }

// At returns the value at index i, and whether there is one.
func (s Vector[T]) At(i int) (value T, ok bool) {
	if !s.has(i) {
		return value, false
	}
	b := s.root
	for shift := s.shift(); shift > 0; shift -= blockBits {
		b = b.blocks[i>>shift%blockSize]
	}
	return b.values[i%blockSize], true
}

func (s Vector[T]) has(i int) bool { return i >= 0 && i < s.length }

// shift returns how far the bits of an index lie to the left that say which way to go at the root.
func (s Vector[T]) shift() int { return max(bits.Len(uint(s.length-1))-1, 0) / blockBits * blockBits }

// All yields indexes and values, in order.
func (s Vector[T]) All() func(yield func(int, T) bool) {
	return func(yield func(int, T) bool) {
		i := 0
		s.root.all(func(v T) bool { i++; return yield(i-1, v) })
	}
}

// String returns the values, as in [1, 2, 3]. Of many it shows the first.
func (s Vector[T]) String() string {
	i := 0
	b := appendItems([]byte{'['}, s.length, func(b []byte) []byte {
		v, _ := s.At(i)
		i++
		return appendValue(b, v)
	})
	return string(append(b, ']'))
}

func (b *block[T]) all(yield func(T) bool) bool {
	if b == nil {
		return true
	}
	for _, below := range b.blocks {
		if !below.all(yield) {
			return false
		}
	}
	for _, v := range b.values {
		if !yield(v) {
			return false
		}
	}
	return true
}

// With returns a vector that has v at index i. It panics where there is no such index, as a slice does; At tells.
func (s Vector[T]) With(i int, v T) Vector[T] {
	if !s.has(i) {
		panic("data: index out of range of a Vector")
	}
	return Vector[T]{s.root.with(i, s.shift(), v), s.length}
}

// WithAppended returns a vector that goes on with the values.
func (s Vector[T]) WithAppended(values ...T) Vector[T] {
	for len(values) > 0 {
		n := min(len(values), blockSize-s.length%blockSize)
		s = s.append(values[:n])
		values = values[n:]
	}
	return s
}

// append appends values that end within the block where they begin.
func (s Vector[T]) append(values []T) Vector[T] {
	root, was := s.root, s.shift()
	s.length += len(values)
	if shift := s.shift(); shift > was {
		root = &block[T]{blocks: []*block[T]{root}}
	}
	s.root = root.append(s.length-len(values), s.shift(), values)
	return s
}

// First returns a vector of the first n values, or of all when there are fewer.
func (s Vector[T]) First(n int) Vector[T] {
	if n >= s.length {
		return s
	}
	if n <= 0 {
		return Vector[T]{}
	}
	short := Vector[T]{s.root, n}
	for shift := s.shift(); shift > short.shift(); shift -= blockBits {
		short.root = short.root.blocks[0]
	}
	short.root = short.root.first(n, short.shift())
	return short
}
