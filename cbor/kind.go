package cbor

// A Kind is what an item is.
type Kind uint8

// The kinds of item. Invalid is not one of them: it is the answer where no item of this subset begins.
const (
	Invalid Kind = iota
	Uint
	NegativeInt
	Bytes
	Text
	Array
	Map
	Bool
	Null
	Float
)

var kindNames = [...]string{
	Invalid:     "invalid",
	Uint:        "unsigned integer",
	NegativeInt: "negative integer",
	Bytes:       "byte string",
	Text:        "text string",
	Array:       "array",
	Map:         "map",
	Bool:        "boolean",
	Null:        "null",
	Float:       "float",
}

// String returns the name in plain words, as error messages use it.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		k = Invalid
	}
	return kindNames[k]
}

// major returns the bits that begin an item of kind Uint to Map. The constants stand in the order of CBOR's major types.
func (k Kind) major() byte {
	return byte(k-Uint) << 5
}

// kindOf returns the kind of the item that begins with this byte, Invalid if none can.
func kindOf(initial byte) Kind {
	switch {
	case initial < majorMap+1<<5:
		if initial&0x1f > argumentIn8Bytes {
			return Invalid
		}
		return Uint + Kind(initial>>5)
	case initial == initialFalse, initial == initialTrue:
		return Bool
	case initial == initialNull:
		return Null
	case initial == initialFloat16, initial == initialFloat32, initial == initialFloat64:
		return Float
	}
	return Invalid
}

// describe names what begins with this byte, be it allowed or not.
func describe(initial byte) string {
	if kind := kindOf(initial); kind != Invalid {
		return kind.String()
	}
	const reserved, tag = argumentIn8Bytes + 1, 6
	major, information := initial>>5, initial&0x1f
	switch {
	case initial == 0xff:
		return "break, the end of an indefinite length"
	case information == indefiniteLength && major >= 2 && major <= 5:
		return "indefinite-length " + (Uint + Kind(major)).String()
	case information >= reserved:
		return "reserved byte " + hexadecimal(initial)
	case major == tag:
		return "tag"
	case initial == 0xf7:
		return "undefined"
	}
	return "simple value"
}
