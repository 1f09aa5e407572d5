package aper

import "math/bits"

// Meta is what the authority knows about a transition besides its content: who, when, in which order, entropy. The
// engine owns it and lends it to Apply for the length of one call; nobody keeps the pointer.
type Meta struct {
	Seq       Seq       // position in the log; 0 while the transition is speculative
	Client    ClientID  // session of the author; 0 is the authority itself (timers, lifecycle)
	User      string    // authenticated principal of that session, at most 64 bytes; empty without authentication
	ClientSeq ClientSeq // number of the transition within its session
	Time      Time      // when the authority accepted it, or the author's estimate of that while speculative
	Base      Seq       // last seq that the author had confirmed when making it; 0 unless the machine needs it
	Floor     Seq       // lowest Base that the authority still accepts; 0 unless the machine needs it
	Lost      bool      // an earlier transition of the author, which this one was made on top of, was rejected
	Entropy   uint64    // seed of Rand; unknown to everyone, the author included, until the authority accepts

	ids, draws uint64 // advance within one Apply, through nested machines
}

// NewID returns an ID that no other call for this room returns. It is a function of the author, the transition's number
// and how many IDs it made before, so what is created optimistically keeps its identity once confirmed.
func (m *Meta) NewID() ID {
	m.ids++
	return ID{Client: m.Client, Seq: m.ClientSeq, N: m.ids}
}

// Rand returns 64 random bits, the same on every replica. Only the authority has the entropy: a speculative transition
// that draws has no visible effect until it is confirmed.
func (m *Meta) Rand() uint64 {
	m.draws++
	return mix(m.Entropy + m.draws*0x9e3779b97f4a7c15)
}

// RandN returns a random number in [0, n), every one as likely (Lemire, "Fast Random Integer Generation in an Interval",
// 2019). It returns 0 when n is 0.
func (m *Meta) RandN(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	high, low := bits.Mul64(m.Rand(), n)
	for threshold := -n % n; low < threshold; {
		high, low = bits.Mul64(m.Rand(), n)
	}
	return high
}

// Drew reports whether Rand was called since the engine set up m.
func (m *Meta) Drew() bool { return m.draws > 0 }

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
