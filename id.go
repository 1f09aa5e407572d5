package aper

import (
	"errors"
	"unicode/utf8"
)

// An ID names an object within a room: the session that created it, the number of the transition that did, and the
// object's place among those that this transition created. Its text form is "client-seq-n". IDs are comparable; the
// zero ID names nothing.
type ID struct {
	Client ClientID
	Seq    ClientSeq
	N      uint64
}

// String returns the text form, for example "7-3-1".
func (id ID) String() string {
	b := appendDecimal(make([]byte, 0, 24), uint64(id.Client))
	b = appendDecimal(append(b, '-'), uint64(id.Seq))
	return string(appendDecimal(append(b, '-'), id.N))
}

// Code encodes or decodes the ID: an array of three numbers in CBOR, the text form in JSON.
func (id ID) Code(c *Coder) ID {
	if c.IsText() {
		text := c.Text(id.String())
		if c.mode == fromJSON && c.err == nil && text != "" {
			parsed, ok := parseID(text)
			if !ok {
				c.Fail(notAnID(text))
			}
			return parsed
		}
		return id
	}
	if c.Struct("id", 3) {
		id.Client = ClientID(c.Field("client").Uint64(uint64(id.Client)))
		id.Seq = ClientSeq(c.Field("seq").Uint64(uint64(id.Seq)))
		id.N = c.Field("n").Uint64(id.N)
		c.End()
	}
	return id
}

// ParseID reads the text form of an ID and refuses everything that String does not write.
func ParseID(text string) (ID, error) {
	id, ok := parseID(text)
	if !ok {
		return ID{}, errors.New("aper: " + notAnID(text))
	}
	return id, nil
}

func parseID(text string) (ID, bool) {
	client, rest, ok1 := cutDecimal(text, '-')
	seq, rest, ok2 := cutDecimal(rest, '-')
	n, rest, ok3 := cutDecimal(rest, 0)
	if !ok1 || !ok2 || !ok3 || rest != "" {
		return ID{}, false
	}
	return ID{Client: ClientID(client), Seq: ClientSeq(seq), N: n}, true
}

func notAnID(text string) string {
	return "not an ID: " + quote(text) + "; an ID is three numbers, like 7-3-1"
}

// A RoomID names a room. It is a path of at most 200 bytes, such as "lobby" or "boards/42".
type RoomID string

const maxRoomID = 200

// ParseRoomID checks that text can name a room: valid UTF-8 without control characters, at most 200 bytes, no empty
// segment, no "." or ".." segment, and not below "-", which servers keep for themselves.
func ParseRoomID(text string) (RoomID, error) {
	refuse := func(why string) (RoomID, error) {
		return "", errors.New("aper: " + quote(text) + " cannot name a room: " + why)
	}
	if len(text) > maxRoomID {
		text = text[:maxRoomID]
		return refuse("it is longer than 200 bytes")
	}
	if !utf8.ValidString(text) {
		return refuse("it is not valid UTF-8")
	}
	for _, r := range text {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return refuse("it has a control character")
		}
	}
	for start, i := 0, 0; i <= len(text); i++ {
		if i < len(text) && text[i] != '/' {
			continue
		}
		switch segment := text[start:i]; segment {
		case "":
			return refuse("it has an empty segment")
		case ".", "..":
			return refuse("it has a segment " + quote(segment))
		case "-":
			if start == 0 {
				return refuse("names below \"-\" belong to the server")
			}
		}
		start = i + 1
	}
	return RoomID(text), nil
}

// cutDecimal reads a decimal number up to the separator, which it consumes, or up to the end when separator is 0. It
// refuses leading zeros and what does not fit.
func cutDecimal(text string, separator byte) (n uint64, rest string, ok bool) {
	i := 0
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		digit := uint64(text[i] - '0')
		if n > (1<<64-1-digit)/10 {
			return 0, text, false
		}
		n = n*10 + digit
	}
	if i == 0 || i > 1 && text[0] == '0' {
		return 0, text, false
	}
	if separator == 0 {
		return n, text[i:], true
	}
	if i == len(text) || text[i] != separator {
		return 0, text, false
	}
	return n, text[i+1:], true
}

// appendDecimal and quote exist because strconv is 40 kB in a browser.
func appendDecimal(b []byte, n uint64) []byte {
	if n >= 10 {
		b = appendDecimal(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

func decimal(n uint64) string { return string(appendDecimal(nil, n)) }

// quote puts text into double quotes for an error message, with everything unprintable as in JSON.
func quote(text string) string {
	if len(text) > maxQuoted {
		return string(appendJSONText(nil, text[:maxQuoted])) + "…"
	}
	return string(appendJSONText(nil, text))
}

// maxQuoted limits, in bytes, what an error message repeats of its cause.
const maxQuoted = 60
