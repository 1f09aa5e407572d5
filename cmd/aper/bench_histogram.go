package main

import (
	"math/bits"
	"time"
)

// A histogram counts durations, each in a bucket whose width is at most 1/32 of it: in bounded memory, however many.
type histogram [1280]uint32

func (h *histogram) add(d time.Duration) { h[min(bucketOf(d), len(h)-1)]++ }

func bucketOf(d time.Duration) int {
	v := uint64(max(d, 0))
	shift := max(0, bits.Len64(v)-6)
	return shift*32 + int(v>>shift)
}

// middle returns the duration in the middle of a bucket.
func middle(bucket int) time.Duration {
	shift := max(0, bucket/32-1)
	return time.Duration(bucket-shift*32)<<shift + (1<<shift)/2
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other {
		h[i] += n
	}
}

// quantile returns the duration that the share q of all does not exceed, and 0 when there is none.
func (h *histogram) quantile(q float64) time.Duration {
	total := uint64(0)
	for _, n := range h {
		total += uint64(n)
	}
	left := uint64(q * float64(total))
	for i, n := range h {
		if left < uint64(n) {
			return middle(i)
		}
		left -= uint64(n)
	}
	return 0
}
