package wire

// A CloseCode says why the authority closed a connection. Its range alone says what the client is to do. The codes are
// valid as status codes of a WebSocket close frame (RFC 6455, 7.4.2).
type CloseCode uint64

// 4000 to 4099: retry, after a while.
const (
	CloseRetry       CloseCode = 4000 // the authority is restarting or lost its journal
	CloseOverloaded  CloseCode = 4001 // a limit of the server or the room is reached
	CloseUnavailable CloseCode = 4002 // the room cannot be loaded
)

// 4100 to 4199: reconnect with the same session.
const (
	CloseSlow    CloseCode = 4100 // too far behind
	CloseExpired CloseCode = 4101 // who the client is has to be made sure of again
)

// 4200 to 4299: connect with a new session.
const (
	CloseSuperseded CloseCode = 4200 // the session was attached by another connection
	CloseRolledBack CloseCode = 4201 // the client's store is older than what it has pushed
)

// 4300 to 4399: stop; trying again cannot help.
const (
	CloseProtocol CloseCode = 4300 // the peer broke the protocol
	CloseVersion  CloseCode = 4301 // the protocol's version is not supported
	CloseMachine  CloseCode = 4302 // the client was built from another version of the machine
	CloseRefused  CloseCode = 4303 // not allowed
)

// Action is what a close code asks of the client.
type Action int

const (
	Retry      Action = iota // later, with backoff
	Reconnect                // at once, with the same session
	NewSession               // at once, with a new session
	Stop
)

// Action returns what the client is to do. Codes that it does not know are told by their range; those outside all
// ranges mean Retry.
func (c CloseCode) Action() Action {
	switch {
	case c >= 4100 && c < 4200:
		return Reconnect
	case c >= 4200 && c < 4300:
		return NewSession
	case c >= 4300 && c < 4400:
		return Stop
	}
	return Retry
}
