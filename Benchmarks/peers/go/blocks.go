package main

import (
	"fmt"
	"strconv"
	"sync"
)

// A block is taken, written to at both ends, read from there, and put back; with "held" 64 of them are held, and the
// oldest is read from and put back before another is taken.

// escapedBlock keeps a block on the heap.
var escapedBlock []byte

func write(number int, block []byte) {
	block[0] = byte(number)
	block[len(block)-1] = byte(number >> 8)
}

func read(block []byte) uint64 { return uint64(block[0])<<8 | uint64(block[len(block)-1]) }

func blocksPooled(size, operations int, pool *sync.Pool, to *consumer) {
	for number := range operations {
		block := pool.Get().(*[]byte)
		write(number, *block)
		to.fold(read(*block))
		pool.Put(block)
	}
}

func blocksMade(size, operations int, _ *sync.Pool, to *consumer) {
	for number := range operations {
		block := make([]byte, size)
		escapedBlock = block
		write(number, block)
		to.fold(read(block))
	}
}

func heldPooled(size, operations int, pool *sync.Pool, held []*[]byte, to *consumer) {
	for number := range operations {
		slot := number & 63
		to.fold(read(*held[slot]))
		pool.Put(held[slot])
		held[slot] = pool.Get().(*[]byte)
		write(number, *held[slot])
	}
}

func heldMade(size, operations int, _ *sync.Pool, held []*[]byte, to *consumer) {
	for number := range operations {
		slot := number & 63
		to.fold(read(*held[slot]))
		*held[slot] = make([]byte, size)
		write(number, *held[slot])
	}
}

func parseSize(detail string) (int, error) {
	size, err := strconv.Atoi(detail)
	if err == nil && size < 1 {
		err = fmt.Errorf("blocks of %d bytes", size)
	}
	return size, err
}

func newBlocks(size int) *sync.Pool {
	return &sync.Pool{New: func() any {
		block := make([]byte, size)
		return &block
	}}
}

func alternating(body func(int, int, *sync.Pool, *consumer)) scenario {
	return func(detail string, operations int, meter *meter) (outcome, error) {
		size, err := parseSize(detail)
		if err != nil {
			return outcome{}, err
		}
		pool := newBlocks(size)
		return timed(operations, meter, func(operations int, to *consumer) error {
			body(size, operations, pool, to)
			return nil
		})
	}
}

func holding(body func(int, int, *sync.Pool, []*[]byte, *consumer)) scenario {
	return func(detail string, operations int, meter *meter) (outcome, error) {
		size, err := parseSize(detail)
		if err != nil {
			return outcome{}, err
		}
		pool := newBlocks(size)
		held := make([]*[]byte, 64)
		for slot := range held {
			held[slot] = pool.Get().(*[]byte)
			write(0, *held[slot])
		}
		return timed(operations, meter, func(operations int, to *consumer) error {
			body(size, operations, pool, held, to)
			return nil
		})
	}
}

func init() {
	register("blocks", "syncpool", alternating(blocksPooled))
	register("blocks", "make", alternating(blocksMade))
	register("held", "syncpool", holding(heldPooled))
	register("held", "make", holding(heldMade))
}
