package data

import "slices"

// with returns a block that has v at index i. The shift is that of this block, as in all that follows.
func (b *block[T]) with(i, shift int, v T) *block[T] {
	at := i >> shift % blockSize
	if shift == 0 {
		values := slices.Clone(b.values)
		values[at] = v
		return &block[T]{values: values}
	}
	blocks := slices.Clone(b.blocks)
	blocks[at] = blocks[at].with(i, shift-blockBits, v)
	return &block[T]{blocks: blocks}
}

// append returns a block that goes on with the values at index i, which is the first that b does not have.
func (b *block[T]) append(i, shift int, values []T) *block[T] {
	if b == nil {
		b = &block[T]{}
	}
	if shift == 0 {
		return &block[T]{values: slices.Concat(b.values, values)}
	}
	at := i >> shift % blockSize
	blocks := make([]*block[T], at+1)
	copy(blocks, b.blocks)
	blocks[at] = blocks[at].append(i, shift-blockBits, values)
	return &block[T]{blocks: blocks}
}

// first returns a block that ends before index n, and has at least one value.
func (b *block[T]) first(n, shift int) *block[T] {
	last := (n - 1) >> shift % blockSize
	if shift == 0 {
		return &block[T]{values: slices.Clone(b.values[:last+1])}
	}
	blocks := slices.Clone(b.blocks[:last+1])
	blocks[last] = blocks[last].first(n, shift-blockBits)
	return &block[T]{blocks: blocks}
}

// repeat returns a vector that has v n times. Its blocks are shared, so that it takes O(log n).
func repeat[T any](v T, n int) Vector[T] {
	s := Vector[T]{length: n}
	if n <= 0 {
		return Vector[T]{}
	}
	b := &block[T]{values: slices.Repeat([]T{v}, blockSize)}
	for range s.shift() / blockBits {
		b = &block[T]{blocks: slices.Repeat([]*block[T]{b}, blockSize)}
	}
	s.root = b.first(n, s.shift())
	return s
}

// differ visits, in order, the indexes below n in blocks that b and old do not share. Both have a value there.
func (b *block[T]) differ(old *block[T], from, n, shift int, visit func(i int, was, is T) bool) bool {
	if b == old {
		return true
	}
	if shift == 0 {
		for i := range min(blockSize, n-from) {
			if !visit(from+i, old.values[i], b.values[i]) {
				return false
			}
		}
		return true
	}
	for i := 0; i < blockSize && from < n; i++ {
		if !b.blocks[i].differ(old.blocks[i], from, n, shift-blockBits, visit) {
			return false
		}
		from += 1 << shift
	}
	return true
}

// differ visits, in order, the indexes that s and old both have, in blocks that they do not share.
func (s Vector[T]) differ(old Vector[T], visit func(i int, was, is T) bool) {
	n := min(s.length, old.length)
	if n == 0 {
		return
	}
	shift := Vector[T]{length: n}.shift()
	s.at(shift).differ(old.at(shift), 0, n, shift, visit)
}

// at returns the block of that shift where the vector begins.
func (s Vector[T]) at(shift int) *block[T] {
	b := s.root
	for above := s.shift(); above > shift; above -= blockBits {
		b = b.blocks[0]
	}
	return b
}
