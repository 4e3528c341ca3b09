// The rival of pool-benchmark: sync.Pool, in the same loops. Nanoseconds per Get + Put, the fastest of 100 short runs.
//
//	go run main.go
package main

import (
	"fmt"
	"sync"
	"time"
)

const rounds = 200_000

func fastest(measure func() time.Duration) float64 {
	least := time.Hour
	for i := 0; i < 100; i++ {
		least = min(least, measure())
	}
	return float64(least.Nanoseconds()) / rounds
}

func newPool(size int) *sync.Pool {
	return &sync.Pool{New: func() any { block := make([]byte, size); return &block }}
}

func alternating(size int) time.Duration {
	pool := newPool(size)
	start := time.Now()
	for i := 0; i < rounds; i++ {
		block := pool.Get().(*[]byte)
		pool.Put(block)
	}
	return time.Since(start)
}

func held(size int) time.Duration {
	pool := newPool(size)
	var blocks [64]*[]byte
	for i := range blocks {
		blocks[i] = pool.Get().(*[]byte)
	}
	start := time.Now()
	for i := 0; i < rounds; i++ {
		pool.Put(blocks[i&63])
		blocks[i&63] = pool.Get().(*[]byte)
	}
	return time.Since(start)
}

func main() {
	fmt.Println("ns per Get + Put        alternating      64 held")
	for _, size := range []int{512, 4096, 16384, 65536} {
		fmt.Printf("sync.Pool, %-6d      %12.1f  %11.1f\n", size,
			fastest(func() time.Duration { return alternating(size) }),
			fastest(func() time.Duration { return held(size) }))
	}
}
