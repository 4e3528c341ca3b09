package main

import (
	"strconv"
	"sync"
)

// An object of 64 bytes is taken, written to, read from and put back.

type scratch struct {
	number uint64
	rest   [7]uint64
}

// escaped keeps an object on the heap, where one that outlives its function lies.
var escaped *scratch

func objectsPooled(pool *sync.Pool, operations int) uint64 {
	var to consumer
	for number := range operations {
		object := pool.Get().(*scratch)
		object.number = uint64(number)
		to.fold(object.number)
		pool.Put(object)
	}
	return to.check
}

func objectsMade(_ *sync.Pool, operations int) uint64 {
	var to consumer
	for number := range operations {
		object := new(scratch)
		escaped = object
		object.number = uint64(number)
		to.fold(object.number)
	}
	return to.check
}

// parallel runs body in so many goroutines at once, and adds up what they return.
func parallel(threads int, body func() uint64) (sum uint64) {
	results := make(chan uint64, threads)
	for range threads {
		go func() { results <- body() }()
	}
	for range threads {
		sum += <-results
	}
	return
}

func overObjects(body func(*sync.Pool, int) uint64) scenario {
	return func(detail string, operations int, meter *meter) (outcome, error) {
		threads, err := strconv.Atoi(detail)
		if err != nil {
			return outcome{}, err
		}
		pool := &sync.Pool{New: func() any { return new(scratch) }}
		check := parallel(threads, func() uint64 { return body(pool, operations/threads/10) })
		meter.start()
		check ^= parallel(threads, func() uint64 { return body(pool, operations/threads) })
		meter.stop()
		return outcome{check: check}, nil
	}
}

func init() {
	register("objects", "syncpool", overObjects(objectsPooled))
	register("objects", "new", overObjects(objectsMade))
}
