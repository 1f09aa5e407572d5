package aper_test

import (
	"errors"
	"testing"

	"github.com/aper-go/aper"
)

// richError is a conflict with more to tell than a constant.
type richError struct{ Missing int }

func (e *richError) Error() string { return "too poor" }

func (e *richError) Unwrap() error { return ErrClosed }

func TestInMakesOnePath(t *testing.T) {
	rich := &richError{7}
	for _, test := range []struct {
		name string
		err  error
		path string
		text string
	}{
		{"one level", aper.In("Votes", ErrClosed), "Votes", "Votes: the hall is closed"},
		{"three levels", aper.In("Cards", aper.In("7-3-1", aper.In("Votes", ErrClosed))), "Cards.7-3-1.Votes", "Cards.7-3-1.Votes: the hall is closed"},
		{"another error", aper.In("Cards", aper.In("bob", rich)), "Cards.bob", "Cards.bob: too poor"},
	} {
		wantError(t, test.name, test.err, test.text)
		var located *aper.ConflictError
		if !errors.As(test.err, &located) || located.Path != test.path {
			t.Errorf("%s: %#v does not have the path %q", test.name, test.err, test.path)
		}
		if _, nested := located.Err.(*aper.ConflictError); nested {
			t.Errorf("%s: %#v has a path inside a path", test.name, test.err)
		}
		if !errors.Is(test.err, ErrClosed) || errors.Is(test.err, ErrRecount) {
			t.Errorf("%s: errors.Is does not find exactly its constant", test.name)
		}
	}
	var found *richError
	if err := aper.In("Cards", aper.In("bob", rich)); !errors.As(err, &found) || found.Missing != 7 {
		t.Errorf("errors.As does not find %v", rich)
	}
}

// So that Apply can pass on what the nested machine said, without asking.
func TestInOfNoConflictIsNoConflict(t *testing.T) {
	if err := aper.In("Votes", nil); err != nil {
		t.Errorf("%v", err)
	}
}

// In copies: two paths may share what is inside them.
func TestInLeavesTheInnerErrorAlone(t *testing.T) {
	inner := aper.In("bob", ErrClosed)
	aper.In("Cards", inner)
	wantError(t, "the inner one", inner, "bob: the hall is closed")
}

func TestConflictsTravelByNestedMachines(t *testing.T) {
	tree := Tree{Branches: []Tree{{Label: "a"}, {Label: "b", Branches: []Tree{{Label: "c"}}}}}
	after, err := Climb{1, Climb{0, Climb{0, Relabel{"x"}}}}.Apply(tree, &aper.Meta{})
	wantError(t, "a branch of c", err, "Branches.b.Branches.c.Branches: no such branch")
	if !errors.Is(err, ErrNoBranch) || !aper.Equal(after, tree) {
		t.Errorf("%v, and the tree becomes %v", err, after)
	}
}

// Constants of two packages that say the same are the same conflict: only the text travels.
func TestConflictsCompareByText(t *testing.T) {
	if !errors.Is(aper.Conflict("the hall is closed"), ErrClosed) {
		t.Error("equal constants differ")
	}
}
