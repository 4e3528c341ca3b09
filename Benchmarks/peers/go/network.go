package main

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

const streams = 100

// splitMix is SplitMix64: the generator of all contestants.
type splitMix uint64

func (s *splitMix) next() uint64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// number is from the closed range.
func (s *splitMix) number(low, high int) int {
	return low + int((s.next()>>32)*uint64(high-low+1)>>32)
}

// network is how a network cuts a stream: the range of a chunk's length.
type network struct{ low, high int }

func parseNetwork(text string) (n network, err error) {
	if _, err = fmt.Sscanf(text, "%d-%d", &n.low, &n.high); err == nil && (n.low < 1 || n.high < n.low) {
		err = fmt.Errorf("chunks of '%s' bytes: not a range", text)
	}
	return
}

// plain is 64 KiB without structure.
func plain() []byte {
	random := splitMix(1)
	data := make([]byte, 64*1024)
	for index := range data {
		data[index] = byte(random.next() >> 56)
	}
	return data
}

// framed is 64 KiB of frames, a big-endian length of four bytes and so many others, and the rest of the last one.
func framed(low, high int) (data []byte) {
	random := splitMix(7)
	for len(data) < 64*1024 {
		length := random.number(low, high)
		data = binary.BigEndian.AppendUint32(data, uint32(length))
		for range length {
			data = append(data, byte(random.next()>>56))
		}
	}
	return
}

// source is an endless stream over a network: a read brings the next chunk, or as much of it as there is room for.
type source struct {
	data           []byte
	network        network
	position, rest int
	random         splitMix
}

func newSource(data []byte, n network, index int) *source {
	return &source{data: data, network: n, random: splitMix(1000 + index)}
}

func (s *source) Read(output []byte) (int, error) {
	if s.rest == 0 {
		s.rest = s.random.number(s.network.low, s.network.high)
	}
	length := min(s.rest, len(output), len(s.data)-s.position)
	copy(output, s.data[s.position:s.position+length])
	s.rest -= length
	s.position += length
	if s.position == len(s.data) {
		s.position = 0
	}
	return length, nil
}

// consumer is where every payload ends up: it folds the length and both ends of it into one value, while warming up
// every byte.
type consumer struct {
	check    uint64
	foldsAll bool
}

// warmUp and take are two calls, because one would be too long for the compiler to inline.
func (c *consumer) warmUp(payload []byte) {
	if c.foldsAll {
		c.foldBytes(payload)
	}
}

func (c *consumer) take(payload []byte) {
	c.foldEnds(len(payload), payload[0], payload[len(payload)-1])
}

func (c *consumer) foldEnds(count int, first, last byte) {
	c.fold(uint64(count)<<16 | uint64(first)<<8 | uint64(last))
}

func (c *consumer) fold(value uint64) { c.check = bits.RotateLeft64(c.check, 7) ^ value }

//go:noinline
func (c *consumer) foldBytes(payload []byte) {
	for _, one := range payload {
		c.check = (c.check ^ uint64(one)) * 0x100000001B3
	}
}
