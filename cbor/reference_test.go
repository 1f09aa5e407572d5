package cbor

// What the tests measure this package against: fxamacker/cbor in its deterministic and strictest mode, and a model of values
// that both sides can read and write.

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	reference "github.com/fxamacker/cbor/v2"
)

var referenceEncoder = must(reference.CoreDetEncOptions().EncMode())

var referenceDecoder = must(reference.DecOptions{
	DupMapKey:        reference.DupMapKeyEnforcedAPF,
	MaxNestedLevels:  MaxDepth,
	MaxArrayElements: math.MaxInt32,
	MaxMapPairs:      math.MaxInt32,
	IndefLength:      reference.IndefLengthForbidden,
	TagsMd:           reference.TagsForbidden,
	NaN:              reference.NaNDecodeForbidden,
	Inf:              reference.InfDecodeForbidden,
	UTF8:             reference.UTF8RejectInvalid,
}.DecMode())

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// isCanonical asks the reference whether data is one item and the deterministic encoding of its value.
func isCanonical(data []byte) error {
	if err := referenceDecoder.Wellformed(data); err != nil {
		return err
	}
	again, err := referenceReencode(data)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		return fmt.Errorf("encodes again to %x", again)
	}
	return nil
}

// A rawKey is an encoded map key of any kind: Go maps, which the reference decodes to, allow no slices as keys.
type rawKey string

func (k rawKey) MarshalCBOR() ([]byte, error)     { return []byte(k), nil }
func (k *rawKey) UnmarshalCBOR(data []byte) error { *k = rawKey(data); return nil }

// referenceReencode decodes well-formed data and encodes it again.
func referenceReencode(data []byte) ([]byte, error) {
	switch data[0] >> 5 {
	case 4:
		var items []reference.RawMessage
		if err := referenceDecoder.Unmarshal(data, &items); err != nil {
			return nil, err
		}
		for i, item := range items {
			again, err := referenceReencode(item)
			if err != nil {
				return nil, err
			}
			items[i] = again
		}
		return referenceEncoder.Marshal(items)
	case 5:
		var pairs map[rawKey]reference.RawMessage
		if err := referenceDecoder.Unmarshal(data, &pairs); err != nil {
			return nil, err
		}
		again := make(map[rawKey]reference.RawMessage, len(pairs))
		for key, value := range pairs {
			keyAgain, err := referenceReencode([]byte(key))
			if err != nil {
				return nil, err
			}
			if again[rawKey(keyAgain)], err = referenceReencode(value); err != nil {
				return nil, err
			}
		}
		return referenceEncoder.Marshal(again)
	}
	var scalar any
	if err := referenceDecoder.Unmarshal(data, &scalar); err != nil {
		return nil, err
	}
	switch v := scalar.(type) {
	case float64:
		if v == 0 && math.Signbit(v) {
			return nil, errors.New("negative zero, which the reference allows and we do not")
		}
	case reference.SimpleValue:
		return nil, errors.New("a simple value, which the reference allows and we do not")
	}
	return referenceEncoder.Marshal(scalar)
}

// The model of values is what the reference decodes into an any: uint64, int64 (negative only), []byte, string, []any,
// map[any]any, bool, nil, float64.

// appendValue writes a value of the model.
func appendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return AppendNull(b)
	case uint64:
		return AppendUint(b, v)
	case int64:
		return AppendInt(b, v)
	case []byte:
		return AppendBytes(b, v)
	case string:
		return AppendText(b, v)
	case bool:
		return AppendBool(b, v)
	case float64:
		return AppendFloat(b, v)
	case []any:
		b = AppendArray(b, len(v))
		for _, item := range v {
			b = appendValue(b, item)
		}
		return b
	case map[any]any:
		var pairs [][2][]byte
		for key, value := range v {
			pairs = append(pairs, [2][]byte{appendValue(nil, key), appendValue(nil, value)})
		}
		slices.SortFunc(pairs, func(p, q [2][]byte) int { return bytes.Compare(p[0], q[0]) })
		b = AppendMap(b, len(pairs))
		for _, pair := range pairs {
			b = append(append(b, pair[0]...), pair[1]...)
		}
		return b
	}
	panic(fmt.Sprintf("no %T in the model", value))
}

// readValue reads a value of the model.
func readValue(r *Reader) any {
	switch r.Kind() {
	case Uint:
		return r.Uint()
	case NegativeInt:
		return r.Int()
	case Bytes:
		return bytes.Clone(r.Bytes())
	case Text:
		return r.Text()
	case Bool:
		return r.Bool()
	case Float:
		return r.Float()
	case Array:
		items := make([]any, r.Array())
		for i := range items {
			items[i] = readValue(r)
		}
		return items
	case Map:
		count := r.Map()
		pairs := make(map[any]any, count)
		for range count {
			key := readValue(r)
			pairs[key] = readValue(r)
		}
		return pairs
	}
	r.Null()
	return nil
}

// checkSkip holds Skip against the reference: both accept data, or both refuse it.
func checkSkip(t *testing.T, data []byte) {
	t.Helper()
	r := NewReader(data)
	r.Skip()
	ours, theirs := r.End(), isCanonical(data)
	if (ours == nil) != (theirs == nil) {
		t.Fatalf("%x\nSkip:      %v\nreference: %v", data, ours, theirs)
	}
}
