package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

type shelves = data.Map[string, data.List[data.Counter]]

// Patches, carried out to the letter of RFC 6902, lead from one state to the other.
func TestPatch(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		states := []shelves{{}}
		for seq := range 60 {
			m := aper.Meta{Seq: aper.Seq(seq + 1), Client: 1, ClientSeq: aper.ClientSeq(seq + 1)}
			last := states[len(states)-1]
			next, err := change(random, last).Apply(last, &m)
			if err != nil {
				continue
			}
			states = append(states, next)
		}
		for range 20 {
			old, new := states[random.IntN(len(states))], states[random.IntN(len(states))]
			p, err := patchOf(old, new)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			got, want := carryOut(t, parsed(t, old), text), parsed(t, new)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: %s leads from %v to %v, want %v", seed, text, parsed(t, old), got, want)
			}
		}
	}
}

func change(random *rand.Rand, s shelves) aper.Transition[shelves] {
	key := []string{"a", "a/b", "~1", ""}[random.IntN(4)]
	list, there := s.Get(key)
	if !there || random.IntN(20) == 0 {
		return s.Put(key, data.List[data.Counter]{})
	}
	pick := func() aper.ID {
		if list.Len() == 0 {
			return aper.ID{}
		}
		id, _ := list.At(random.IntN(list.Len()))
		return id
	}
	switch random.IntN(8) {
	case 0:
		return s.Delete(key)
	case 1:
		return s.Change(key, list.Delete(pick()))
	case 2:
		return s.Change(key, list.MoveAfter(pick(), pick()))
	case 3:
		return s.Change(key, list.Change(pick(), data.Increment(1)))
	case 4:
		return s.Change(key, list.InsertBefore(pick(), data.Counter{}))
	}
	return s.Change(key, list.Append(data.Counter{}))
}

func parsed(t *testing.T, s shelves) any {
	t.Helper()
	text, err := aper.ToJSON(s)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, text)
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func carryOut(t *testing.T, v any, text []byte) any {
	t.Helper()
	var p patch
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	for _, o := range p {
		value := any(nil)
		switch o.Op {
		case "add", "replace":
			value = decoded(t, o.Value)
		case "move":
			v, value = at(v, o.From, "remove", nil)
			o.Op = "add"
		}
		v, _ = at(v, o.Path, o.Op, value)
	}
	return v
}

// at does an operation at a place, and returns the result and what was there.
func at(v any, pointer, op string, value any) (result, was any) {
	if pointer == "" {
		return value, v
	}
	step, rest, _ := strings.Cut(pointer[1:], "/")
	if rest != "" || strings.Count(pointer, "/") > 1 {
		rest = "/" + rest
	}
	step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
	switch v := v.(type) {
	case map[string]any:
		there, is := v[step]
		switch {
		case rest != "":
			v[step], was = at(there, rest, op, value)
			return v, was
		case !is && op != "add":
			panic(fmt.Sprint(op, " where nothing is: ", pointer))
		case op == "remove":
			delete(v, step)
		default:
			v[step] = value
		}
		return v, there
	case []any:
		i, err := strconv.Atoi(step)
		if err != nil {
			panic(err)
		}
		switch {
		case rest != "":
			v[i], was = at(v[i], rest, op, value)
			return v, was
		case op == "add":
			return slices.Insert(v, i, value), nil
		case op == "remove":
			was = v[i]
			return slices.Delete(v, i, i+1), was
		}
		was, v[i] = v[i], value
		return v, was
	}
	panic(fmt.Sprintf("%s at %s of %v", op, pointer, v))
}
