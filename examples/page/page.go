// Package page has the pages of the examples: HTML, and JavaScript that speaks the view protocol of package server. There
// is nothing to build, and nothing that must be fetched from elsewhere.
//
// Each example has a page of its own, todo.html with todo.js, which says what its state looks like and what people may do.
// They have these in common, best read from the bottom up:
//
//   - view.js: a room's state in a browser, and pushes with exactly one outcome each. With its parts patch.js and keep.js
//     it is what to copy for a page of your own; it knows nothing of these pages.
//   - draft.js, with its parts merge.js and cursors.js: a text that is written here and by others; copy it for a text of your own.
//   - shell.js: the room in the address, the connection, and what is told when something was refused.
//   - page.css: what they look like.
package page

import (
	"bytes"
	"embed"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed *.html *.css *.js *.svg
var files embed.FS

// Types are not looked up in the machine's tables: some have none for JavaScript, or a wrong one.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Everything comes from here; 'self' includes the WebSocket.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves a list of the examples at /, the page of each at /NAME/, and what they need at /page/. The page at
// /NAME/ joins rooms at /NAME/ROOM, which are the caller's to serve.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "this is a page: GET it", http.StatusMethodNotAllowed)
			return
		}
		name := fileOf(r.URL.Path)
		data, err := files.ReadFile(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		header := w.Header()
		header.Set("Content-Type", types[path.Ext(name)])
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-cache") // what runs is what was built
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
	})
}

// fileOf returns the file that stands at a path. Each stands at one path only, because pages name their parts relative to it.
func fileOf(urlPath string) string {
	name, isAsset := strings.CutPrefix(urlPath, "/page/")
	switch page, isPage := strings.CutSuffix(strings.TrimPrefix(urlPath, "/"), "/"); {
	case urlPath == "/":
		return "index.html"
	case isAsset && path.Ext(name) != ".html":
		return name
	case isPage && page != "index":
		return page + ".html"
	}
	return ""
}
