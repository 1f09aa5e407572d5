package cbor

// MaxDepth is how many arrays and maps [Reader.Skip] and [Reader.Raw] allow inside each other.
const MaxDepth = 256

// Skip reads one whole item, with all that is in it, and checks all of it: what Skip accepts is the one deterministic
// encoding of a value, nested no deeper than [MaxDepth]. At the end of the input it is an error.
func (r *Reader) Skip() {
	r.skip(0)
}

// Raw is Skip, and returns the bytes of the item: a view of the input with no capacity beyond its length, nil after an
// error.
func (r *Reader) Raw() []byte {
	start := r.offset
	r.skip(0)
	if r.err != nil {
		return nil
	}
	return r.input[start:r.offset:r.offset]
}

// skip skips an item that lies inside depth arrays and maps.
func (r *Reader) skip(depth int) {
	if r.More() && r.input[r.offset]&^majorNegative < argumentIn1Byte { // an integer of one byte, the most common item
		r.offset++
		return
	}
	switch kind := r.Kind(); kind {
	case Uint, NegativeInt:
		r.head(kind)
	case Bytes:
		r.content(Bytes)
	case Text:
		r.text()
	case Array:
		r.skipArray(depth)
	case Map:
		r.skipMap(depth)
	case Bool, Null:
		r.offset++
	case Float:
		r.Float()
	default:
		r.unexpected("any item")
	}
}

func (r *Reader) skipArray(depth int) {
	if depth == MaxDepth {
		r.tooDeep()
		return
	}
	for items := r.Array(); items > 0 && r.err == nil; items-- {
		r.skip(depth + 1)
	}
}

func (r *Reader) skipMap(depth int) {
	if depth == MaxDepth {
		r.tooDeep()
		return
	}
	var previous []byte
	for pairs := r.Map(); pairs > 0 && r.err == nil; pairs-- {
		start := r.offset
		r.skip(depth + 1)
		if r.err != nil {
			return
		}
		key := r.input[start:r.offset]
		r.checkKey(start, previous, key)
		previous = key
		r.skip(depth + 1)
	}
}

// checkKey refuses a key, found at start, that does not come after the one before it. No key is empty, so the first one
// always does.
func (r *Reader) checkKey(start int, previous, key []byte) {
	switch {
	case string(key) > string(previous): // compared in place; these conversions do not copy
	case string(key) == string(previous):
		r.failAt(start, "expected map keys to differ, found one twice")
	default:
		r.failAt(start, "expected map keys in ascending order, found one that belongs before its predecessor")
	}
}

func (r *Reader) tooDeep() {
	r.Fail("expected at most " + decimal(MaxDepth) + " arrays and maps inside each other, found more")
}
