//go:build !js

package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/todo"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// exampleServer stands for a server somewhere else. It returns the address of a room.
func exampleServer() (address string, stop func()) {
	rooms, err := server.New(counter.Counter{}, server.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := httptest.NewServer(rooms)
	return "ws" + strings.TrimPrefix(web.URL, "http") + "/lobby", func() {
		web.Close()
		rooms.Close(context.Background())
	}
}

func Example() {
	ctx := context.Background()
	address, stop := exampleServer()
	defer stop()
	c, err := client.Dial[counter.Counter](ctx, address, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	fmt.Println(c.Do(ctx, counter.Increment{By: 2}), c.State().Value)
	fmt.Println(c.Do(ctx, counter.Decrement{By: 5}), c.State().Value)
	// Output:
	// <nil> 2
	// the counter cannot go below zero 2
}

// A program whose session outlives it. What was pushed just before the end happens all the same.
func ExampleFile() {
	ctx := context.Background()
	address, stop := exampleServer()
	defer stop()
	directory, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	path := filepath.Join(directory, "lobby.session")

	for range 2 {
		c, err := client.Dial[counter.Counter](ctx, address, client.Options{Store: client.File(path)})
		if err != nil {
			log.Fatal(err)
		}
		if err := c.Flush(ctx); err != nil { // what an earlier run left
			log.Fatal(err)
		}
		fmt.Println(c.State().Value)
		if _, err := c.Push(counter.Increment{By: 1}); err != nil {
			log.Fatal(err)
		}
		c.Close()
	}
	// Output:
	// 0
	// 1
}

// Ann takes back what she did. What bob did stays.
func ExampleUndo() {
	ctx := context.Background()
	rooms, err := server.New(todo.Todo{}, server.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer rooms.Close(ctx)
	ann, err := rooms.Client(ctx, "lobby", room.Principal{}, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer ann.Close()
	bob, err := rooms.Client(ctx, "lobby", room.Principal{}, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer bob.Close()

	undo := client.NewUndo(ann, client.UndoOptions{})
	undo.Push(todo.TodoTitle{To: "Saturday"})
	undo.Push(todo.TodoItems{Do: data.Append(todo.Item{Text: "bread"})})
	ann.Flush(ctx)
	bob.Do(ctx, todo.TodoItems{Do: data.Append(todo.Item{Text: "milk"})})
	bob.Do(ctx, todo.TodoTitle{To: "Sunday"})

	for s := range ann.Watch(ctx) {
		if s.Title == "Sunday" {
			break
		}
	}
	undo.Undo() // the bread
	_, err = undo.Undo()
	fmt.Println(err)
	for _, item := range ann.State().Items.All() {
		fmt.Println(item.Text)
	}
	// Output:
	// Title: somebody has changed this since
	// milk
}

// Names of who is there.
func ExampleClient_SetPresence() {
	ctx := context.Background()
	address, stop := exampleServer()
	defer stop()
	for _, name := range []string{"ann", "bob"} {
		c, err := client.Dial[counter.Counter](ctx, address, client.Options{})
		if err != nil {
			log.Fatal(err)
		}
		defer c.Close()
		if err := c.SetPresence([]byte(name)); err != nil {
			log.Fatal(err)
		}
		if name == "bob" {
			for everyone := range c.WatchPresences(ctx) {
				if len(everyone) == 2 {
					fmt.Printf("%s and %s are here\n", everyone[0].Value, everyone[1].Value)
					break
				}
			}
		}
	}
	// Output: ann and bob are here
}
