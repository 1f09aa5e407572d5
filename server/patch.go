package server

import (
	"encoding/json"
	"strings"

	"github.com/aper-go/aper"
)

// A patch is a JSON Patch (RFC 6902).
type patch []operation

type operation struct {
	Op    string          `json:"op"`
	From  string          `json:"from,omitempty"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value,omitempty"`
}

// patchOf returns what leads from the JSON of one state to that of another. It costs what the two do not share.
func patchOf[S aper.StateMachine[S]](old, new S) (p patch, err error) {
	var coder aper.Coder
	aper.Diff(old, new, func(c aper.Change) bool {
		o := operation{Op: c.Op, Path: pointer(c.Path)}
		switch c.Op {
		case "move":
			o.From = pointer(c.Path[:len(c.Path)-1]) + "/" + escape(c.From)
		case "add", "replace":
			coder.JSONTo(nil)
			c.Code(&coder)
			o.Value, err = coder.Finish()
		}
		p = append(p, o)
		return err == nil
	})
	return p, err
}

// differ reports whether two states are not the same.
func differ[S aper.StateMachine[S]](old, new S) (found bool) {
	aper.Diff(old, new, func(aper.Change) bool {
		found = true
		return false
	})
	return found
}

// pointer returns a path as a JSON Pointer (RFC 6901).
func pointer(path []string) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteByte('/')
		b.WriteString(escape(step))
	}
	return b.String()
}

var escaper = strings.NewReplacer("~", "~0", "/", "~1")

func escape(step string) string { return escaper.Replace(step) }
