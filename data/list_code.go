package data

import (
	"slices"

	"github.com/aper-go/aper"
)

// Code encodes or decodes the list.
func (s List[V]) Code(c *aper.Coder) List[V] {
	switch {
	case c.Writing() && c.IsText():
		s.writeItems(c)
		return s
	case c.Writing():
		s.writeRuns(c)
		return s
	case c.IsText():
		return newList(c, readItems[V](c))
	}
	items := readRuns[V](c)
	if isDescribing(c) {
		return s
	}
	return newList(c, items)
}

// isDescribing reports whether the schema is being written, when what was read is one zero item.
func isDescribing(c *aper.Coder) bool { return !c.Writing() && !c.IsText() && !c.Canonical() }

// newList returns a list of what was decoded.
func newList[V aper.StateMachine[V]](c *aper.Coder, items []item[V]) List[V] {
	at, gap := evenLabels(len(items))
	order := make([]entry[label, item[V]], len(items))
	index := make([]entry[aper.ID, label], len(items))
	for i := range items {
		order[i] = entry[label, item[V]]{at, items[i]}
		index[i] = entry[aper.ID, label]{items[i].id, at}
		at += gap
	}
	slices.SortFunc(index, func(a, b entry[aper.ID, label]) int { return compareIDs(a.key, b.key) })
	for i := range index {
		if index[i].key.N == 0 {
			c.Fail("an item has no ID")
		}
		if i > 0 && index[i].key == index[i-1].key {
			c.Fail("an item is there twice")
		}
	}
	if c.Failed() {
		return List[V]{}
	}
	return List[V]{build(order), build(index)}
}

// code is the form of an item in JSON and in differences.
func (i item[V]) code(c *aper.Coder) item[V] {
	if c.Struct("data.Item", 2) {
		i.id = i.id.Code(c.Field("id"))
		i.value = i.value.Code(c.Field("value"))
		c.End()
	}
	return i
}

func (s List[V]) writeItems(c *aper.Coder) {
	c.List(s.Len())
	for _, item := range s.order.all {
		item.code(c.Item())
	}
	c.End()
}

func readItems[V aper.StateMachine[V]](c *aper.Coder) []item[V] {
	n := c.List(0)
	var items []item[V]
	for i := 0; i < n && !c.Failed(); i++ {
		items = append(items, item[V]{}.code(c.Item()))
	}
	c.End()
	return items
}
