// Package server serves rooms over HTTP: every path is a room, and a WebSocket joins it.
//
//	rooms, err := server.New(counter.Counter{}, server.Options{File: "counter.db"})
//	…
//	log.Fatal(http.ListenAndServe(":8080", rooms))
//
// A Server is an http.Handler. Mount it below a path with http.StripPrefix. A room is made when somebody joins it first.
// Its name is the path, without the slash before it; names below "-" belong to the server.
//
// # Who may do what
//
// Options.Authenticate says who makes a request, Options.Authorize who may join or make which room and who may only look, and
// Options.Room.Authorize who may push which transition. By default everyone may do everything. Pages of other hosts
// may not connect unless Options.Origins names them.
//
// # From within
//
// Client joins a room from the same process, for bots and jobs. Room gives what package room has to offer: the state, who is
// there, what happened. Backup writes all rooms to another file while they go on, and Delete removes one.
//
// The verbs of package admin do the same from another process: they list the rooms of a running server, tell the log and the
// state of one, verify, back up, and delete. They come by way of a Unix socket beside Options.File, which only the server's
// own user and root can use; see Options.Socket, and ListenAdmin for servers that share a store.
//
// To stop, call http.Server.Shutdown and then Close: what came in is decided, made durable and sent, and clients are told to
// come back.
//
// # Two kinds of sessions
//
// A client offers one of two WebSocket subprotocols. With "aper.1" it is a replica: it holds the state itself, runs the
// same rules, and speaks the binary protocol of package wire. Package client is one. With "aper.json.1" it is a view: it
// is told the state as JSON and pushes transitions as JSON, and needs no library; see View protocol below.
//
// When the state hides information (engine.Secretive), all sessions are views and each is told its own, and replicas and
// plain GETs are refused, but for those to whom Authorize gives SeesAll. Rejections have no path then.
//
// # Without a WebSocket
//
// A GET of a room's path is answered with its state as JSON, for scripts and dashboards. The ETag names the position; a
// request with If-None-Match costs nothing while the state is the same. It makes no room. GET /-/health answers while the
// process lives, and /-/ready until Close.
//
// # View protocol
//
// Every message is one JSON object. The client begins:
//
//	{"hello": {}}
//
// and is answered, as after everything that is new, by the state and what else there is to say:
//
//	{"welcome": {"mode": "fresh", "decided": 0, "session": {…}}, "seq": 12, "state": {"value": 3}}
//
// States that come while the client is still being sent one are skipped. A client that says {"hello": {"patch": true}} is sent
// the whole state once in each connection, and then what changed, as a JSON Patch (RFC 6902):
//
//	{"seq": 13, "patch": [{"op": "replace", "path": "/value", "value": 4}]}
//
// The client numbers its transitions from 1:
//
//	{"push": 1, "known": 0, "transition": {"Increment": {"by": 1}}}
//
// and each gets one outcome, together with the state in which it was decided or a later one:
//
//	{"outcomes": [{"push": 1, "confirmed": 13}], "seq": 13, "state": {"value": 4}}
//	{"outcomes": [{"push": 2, "rejected": "the counter cannot go below zero"}], "seq": 13, "state": {"value": 4}}
//
// "known" is the highest number whose outcome the client has seen, together with all below it. After a connection is
// lost the client sends its session back,
//
//	{"hello": {"session": {…}, "known": 1, "sent": 4}}
//
// with the highest number that it has sent, and pushes again what is above "decided" in the welcome; the outcomes of what
// is not come by themselves. When the mode is not "resumed" it is a new session and numbers begin at 1 again: in mode
// "forked" nothing of what was pending has happened, in mode "fresh" it is not known.
//
// When the welcome has "anchored": true, transitions mean something relative to the state that they were made on, as positions
// in a data.Text do. The client then says which one that was, by its seq; what it had pushed itself counts as seen, too:
//
//	{"push": 5, "known": 4, "seq": 13, "transition": {"Insert": {"at": 4, "text": "!"}}}
//
// Without it a transition is made on whatever state it meets. A ping and a hello have the lowest seq that may still be pushed
// with, so that the room remembers enough; a push whose state is too old is rejected (engine.ErrStale). When the epoch is
// another one, or in mode "forked", a seq of before means nothing.
//
// A client that is silent for 75 seconds is taken for gone, so one that has nothing to push sends
//
//	{"ping": {}, "known": 4}
//
// every 25 seconds or so, which acknowledges outcomes, too. The answer has "pong": true.
//
// A session can have a presence: any JSON of at most 4 KiB (room.Options.MaxPresence; a larger one is ignored), which others see
// beside the state, and which is gone with the connection. Null takes it back:
//
//	{"presence": {"name": "Ann", "at": 7}}
//
// A client that says {"hello": {"presence": true}} is told those of all sessions, its own included, by their numbers; its own
// number is in the welcome's session. The first message has all, marked as such, and later ones what changed since, or all again:
//
//	{"welcome": {…}, "seq": 12, "state": {…}, "presences": {"7": {"user": "ann", "value": {…}}}, "all": true}
//	{"presences": {"7": null, "9": {"user": "", "value": {…}}}}
//
// Null is one that is gone. Changes that come while the client is still being sent something are told together.
//
// Before the server closes the connection it says {"close": {"code": 4000, "reason": "…", "action": "retry"}}. The action
// is one of retry (after a while), reconnect (with the session), new session, and stop. A request that cannot be joined
// at all is answered in the same way, because pages cannot see the status of a refused WebSocket.
package server
