package server_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

func Example() {
	rooms, err := server.New(counter.Counter{}, server.Options{File: "counter.db"})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", rooms))
}

// Who makes a request, which rooms he may join, and what he may do there.
func ExampleOptions() {
	sessions := map[string]string{"x7k2": "ann"}
	rooms, err := server.New(counter.Counter{}, server.Options{
		Authenticate: func(r *http.Request) (user string, err error) {
			cookie, err := r.Cookie("session")
			if err != nil || sessions[cookie.Value] == "" {
				return "", errors.New("log in first")
			}
			return sessions[cookie.Value], nil
		},
		Authorize: func(j *server.Joining) error {
			j.NoCreate = j.Room != "lobby"
			j.ReadOnly = j.User != "ann"
			return nil
		},
		Room: room.Options{Authorize: func(p *room.Proposal) error {
			if _, ok := p.Transition.(counter.Reset); ok && p.User != "ann" {
				return errors.New("only ann may reset")
			}
			return nil
		}},
	})
	fmt.Println(rooms != nil, err)
	// Output: true <nil>
}

// A bot in the server's own process.
func ExampleServer_Client() {
	ctx := context.Background()
	rooms, err := server.New(counter.Counter{}, server.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer rooms.Close(ctx)
	bot, err := rooms.Client(ctx, "lobby", room.Principal{User: "bot"}, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer bot.Close()
	fmt.Println(bot.Do(ctx, counter.Increment{By: 2}), bot.State().Value)

	lobby, err := rooms.Room(ctx, "lobby", false)
	if err != nil {
		log.Fatal(err)
	}
	for moment, err := range lobby.Past().Events(ctx, 1) {
		fmt.Println(moment.Event.Meta.User, moment.Event.Transition, moment.State.Value, err)
	}
	// Output:
	// <nil> 2
	// bot {2} 2 <nil>
}
