package apertest

import (
	"fmt"
	"reflect"
)

// lostField finds a field that is not what it was, and says so: The field Title was "x" and is "". It looks at plain
// values, in structs and arrays and what stands in interfaces. What is behind slices, maps and pointers may have another
// shape and still be the same, and so may the unexported fields of other packages.
func lostField(before, after reflect.Value) string {
	return compareFields("", before, after, "")
}

func compareFields(path string, before, after reflect.Value, home string) string {
	if !before.IsValid() || !after.IsValid() || before.Type() != after.Type() {
		return ""
	}
	switch before.Kind() {
	case reflect.Interface:
		return compareFields(path, before.Elem(), after.Elem(), home)
	case reflect.Struct:
		return compareStruct(path, before, after, home)
	case reflect.Array:
		for i := range before.Len() {
			if lost := compareFields(fmt.Sprintf("%s[%d]", path, i), before.Index(i), after.Index(i), home); lost != "" {
				return lost
			}
		}
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Func, reflect.Chan, reflect.UnsafePointer:
	default:
		if !before.Equal(after) {
			return fmt.Sprintf("%s was %s and is %s", subject(path), plain(before), plain(after))
		}
	}
	return ""
}

// compareStruct treats the package of the outermost struct as the one whose unexported fields count.
func compareStruct(path string, before, after reflect.Value, home string) string {
	if path == "" {
		home = before.Type().PkgPath()
	} else {
		path += "."
	}
	for field, was := range before.Fields() {
		if !field.IsExported() && field.PkgPath != home {
			continue
		}
		if lost := compareFields(path+field.Name, was, after.FieldByIndex(field.Index), home); lost != "" {
			return lost
		}
	}
	return ""
}

func subject(path string) string {
	if path == "" {
		return "It"
	}
	return "The field " + path
}

func plain(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return fmt.Sprintf("%q", v.String())
	}
	return fmt.Sprint(v)
}
