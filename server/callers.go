package server

import (
	"errors"
	"net/http"
	"net/netip"
	"sync"
)

// callers counts connections by who made them, so that one of them cannot take what is there for all.
type callers struct {
	mu    sync.Mutex
	count map[string]int
}

// enter counts one more, unless there are as many as may be.
func (c *callers) enter(who string, limit int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count[who] >= limit {
		return false
	}
	if c.count == nil {
		c.count = map[string]int{}
	}
	c.count[who]++
	return true
}

func (c *callers) leave(who string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count[who]--; c.count[who] == 0 {
		delete(c.count, who)
	}
}

var (
	errAddress = errors.New("too many connections come from your address; close some, or try again later")
	errUser    = errors.New("you have too many connections; close some")
)

// count takes a place for a connection. The result gives it back, and is to be called once.
func (s *Server[S]) count(r *http.Request, user string) (leave func(), err error) {
	address := s.options.Address(r)
	if limit := s.options.MaxPerAddress; limit > 0 && address != "" {
		if !s.addresses.enter(address, limit) {
			return nil, errAddress
		}
	} else {
		address = ""
	}
	leaveAddress := func() {
		if address != "" {
			s.addresses.leave(address)
		}
	}
	limit := s.options.MaxPerUser
	if limit < 0 || user == "" {
		return leaveAddress, nil
	}
	if !s.users.enter(user, limit) {
		leaveAddress()
		return nil, errUser
	}
	return func() {
		s.users.leave(user)
		leaveAddress()
	}, nil
}

// publicAddress returns the address that a request comes from, and nothing when it is of this machine or a private network:
// then it is most likely a proxy's, behind which everyone is.
func publicAddress(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if ip := from.Addr().Unmap(); err == nil && ip.IsGlobalUnicast() && !ip.IsPrivate() {
		return ip.String()
	}
	return ""
}
