package aper

// CodeValue codes a plain value whose type is a type parameter: a truth value, a number, a string, or anything that has
// the method Code. The generator gives one to every local type that containers are made of. Another type is an error.
func CodeValue[T any](c *Coder, v T) T {
	if value, ok := any(v).(interface{ Code(*Coder) T }); ok {
		return value.Code(c)
	}
	var out any
	switch x := any(v).(type) {
	case string:
		out = c.Text(x)
	case bool:
		out = c.Bool(x)
	case int:
		out = c.Int(x)
	case int64:
		out = c.Int64(x)
	case int32:
		out = c.Int32(x)
	case int16:
		out = c.Int16(x)
	case int8:
		out = c.Int8(x)
	case uint:
		out = c.Uint(x)
	case uint64:
		out = c.Uint64(x)
	case uint32:
		out = c.Uint32(x)
	case uint16:
		out = c.Uint16(x)
	case uint8:
		out = c.Uint8(x)
	case float64:
		out = c.Float64(x)
	case float32:
		out = c.Float32(x)
	default:
		c.Fail("this type has no method Code; declare it in a package for which go generate runs apergen")
		return v
	}
	return out.(T)
}
