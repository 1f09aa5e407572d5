package apertest

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/aper-go/aper"
)

// applySource writes the call of Apply.
func applySource[S any](s step[S]) string {
	transition := goSource(s.transition)
	if strings.HasPrefix(transition, "&") {
		transition = "(" + transition + ")"
	}
	return fmt.Sprintf("%s.Apply(s, %s)", transition, metaSource(s.meta))
}

// goSource writes a value as Go, by %#v except where that could not be pasted.
func goSource(v any) string {
	value := reflect.ValueOf(v)
	switch {
	case !value.IsValid():
		return "nil"
	case isGroup(value):
		return groupSource(value)
	}
	text := fmt.Sprintf("%#v", v)
	switch value.Kind() {
	case reflect.Struct:
		if value.IsZero() {
			text = fmt.Sprintf("%T{}", v)
		}
	case reflect.Slice, reflect.Map, reflect.Array, reflect.Pointer:
	default:
		if !strings.HasPrefix(text, value.Type().String()) {
			text = fmt.Sprintf("%T(%s)", v, text)
		}
	}
	return withoutPaths(text)
}

// isGroup recognizes what aper.All returns, whose type has no name outside of aper.
func isGroup(v reflect.Value) bool {
	t := v.Type()
	return t.Kind() == reflect.Slice && t.PkgPath() == reflect.TypeFor[aper.Meta]().PkgPath() && strings.HasPrefix(t.Name(), "all[")
}

func groupSource(group reflect.Value) string {
	var parts []string
	for i := range group.Len() {
		parts = append(parts, goSource(group.Index(i).Interface()))
	}
	if len(parts) == 0 {
		return "aper.All" + withoutPaths(strings.TrimPrefix(group.Type().Name(), "all")) + "()"
	}
	return "aper.All(" + strings.Join(parts, ", ") + ")"
}

// paths are what stands before the package in the type arguments that %#v writes. String literals come first, because
// they are to be left alone.
var paths = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|(?:[\w.~-]+/)+`)

func withoutPaths(source string) string {
	return paths.ReplaceAllStringFunc(source, func(found string) string {
		if found[0] == '"' {
			return found
		}
		return ""
	})
}

// metaSource writes the fields that are not zero. %#v would write those, too, that only aper can name.
func metaSource(m aper.Meta) string {
	var fields []string
	for field, value := range reflect.ValueOf(m).Fields() {
		if field.IsExported() && !value.IsZero() {
			fields = append(fields, field.Name+": "+plain(value))
		}
	}
	return "&aper.Meta{" + strings.Join(fields, ", ") + "}"
}
