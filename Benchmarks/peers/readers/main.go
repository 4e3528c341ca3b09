// The scenarios of reader-benchmark with bufio.Reader's Peek and Discard: no copies, no allocations.
//
//	go run . [scenario]
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"
)

const streams = 100

type network struct {
	name           string
	smallest, span uint32
	operations     int
}

// loopSource yields the same bytes over and over, in pieces of random length.
type loopSource struct {
	data     []byte
	position int
	random   uint32
	network  network
}

func (s *loopSource) Read(output []byte) (int, error) {
	s.random ^= s.random << 13
	s.random ^= s.random >> 17
	s.random ^= s.random << 5
	piece := int(s.network.smallest + uint32(uint64(s.random)*uint64(s.network.span)>>32))
	length := min(piece, len(output), len(s.data)-s.position)
	copy(output, s.data[s.position:s.position+length])
	s.position += length
	if s.position == len(s.data) {
		s.position = 0
	}
	return length, nil
}

func readers(data []byte, n network) []*bufio.Reader {
	result := make([]*bufio.Reader, streams)
	for index := range result {
		source := &loopSource{data: data, network: n, random: uint32(index+1)*2654435761 | 1}
		result[index] = bufio.NewReaderSize(source, 4096)
	}
	return result
}

func look(bytes []byte) uint64 { return uint64(bytes[0]) + uint64(bytes[len(bytes)-1]) }

func packets(n network, operations int) (sum uint64) {
	data := make([]byte, 64*1024)
	for index := range data {
		data[index] = byte(index * 31)
	}
	all := readers(data, n)
	for range operations / streams {
		for _, reader := range all {
			bytes, _ := reader.Peek(1024)
			sum += look(bytes)
			reader.Discard(1024)
		}
	}
	return
}

func framed(smallest, span uint32) (bytes []byte) {
	random := uint32(7)
	for len(bytes) < 64*1024 {
		random ^= random << 13
		random ^= random >> 17
		random ^= random << 5
		length := smallest + uint32(uint64(random)*uint64(span)>>32)
		bytes = binary.BigEndian.AppendUint32(bytes, length)
		for index := range length {
			bytes = append(bytes, byte(index))
		}
	}
	return
}

func frames(n network, operations int) (sum uint64) {
	all := readers(framed(64, 1277), n)
	for range operations / streams {
		for _, reader := range all {
			head, _ := reader.Peek(4)
			length := int(binary.BigEndian.Uint32(head))
			reader.Discard(4)
			bytes, _ := reader.Peek(length)
			sum += look(bytes)
			reader.Discard(length)
		}
	}
	return
}

func fanOut(n network, operations int) (sum uint64) {
	all := readers(framed(1024, 2049), n)
	for range operations / streams {
		for _, reader := range all {
			head, _ := reader.Peek(4)
			length := int(binary.BigEndian.Uint32(head))
			reader.Discard(4)
			bytes, _ := reader.Peek(length)
			for range 3 {
				sum += look(bytes)
			}
			reader.Discard(length)
		}
	}
	return
}

// sink copies what it is given into memory.
type sink struct{ target []byte }

func (s *sink) Write(bytes []byte) (int, error) { return copy(s.target, bytes), nil }

func write(operations int) uint64 {
	writer := bufio.NewWriterSize(&sink{make([]byte, 1<<17)}, 65536)
	bytes := make([]byte, 64)
	for range operations {
		writer.Write(bytes)
	}
	writer.Flush()
	return 0
}

func run(name string, operations int, body func(int) uint64) {
	if len(os.Args) > 1 && !strings.Contains(name, os.Args[1]) {
		return
	}
	sum := body(operations / 10)
	times := make([]float64, 7)
	for index := range times {
		start := time.Now()
		sum += body(operations)
		times[index] = float64(time.Since(start)) / float64(operations)
	}
	sort.Float64s(times)
	fmt.Printf("%-38s %.2f   (%.2f … %.2f, check %d)\n", name, times[3], times[0], times[6], sum&0xFFFF)
}

func main() {
	for _, n := range []network{{"good", 1024, 3073, 4_000_000}, {"worst", 1, 128, 1_000_000}} {
		run("packets of 1 KiB, "+n.name, n.operations, func(count int) uint64 { return packets(n, count) })
		run("length and payload, "+n.name, n.operations, func(count int) uint64 { return frames(n, count) })
		run("fan-out to 3, "+n.name, n.operations, func(count int) uint64 { return fanOut(n, count) })
	}
	run("writer, 64 bytes", 20_000_000, write)
}
