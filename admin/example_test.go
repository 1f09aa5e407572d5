package admin_test

import (
	"context"
	"fmt"
	"os"

	"github.com/aper-go/aper/admin"
	"github.com/aper-go/aper/examples/counter"
)

// The whole program.
func Example() {
	main := func() { admin.Main(counter.Counter{}) }
	_ = main // it is called with a command line such as: log counter.db lobby
}

func ExampleRun() {
	args := []string{"counter-admin", "rooms", "missing.db"}
	status := admin.Run(context.Background(), counter.Counter{}, args, os.Stdout, os.Stdout)
	fmt.Println("status", status)
	// Output:
	// counter-admin rooms: there is no file missing.db
	// status 1
}
