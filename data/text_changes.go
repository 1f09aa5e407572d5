package data

import (
	"strings"
	"unicode/utf8"
)

// Changes returns what leads from an older version of the text to this one, from the beginning on: the positions of each edit
// count in the text as those before it have left it. It is what a widget applies that shows the text, so that its cursor and
// its scroll position stay where they are. The cost is that of what differs, not of the text; two places that are far from
// each other are two edits.
func (s Text) Changes(old Text) func(yield func(TextEdit) bool) {
	return func(yield func(TextEdit) bool) {
		a, b := old.root.list(), s.root.list()
		for height(a) > height(b) && len(b) > 0 {
			a = childrenOf(a)
		}
		for height(b) > height(a) && len(a) > 0 {
			b = childrenOf(b)
		}
		c := comparison{yield: yield}
		c.nodes(a, b)
	}
}

// list returns the node alone, or nothing.
func (n *textNode) list() []*textNode {
	if n == nil {
		return nil
	}
	return []*textNode{n}
}

// height returns how many levels there are below nodes of one level.
func height(nodes []*textNode) (levels int) {
	for len(nodes) > 0 && nodes[0].children != nil {
		nodes = nodes[0].children
		levels++
	}
	return levels
}

func childrenOf(nodes []*textNode) (children []*textNode) {
	for _, n := range nodes {
		children = append(children, n.children...)
	}
	return children
}

// A comparison goes through two versions of a text at once.
type comparison struct {
	at      int // in the newer one
	yield   func(TextEdit) bool
	stopped bool
}

// nodes compares nodes of one level. Those that both versions have are passed over: they stand in the same order in both.
func (c *comparison) nodes(old, new []*textNode) {
	index := make(map[*textNode]int, len(old))
	for i, n := range old {
		index[n] = i
	}
	doneOld, doneNew := 0, 0
	for i, n := range new {
		at, shared := index[n]
		if !shared || at < doneOld {
			continue
		}
		c.between(old[doneOld:at], new[doneNew:i])
		c.at += n.size.points
		doneOld, doneNew = at+1, i+1
	}
	c.between(old[doneOld:], new[doneNew:])
}

// between compares nodes of one level of which none is in both versions.
func (c *comparison) between(old, new []*textNode) {
	switch {
	case len(old)+len(new) == 0 || c.stopped:
	case height(old)+height(new) > 0:
		c.nodes(childrenOf(old), childrenOf(new))
	default:
		c.spans(textsOf(old), textsOf(new))
	}
}

// textsOf returns what is alive in leaves.
func textsOf(leaves []*textNode) (texts []string) {
	for _, n := range leaves {
		for i := range n.spans {
			if s := &n.spans[i]; !s.dead() {
				texts = append(texts, s.text)
			}
		}
	}
	return texts
}

// spans compares the texts of spans, of which most at the beginning and at the end are the same.
func (c *comparison) spans(old, new []string) {
	for len(old) > 0 && len(new) > 0 && old[0] == new[0] {
		c.at += utf8.RuneCountInString(new[0])
		old, new = old[1:], new[1:]
	}
	after := 0
	for len(old) > 0 && len(new) > 0 && old[len(old)-1] == new[len(new)-1] {
		after += utf8.RuneCountInString(new[len(new)-1])
		old, new = old[:len(old)-1], new[:len(new)-1]
	}
	c.texts(strings.Join(old, ""), strings.Join(new, ""))
	c.at += after
}

// texts compares two strings.
func (c *comparison) texts(old, new string) {
	after := commonSuffix(old, new)
	rest := new[len(new)-after:]
	old, new = old[:len(old)-after], new[:len(new)-after]
	for again := true; again; {
		same := commonPrefix(old, new)
		c.at += utf8.RuneCountInString(new[:same])
		old, new = old[same:], new[same:]
		var i, j int
		i, j, again = meeting(old, new)
		c.replace(old[:i], new[:j])
		old, new = old[i:], new[j:]
	}
	c.at += utf8.RuneCountInString(rest)
}

func (c *comparison) replace(old, new string) {
	if old == new || c.stopped {
		return
	}
	c.stopped = !c.yield(TextEdit{At: c.at, Delete: utf8.RuneCountInString(old), Insert: new})
	c.at += utf8.RuneCountInString(new)
}

const (
	sameFor  = 32      // bytes that are the same in both after a difference are no accident
	searched = 8 << 10 // how far such are looked for

	short        = 1024 // bytes in which every place is tried
	sameForShort = 4    // then
)

// meeting returns where two strings that begin differently become the same again, as near as that can be, so that several
// differences in one leaf are told one by one. They become the same at their ends at the latest.
func meeting(old, new string) (inOld, inNew int, again bool) {
	inOld, inNew = len(old), len(new)
	near := min(searched, len(old)+len(new))
	probe, step := sameFor, sameFor
	if len(old)+len(new) <= short {
		probe, step = sameForShort, 1
	}
	for at := 0; at+probe <= len(old) && at < near; at += step {
		i := at
		for !utf8.RuneStart(old[i]) {
			i--
		}
		j := strings.Index(new[:min(near+probe, len(new))], old[i:i+probe])
		if j < 0 {
			continue
		}
		same := commonSuffix(old[:i], new[:j])
		if i+j-2*same < near {
			inOld, inNew, near, again = i-same, j-same, i+j-2*same, true
		}
	}
	return inOld, inNew, again
}

// commonPrefix returns how many bytes two strings have in common at the beginning, in whole characters.
func commonPrefix(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	for n < len(a) && n > 0 && !utf8.RuneStart(a[n]) {
		n--
	}
	return n
}

// commonSuffix returns how many bytes two strings have in common at the end, in whole characters.
func commonSuffix(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	for n > 0 && !utf8.RuneStart(a[len(a)-n]) {
		n--
	}
	return n
}
