//go:build !js

package aper

import "unicode/utf8"

// A jsonNode is one value of a parsed text. The values inside an object or array follow it in the table.
type jsonNode struct {
	kind  byte   // '{' '[' '"' 'b' for true and false, 'n' for null, '0' for a number
	count int    // members or items
	end   int    // index of the node after this value and all inside it
	asked bool   // a field of this name was asked for
	key   string // when it is a member
	text  string // a string's characters, or the literal
}

func (n *jsonNode) describe() string {
	switch n.kind {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "the string " + quote(n.text)
	}
	if len(n.text) > maxQuoted {
		return n.text[:maxQuoted] + "…"
	}
	return n.text
}

// maxJSONDepth leaves room for all that maxDepth allows: a transition, one array in CBOR, is two objects in JSON.
const maxJSONDepth = 2 * maxDepth

// parse reads the one value that src holds (RFC 8259). The table takes up to some forty times the memory of the text (in
// "[0,0,0,…"), so whoever takes text from a peer limits its length.
func (r *jsonReader) parse(src []byte) {
	p := jsonParser{src: string(src), fail: r.Fail}
	p.value("", 0)
	if p.space(); p.at < len(p.src) && !p.failed {
		p.refuse("one value and nothing after it")
	}
	if r.nodes = p.nodes; p.failed {
		r.nodes = nil
	}
}

type jsonParser struct {
	src    string
	at     int
	nodes  []jsonNode
	fail   func(string)
	failed bool
}

func (p *jsonParser) refuse(expected string) {
	if p.failed {
		return
	}
	p.failed = true
	found := "the end"
	if p.at < len(p.src) {
		_, size := utf8.DecodeRuneInString(p.src[p.at:])
		found = quote(p.src[p.at : p.at+size])
	}
	p.fail("JSON at byte " + decimal(uint64(p.at)) + ": expected " + expected + ", found " + found)
}

func (p *jsonParser) space() {
	for p.at < len(p.src) {
		switch p.src[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// skip consumes the byte b, after white space, and reports whether it stood there.
func (p *jsonParser) skip(b byte) bool {
	if p.space(); p.at < len(p.src) && p.src[p.at] == b {
		p.at++
		return true
	}
	return false
}

func (p *jsonParser) value(key string, depth int) {
	if p.space(); depth > maxJSONDepth {
		p.refuse("nothing nested more than " + decimal(maxJSONDepth) + " deep")
	}
	if p.failed || p.at == len(p.src) {
		p.refuse("a value")
		return
	}
	index := len(p.nodes)
	p.nodes = append(p.nodes, jsonNode{key: key})
	var n jsonNode
	switch b := p.src[p.at]; {
	case b == '{':
		n = jsonNode{kind: '{', count: p.inside('}', "a member, such as \"name\": value", func() {
			name := p.string()
			if !p.failed && !p.skip(':') {
				p.refuse("a colon")
			}
			p.value(name, depth+1)
		})}
	case b == '[':
		n = jsonNode{kind: '[', count: p.inside(']', "an item", func() { p.value("", depth+1) })}
	case b == '"':
		n = jsonNode{kind: '"', text: p.string()}
	case b == '-' || b >= '0' && b <= '9':
		n = jsonNode{kind: '0', text: p.number()}
	default:
		n = p.literal()
	}
	n.key, n.end = key, len(p.nodes)
	p.nodes[index] = n
}

// inside reads what stands between brackets, separated by commas, and returns how many there are.
func (p *jsonParser) inside(closing byte, what string, one func()) (count int) {
	p.at++
	if p.skip(closing) {
		return 0
	}
	for !p.failed {
		one()
		count++
		if p.skip(closing) {
			return count
		}
		if !p.skip(',') {
			p.refuse("a comma or " + quote(string(rune(closing))) + " after " + what)
		}
	}
	return count
}

func (p *jsonParser) literal() jsonNode {
	for _, word := range [...]string{"true", "false", "null"} {
		if end := p.at + len(word); end <= len(p.src) && p.src[p.at:end] == word {
			p.at = end
			if word == "null" {
				return jsonNode{kind: 'n', text: word}
			}
			return jsonNode{kind: 'b', text: word}
		}
	}
	p.refuse("a value")
	return jsonNode{}
}

func (p *jsonParser) number() string {
	start := p.at
	if p.src[p.at] == '-' {
		p.at++
	}
	if p.at < len(p.src) && p.src[p.at] == '0' {
		p.at++
	} else {
		p.digits()
	}
	if p.at < len(p.src) && p.src[p.at] == '.' {
		p.at++
		p.digits()
	}
	if p.at < len(p.src) && (p.src[p.at] == 'e' || p.src[p.at] == 'E') {
		p.at++
		if p.at < len(p.src) && (p.src[p.at] == '+' || p.src[p.at] == '-') {
			p.at++
		}
		p.digits()
	}
	return p.src[start:p.at]
}

func (p *jsonParser) digits() {
	start := p.at
	for p.at < len(p.src) && p.src[p.at] >= '0' && p.src[p.at] <= '9' {
		p.at++
	}
	if p.at == start {
		p.refuse("a digit")
	}
}

// string reads a string and returns its characters. What is not valid UTF-8, or half a surrogate pair, becomes U+FFFD.
func (p *jsonParser) string() string {
	if !p.skip('"') {
		p.refuse("a string")
		return ""
	}
	var b []byte
	for p.at < len(p.src) {
		r, size := utf8.DecodeRuneInString(p.src[p.at:])
		switch {
		case r == '"':
			p.at++
			return string(b)
		case r < ' ':
			p.refuse("no control character inside a string")
			return ""
		case r == '\\':
			p.at++
			b = utf8.AppendRune(b, p.escape())
		default:
			p.at += size
			b = utf8.AppendRune(b, r)
		}
	}
	p.refuse("the end of the string")
	return ""
}

func (p *jsonParser) escape() rune {
	if p.at == len(p.src) {
		return 0 // string reports the end
	}
	b := p.src[p.at]
	p.at++
	switch b {
	case '"', '\\', '/':
		return rune(b)
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		return p.unicode()
	}
	p.at--
	p.refuse("an escape such as \\n or \\u00e9")
	return 0
}

// unicode reads the four hex digits of an escape, and those of the second half where it is a surrogate pair.
func (p *jsonParser) unicode() rune {
	first := p.hex()
	if first < 0xd800 || first > 0xdfff {
		return first
	}
	if before := p.at; first < 0xdc00 && p.at+2 <= len(p.src) && p.src[p.at:p.at+2] == "\\u" {
		p.at += 2
		second := p.hex()
		if second >= 0xdc00 && second <= 0xdfff {
			return (first-0xd800)<<10 + (second - 0xdc00) + 0x10000
		}
		p.at = before
	}
	return utf8.RuneError
}

func (p *jsonParser) hex() rune {
	var v rune
	for range 4 {
		digit := rune(-1)
		if p.at < len(p.src) {
			switch b := p.src[p.at]; {
			case b >= '0' && b <= '9':
				digit = rune(b - '0')
			case b >= 'a' && b <= 'f':
				digit = rune(b-'a') + 10
			case b >= 'A' && b <= 'F':
				digit = rune(b-'A') + 10
			}
		}
		if digit < 0 {
			p.refuse("a hexadecimal digit")
			return 0
		}
		v = v<<4 | digit
		p.at++
	}
	return v
}
