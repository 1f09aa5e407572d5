package data

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkTreePut(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("existing/n=%d", n), func(b *testing.B) {
			var t tree[string, int64]
			keys := make([]string, n)
			for i, p := range rand.Perm(n) {
				keys[i] = fmt.Sprintf("key-%06d", p)
				t = t.put(keys[i], 1, cmp.Compare[string])
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				t = t.put(keys[i%n], int64(i), cmp.Compare[string])
			}
		})
	}
}
