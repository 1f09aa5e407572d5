//go:build !js

package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/server"
	"github.com/aper-go/aper/wire"
)

func TestFileKeepsWhatWasSavedLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session")
	for i := range 3 {
		f := client.File(path)
		got, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 && got != nil || i > 0 && string(got) != fmt.Sprint("later ", i-1) {
			t.Fatalf("the file has %q", got)
		}
		for _, text := range []string{"a much longer session than the one that follows", fmt.Sprint("later ", i)} {
			if err := f.Save([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the token: %v %v", info.Mode(), err)
	}
}

func TestFileIsUsedByOne(t *testing.T) {
	h := newHost(t, server.Options{})
	path := filepath.Join(t.TempDir(), "session")
	store := client.File(path)
	c := dialStored(t, h.url(), store)
	for _, other := range []client.Store{store, client.File(path)} {
		_, err := client.Dial[counter.Counter](limit(t), h.url(), client.Options{Store: other})
		if !errors.Is(err, client.ErrInUse) || !strings.Contains(err.Error(), path) {
			t.Fatalf("got %v", err)
		}
	}
	c.Close()
	dialStored(t, h.url(), client.File(path)).Close()
	h.stop()
	dialStored(t, h.url(), client.File(path)).Close()
	h.start()
}

// A Dial that fails lets go of the file.
func TestFileIsLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session")
	for range 2 {
		_, err := client.Dial[counter.Counter](limit(t), "ws://127.0.0.1:1/lobby", client.Options{Store: client.File(path)})
		if err == nil || errors.Is(err, client.ErrInUse) {
			t.Fatal(err)
		}
	}
	dialStored(t, serve(t, server.Options{}), client.File(path))
}

func TestDamagedFileIsLeftAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session")
	c := dialStored(t, serve(t, server.Options{}), client.File(path))
	if err := c.Do(limit(t), counter.Increment{By: 1}); err != nil {
		t.Fatal(err)
	}
	c.Close()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := [][]byte{{}, good[:10], good[:len(good)-1], append(bytes.Clone(good), 0), []byte("something else altogether")}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		damaged = append(damaged, bad)
	}
	for _, bad := range damaged {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := client.Dial[counter.Counter](limit(t), "ws://127.0.0.1:1/lobby", client.Options{Store: client.File(path)})
		if !errors.Is(err, client.ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Fatalf("%x: got %v", bad, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(after, bad) {
			t.Fatal("the file was changed")
		}
	}
}

// A half-written successor, as a crash leaves it, is no harm.
func TestFileOfAnInterruptedSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session")
	f := client.File(path)
	if _, err := f.Open(); err != nil {
		t.Fatal(err)
	}
	if err := f.Save([]byte("good")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte("aper sess"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got, err := f.Open(); err != nil || string(got) != "good" {
		t.Fatalf("got %q, %v", got, err)
	}
	defer f.Close()
	if err := f.Save([]byte("better")); err != nil {
		t.Error(err)
	}
}

// Programs that push until they are killed share a file, one after the other. What the file says was pushed has happened
// once in the end.
func TestKilledProgramsLoseAndDoubleNothing(t *testing.T) {
	h := newHost(t, server.Options{})
	path := filepath.Join(t.TempDir(), "session")
	for range 4 {
		child := exec.CommandContext(limit(t), os.Args[0])
		child.Env = append(os.Environ(), childAddress+"="+h.url(), childFile+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for n, some := 0, make([]byte, 50); n < 50; { // a byte for each outcome
			read, err := out.Read(some)
			if n += read; err != nil {
				t.Fatal("the program ended by itself")
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		child.Wait()
	}
	c := dialStored(t, h.url(), client.File(path))
	if err := c.Flush(limit(t)); err != nil {
		t.Fatal(err)
	}
	state, _ := c.Confirmed()
	c.Close()
	f := client.File(path)
	saved, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	session, err := wire.ReadSaved(saved)
	if err != nil || session.Made != uint64(state.Value) || state.Value < 200 {
		t.Fatalf("%d were pushed and kept, the counter is %d (%v)", session.Made, state.Value, err)
	}
}

const childAddress, childFile = "CLIENT_TEST_ADDRESS", "CLIENT_TEST_FILE"

// pushUntilKilled is what the killed programs do. A few transitions are always on their way.
func pushUntilKilled() {
	c, err := client.Dial[counter.Counter](context.Background(), os.Getenv(childAddress), client.Options{Store: client.File(os.Getenv(childFile))})
	for err == nil {
		var p *client.Pending
		for range 3 {
			if p, err = c.Push(counter.Increment{By: 1}); err != nil {
				break
			}
		}
		if err == nil {
			err = p.Wait(context.Background())
		}
		if err == nil {
			_, err = os.Stdout.Write([]byte("."))
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
