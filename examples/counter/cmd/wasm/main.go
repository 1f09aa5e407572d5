//go:build js

// Command wasm is a client of a counter that runs in a browser: build it with GOOS=js GOARCH=wasm, and run it in a page as
// wasm_exec.js of the Go distribution does. The address of the room stands behind the # of the page's own. The page finds the
// client as window.counter, and its session is kept in the page's storage.
package main

import (
	"context"
	"syscall/js"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
)

func main() {
	page := js.Global()
	address := page.Get("location").Get("hash").String()[1:]
	c, err := client.Dial[counter.Counter](context.Background(), address, client.Options{Store: client.LocalStorage("session")})
	if err != nil {
		page.Set("failed", err.Error())
		return
	}
	page.Set("counter", map[string]any{
		"value":   js.FuncOf(func(js.Value, []js.Value) any { return c.State().Value }),
		"waiting": js.FuncOf(func(js.Value, []js.Value) any { return len(c.Waiting()) }),
		"online":  js.FuncOf(func(js.Value, []js.Value) any { return c.Status().Connected }),
		"add": js.FuncOf(func(_ js.Value, arguments []js.Value) any {
			_, err := c.Push(counter.Increment{By: int64(arguments[0].Int())})
			return err == nil
		}),
	})
	select {}
}
