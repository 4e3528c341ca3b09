package main

import (
	"encoding/binary"
	"io"
	"sync"
)

// A chained reader as media servers in Go have it: each read of the stream fills a block from a pool, blocks are
// linked, values are shown as the pieces that lie in them, and a block goes back when its bytes have been consumed.

type block struct {
	next *block
	data []byte // what is left of what was read
	room [bufferSize]byte
}

var blocks = sync.Pool{New: func() any { return new(block) }}

type chainedReader struct {
	stream      io.Reader
	first, last *block
	count       int
}

func chainedReaders(data []byte, n network) []*chainedReader {
	all := make([]*chainedReader, streams)
	for index := range all {
		all[index] = &chainedReader{stream: newSource(data, n, index)}
	}
	return all
}

// fill reads until so many bytes are there.
func (r *chainedReader) fill(count int) error {
	for r.count < count {
		one := blocks.Get().(*block)
		length, err := r.stream.Read(one.room[:])
		if length == 0 {
			blocks.Put(one)
		} else {
			one.data = one.room[:length]
			if r.last == nil {
				r.first = one
			} else {
				r.last.next = one
			}
			r.last = one
			r.count += length
		}
		if err != nil && r.count < count {
			return err
		}
	}
	return nil
}

// consume passes so many bytes, which are there, to visit, in the pieces in which they lie.
func (r *chainedReader) consume(count int, visit func(piece []byte)) {
	r.count -= count
	for count > 0 {
		one := r.first
		piece := one.data[:min(count, len(one.data))]
		visit(piece)
		count -= len(piece)
		one.data = one.data[len(piece):]
		if len(one.data) == 0 {
			if r.first = one.next; r.first == nil {
				r.last = nil
			}
			one.next, one.data = nil, nil
			blocks.Put(one)
		}
	}
}

func (r *chainedReader) length() (int, error) {
	if err := r.fill(4); err != nil {
		return 0, err
	}
	if len(r.first.data) > 4 {
		length := binary.BigEndian.Uint32(r.first.data)
		r.first.data = r.first.data[4:]
		r.count -= 4
		return int(length), nil
	}
	var head [4]byte
	have := 0
	r.consume(4, func(piece []byte) { have += copy(head[have:], piece) })
	return int(binary.BigEndian.Uint32(head[:])), nil
}

// deliver shows the consumer a payload piece by piece.
func (r *chainedReader) deliver(count int, to *consumer) error {
	if err := r.fill(count); err != nil {
		return err
	}
	if len(r.first.data) > count {
		to.warmUp(r.first.data[:count])
		to.take(r.first.data[:count])
		r.first.data = r.first.data[count:]
		r.count -= count
		return nil
	}
	first, last := r.first.data[0], byte(0)
	r.consume(count, func(piece []byte) {
		to.warmUp(piece)
		last = piece[len(piece)-1]
	})
	to.foldEnds(count, first, last)
	return nil
}

// show does the same and consumes nothing.
func (r *chainedReader) show(count int, to *consumer) error {
	if err := r.fill(count); err != nil {
		return err
	}
	first, last := r.first.data[0], byte(0)
	rest := count
	for one := r.first; rest > 0; one = one.next {
		piece := one.data[:min(rest, len(one.data))]
		to.warmUp(piece)
		last = piece[len(piece)-1]
		rest -= len(piece)
	}
	to.foldEnds(count, first, last)
	return nil
}

func packetsChained(all []*chainedReader, operations int, to *consumer) error {
	for range operations / streams {
		for _, reader := range all {
			if err := reader.deliver(1024, to); err != nil {
				return err
			}
		}
	}
	return nil
}

func framesChained(all []*chainedReader, operations int, to *consumer) error {
	for range operations / streams {
		for _, reader := range all {
			length, err := reader.length()
			if err != nil {
				return err
			}
			if err = reader.deliver(length, to); err != nil {
				return err
			}
		}
	}
	return nil
}
