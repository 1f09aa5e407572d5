package server_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/todo"
	"github.com/aper-go/aper/internal/socket"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// A server with a file has a socket beside it until it is closed, unless it is told otherwise; without one it is as good.
func TestSocketOfAServer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such sockets")
	}
	for _, test := range []struct {
		name   string
		socket string // in the directory, or as it is
		memory bool
		want   string // file
		warns  string
	}{
		{name: "beside the file", want: "rooms.db.sock"},
		{name: "elsewhere", socket: "here", want: "here"},
		{name: "none", socket: server.NoSocket},
		{name: "memory", memory: true},
		{name: "memory that is served", memory: true, socket: "here", want: "here"},
		{name: "too long", socket: strings.Repeat("x", 110), warns: "bytes shorter"},
		{name: "in the way", socket: "occupied", want: "occupied", warns: "is no socket"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "aper") // whose name leaves room for that of the socket
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			if err := os.WriteFile(filepath.Join(dir, "occupied"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			o := server.Options{File: filepath.Join(dir, "rooms.db"), Socket: test.socket, Log: slog.New(slog.NewTextHandler(&said, nil))}
			if test.socket != "" && test.socket != server.NoSocket {
				o.Socket = filepath.Join(dir, test.socket)
			}
			if test.memory {
				o.File = ""
			}
			rooms, err := server.New(counter.Counter{}, o)
			if err != nil {
				t.Fatal(err)
			}
			if test.warns == "" && said.Len() > 0 || !strings.Contains(said.String(), test.warns) {
				t.Error("the log says", said.String())
			}
			sockets := 0
			for _, one := range contents(t, dir) {
				if one.Type() == fs.ModeSocket && one.Name() == test.want {
					sockets++
				} else if one.Type() == fs.ModeSocket {
					t.Error("there is a socket", one.Name())
				}
			}
			if listening := test.want != "" && test.warns == ""; (sockets == 1) != listening {
				t.Errorf("there are %d sockets %s", sockets, test.want)
			}
			if err := rooms.Close(context.Background()); err != nil {
				t.Error(err)
			}
			for _, one := range contents(t, dir) {
				if one.Type() == fs.ModeSocket {
					t.Error("it left behind", one.Name())
				}
			}
		})
	}
}

func contents(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Servers that share a store have one socket, and each deletes its own rooms.
func TestListenAdmin(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such sockets")
	}
	dir, err := os.MkdirTemp("", "aper")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rooms.db")
	store, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	counters, err := server.New(counter.Counter{}, server.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	defer counters.Close(context.Background())
	lists, err := server.New(todo.Todo{}, server.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	defer lists.Close(context.Background())
	opened, err := server.ListenAdmin(path+".sock", store, counters, lists)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if _, err := server.ListenAdmin(path+".sock", store); !errors.Is(err, socket.ErrInUse) {
		t.Error("a second one:", err)
	}
	if _, err := counters.Client(t.Context(), "lobby", room.Principal{}, client.Options{}); err != nil {
		t.Fatal(err)
	}
	inUse, err := lists.Room(t.Context(), "shopping", true)
	if err != nil {
		t.Fatal(err)
	}
	look, err := socket.Dial(t.Context(), path+".sock")
	if err != nil {
		t.Fatal(err)
	}
	if err := look.Delete(t.Context(), "todo.Todo/shopping"); err != nil {
		t.Error(err)
	}
	<-inUse.Ended() // because its server closed it
	if err := look.Delete(t.Context(), "dice.Game/table"); !errors.Is(err, journal.ErrAbsent) {
		t.Error("a room that there is not:", err)
	}
	var left []string
	for entry, err := range look.Rooms(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, string(entry.Room))
	}
	if len(left) != 1 || left[0] != "counter.Counter/lobby" {
		t.Error("the rooms are", left)
	}
}
