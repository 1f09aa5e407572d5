package aper

// CodeValue codes a plain value whose type is a type parameter: a truth value, a number, a string, or anything that has
// the method Code. The generator gives one to every local type that containers are made of. Another type is an error.
func CodeValue[T any](c *Coder, v T) T {
	switch x := any(v).(type) { // the kinds first: the question for a method would allocate
	case string:
		return any(c.Text(x)).(T)
	case bool:
		return any(c.Bool(x)).(T)
	case int:
		return any(c.Int(x)).(T)
	case int64:
		return any(c.Int64(x)).(T)
	case int32:
		return any(c.Int32(x)).(T)
	case int16:
		return any(c.Int16(x)).(T)
	case int8:
		return any(c.Int8(x)).(T)
	case uint:
		return any(c.Uint(x)).(T)
	case uint64:
		return any(c.Uint64(x)).(T)
	case uint32:
		return any(c.Uint32(x)).(T)
	case uint16:
		return any(c.Uint16(x)).(T)
	case uint8:
		return any(c.Uint8(x)).(T)
	case float64:
		return any(c.Float64(x)).(T)
	case float32:
		return any(c.Float32(x)).(T)
	}
	if value, ok := any(v).(interface{ Code(*Coder) T }); ok {
		return value.Code(c)
	}
	c.Fail("this type has no method Code; declare it in a package for which go generate runs apergen")
	return v
}
