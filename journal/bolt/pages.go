package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"
	"unsafe"

	"go.etcd.io/bbolt"
)

// pages are those of the file, as bbolt has mapped it into memory, while a transaction is open. They begin with a header:
// number (8 bytes), flags (2), how many elements follow (2), and how many more pages belong to it (4). An element of a branch
// has the place of its key, counted from the element (4 bytes), the key's length (4), and the number of a page (8).
type pages struct {
	data unsafe.Pointer
	size uint64 // of all
	page uint64 // of one
}

const (
	pageHeader    = 16
	branchElement = 16
	branchFlag    = 1
	leafFlag      = 2
)

func pagesOf(tx *bbolt.Tx) pages {
	info := tx.DB().Info()
	return pages{*(*unsafe.Pointer)(unsafe.Pointer(&info.Data)), uint64(tx.Size()), uint64(info.PageSize)}
}

// deepest is how many branches can lie above a leaf. A branch has at least two elements, mostly a hundred.
const deepest = 64

// follow goes the way that bbolt will go from a bucket's root to a key, and to the one after it, and panics when that does not
// end at a leaf. Panics are how bbolt answers to damage, too.
func (p pages) follow(root uint64, key []byte) {
	if root == 0 {
		return // the bucket is so small that it lies within its parent
	}
	at, after := root, uint64(0)
	for range deepest {
		b, isBranch := p.branch(at)
		if !isBranch {
			p.first(after)
			return
		}
		i := b.search(key)
		if i+1 < b.count {
			after = b.child(i + 1)
		}
		at = b.child(i)
	}
	panic(inCircles(root))
}

// first goes the way to the first leaf below a page.
func (p pages) first(at uint64) {
	if at == 0 {
		return // there is none
	}
	root := at
	for range deepest {
		b, isBranch := p.branch(at)
		if !isBranch {
			return
		}
		at = b.child(0)
	}
	panic(inCircles(root))
}

func inCircles(page uint64) string {
	return fmt.Sprintf("the pages below page %d refer to each other in a circle", page)
}

// A branch is a page that refers to others.
type branch struct {
	bytes []byte
	count int
}

// branch returns a page if it is a branch, and else makes sure that it is a leaf.
func (p pages) branch(id uint64) (b branch, is bool) {
	header := p.bytes(id, 1)
	flags, count, more := u16(header[8:]), int(u16(header[10:])), uint64(u32(header[12:]))
	switch {
	case flags == leafFlag:
		return branch{}, false
	case flags != branchFlag || count == 0:
		panic(fmt.Sprintf("page %d is neither a branch nor a leaf", id))
	}
	b = branch{p.bytes(id, 1+more), count}
	if pageHeader+count*branchElement > len(b.bytes) {
		panic(fmt.Sprintf("page %d is too small for its %d elements", id, count))
	}
	return b, true
}

func (p pages) bytes(id, count uint64) []byte {
	if all := p.size / p.page; id >= all || count > all-id {
		panic(fmt.Sprintf("page %d lies beyond the end", id))
	}
	return unsafe.Slice((*byte)(unsafe.Add(p.data, id*p.page)), count*p.page)
}

// search returns the element below which the key is: the last one that is not after it, or the first.
func (b branch) search(key []byte) int {
	after := sort.Search(b.count, func(i int) bool { return bytes.Compare(b.key(i), key) > 0 })
	return max(0, after-1)
}

func (b branch) element(i int) []byte { return b.bytes[pageHeader+i*branchElement:] }

func (b branch) child(i int) uint64 { return u64(b.element(i)[8:]) }

func (b branch) key(i int) []byte {
	e := b.element(i)
	from := uint64(u32(e))
	return e[from : from+uint64(u32(e[4:]))] // out of range panics, which is right
}

func u16(b []byte) uint16 { return binary.NativeEndian.Uint16(b) } // as bbolt writes them
func u32(b []byte) uint32 { return binary.NativeEndian.Uint32(b) }
func u64(b []byte) uint64 { return binary.NativeEndian.Uint64(b) }
