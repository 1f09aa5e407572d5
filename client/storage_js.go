package client

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall/js"
)

// LocalStorage keeps a session in the browser's storage of the page's origin, under a key. One page can use it at a time:
// it holds a lock of the browser (the Web Locks API, which browsers offer to pages from https and localhost). A browser may
// lose the last moments of its storage when the power fails; the authority notices and the client begins anew (see
// wire.CloseRolledBack). What all keys of an origin hold together is limited, to 5 MiB mostly.
func LocalStorage(key string) Store { return &storage{key: key} }

type storage struct {
	key string

	mu     sync.Mutex
	unlock func()
}

// storageMark begins what is stored.
const storageMark = "aper session 1 "

// lockPatience is how long another page may take to end, in milliseconds: this one may be its successor.
const lockPatience = 3000

func (s *storage) Open() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unlock != nil {
		return nil, fmt.Errorf("%s: %w", s.key, ErrInUse)
	}
	unlock, err := lockPages("aper session " + s.key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.key, err)
	}
	session, err := s.read()
	if err != nil {
		unlock()
		return nil, err
	}
	s.unlock = unlock
	return session, nil
}

func (s *storage) read() (session []byte, err error) {
	var item js.Value
	if err := attempt(func() { item = js.Global().Get("localStorage").Call("getItem", s.key) }); err != nil {
		return nil, fmt.Errorf("%s: cannot read the browser's storage: %w", s.key, err)
	}
	if item.IsNull() {
		return nil, nil
	}
	text, ours := strings.CutPrefix(item.String(), storageMark)
	session, err = base64.StdEncoding.DecodeString(text)
	if !ours || err != nil || len(session) == 0 {
		return nil, fmt.Errorf("%s: %w; to begin without it, and lose what is pending in it, remove it from localStorage", s.key, ErrDamaged)
	}
	return session, nil
}

func (s *storage) Save(session []byte) error {
	text := storageMark + base64.StdEncoding.EncodeToString(session)
	if err := attempt(func() { js.Global().Get("localStorage").Call("setItem", s.key, text) }); err != nil {
		return fmt.Errorf("%s: cannot write %d bytes to the browser's storage: %w", s.key, len(text), err)
	}
	return nil
}

func (s *storage) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unlock != nil {
		s.unlock()
		s.unlock = nil
	}
	return nil
}

// lockPages keeps the other pages of the origin out until unlock is called, or the page ends.
func lockPages(name string) (unlock func(), err error) {
	locks := js.Global().Get("navigator").Get("locks")
	if locks.IsUndefined() {
		return nil, errors.New("the browser has no locks here: serve the page from https or localhost")
	}
	var resolve js.Value
	var granted, refused, hold js.Func
	done := make(chan error, 1)
	hold = js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		resolve = arguments[0]
		return nil
	})
	granted = js.FuncOf(func(js.Value, []js.Value) any {
		held := js.Global().Get("Promise").New(hold) // the lock is held until it is resolved
		done <- nil
		return held
	})
	refused = js.FuncOf(func(js.Value, []js.Value) any {
		done <- ErrInUse
		return nil
	})
	release := func() {
		granted.Release()
		refused.Release()
		hold.Release()
	}
	signal := js.Global().Get("AbortSignal").Call("timeout", lockPatience)
	locks.Call("request", name, map[string]any{"signal": signal}, granted).Call("catch", refused)
	if err := <-done; err != nil {
		release()
		return nil, err
	}
	return func() {
		resolve.Invoke()
		release()
	}, nil
}

// attempt calls a function of the browser and returns what it throws.
func attempt(call func()) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			failure, ok := thrown.(js.Error)
			if !ok {
				panic(thrown)
			}
			err = failure
		}
	}()
	call()
	return nil
}
