package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
)

// A hundred streams of packets of 1 to 3 KiB on the good network, each packet forwarded to all subscribers of its
// stream: they look at once ("fanout"), or keep the packet and look when the fourth after it has come ("kept").

const lag = 4

var good = network{1024, 4096}

func longFrames() []byte { return framed(1024, 3072) }

func parseSubscribers(detail string) (int, error) {
	count, err := strconv.Atoi(detail)
	if err == nil && count < 1 {
		err = fmt.Errorf("%d subscribers", count)
	}
	return count, err
}

func lookMade(all []*bufio.Reader, subscribers, operations int, to *consumer) error {
	for range operations / streams {
		for _, reader := range all {
			packet, err := readPacket(reader)
			if err != nil {
				return err
			}
			for range subscribers {
				to.warmUp(packet)
				to.take(packet)
			}
		}
	}
	return nil
}

func lookPeeked(all []*bufio.Reader, subscribers, operations int, to *consumer) error {
	for range operations / streams {
		for _, reader := range all {
			length, err := readLength(reader)
			if err != nil {
				return err
			}
			packet, err := reader.Peek(length)
			if err != nil {
				return err
			}
			for range subscribers {
				to.warmUp(packet)
				to.take(packet)
			}
			if _, err = reader.Discard(length); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookChained shows each subscriber the pieces; the last one's look consumes them.
func lookChained(all []*chainedReader, subscribers, operations int, to *consumer) error {
	for range operations / streams {
		for _, reader := range all {
			length, err := reader.length()
			if err != nil {
				return err
			}
			for range subscribers - 1 {
				if err = reader.show(length, to); err != nil {
					return err
				}
			}
			if err = reader.deliver(length, to); err != nil {
				return err
			}
		}
	}
	return nil
}

func readPacket(reader *bufio.Reader) ([]byte, error) {
	length, err := readLength(reader)
	if err != nil {
		return nil, err
	}
	packet := make([]byte, length)
	_, err = io.ReadFull(reader, packet)
	return packet, err
}

// keepMade leaves it to the garbage collector when nobody holds a packet any more.
func keepMade(all []*bufio.Reader, held [][]byte, subscribers, operations int, to *consumer) error {
	for round := range operations / streams {
		for index, reader := range all {
			packet, err := readPacket(reader)
			if err != nil {
				return err
			}
			first := (index*lag + round%lag) * subscribers
			slots := held[first : first+subscribers]
			for slot := range slots {
				if len(slots[slot]) > 0 {
					to.warmUp(slots[slot])
					to.take(slots[slot])
				}
				slots[slot] = packet
			}
		}
	}
	return nil
}

// countedPacket goes back to its pool when the last subscriber lets go of it.
type countedPacket struct {
	owners atomic.Int32
	data   []byte
	room   [bufferSize]byte
}

var packets = sync.Pool{New: func() any { return new(countedPacket) }}

func keepCounted(all []*bufio.Reader, held []*countedPacket, subscribers, operations int, to *consumer) error {
	for round := range operations / streams {
		for index, reader := range all {
			length, err := readLength(reader)
			if err != nil {
				return err
			}
			packet := packets.Get().(*countedPacket)
			packet.data = packet.room[:length]
			packet.owners.Store(int32(subscribers))
			if _, err = io.ReadFull(reader, packet.data); err != nil {
				return err
			}
			first := (index*lag + round%lag) * subscribers
			slots := held[first : first+subscribers]
			for slot, old := range slots {
				if old != nil {
					to.warmUp(old.data)
					to.take(old.data)
					if old.owners.Add(-1) == 0 {
						packets.Put(old)
					}
				}
				slots[slot] = packet
			}
		}
	}
	return nil
}

func looking[R any](readers func([]byte, network) []R, body func([]R, int, int, *consumer) error) scenario {
	return func(detail string, operations int, meter *meter) (outcome, error) {
		subscribers, err := parseSubscribers(detail)
		if err != nil {
			return outcome{}, err
		}
		all := readers(longFrames(), good)
		return timed(operations, meter, func(operations int, to *consumer) error {
			return body(all, subscribers, operations, to)
		})
	}
}

func keeping[P any](body func([]*bufio.Reader, []P, int, int, *consumer) error) scenario {
	return func(detail string, operations int, meter *meter) (outcome, error) {
		subscribers, err := parseSubscribers(detail)
		if err != nil {
			return outcome{}, err
		}
		all := bufioReaders(longFrames(), good)
		held := make([]P, streams*lag*subscribers)
		return timed(operations, meter, func(operations int, to *consumer) error {
			return body(all, held, subscribers, operations, to)
		})
	}
}

func init() {
	register("fanout", "make", looking(bufioReaders, lookMade))
	register("fanout", "peek", looking(bufioReaders, lookPeeked))
	register("fanout", "chained", looking(chainedReaders, lookChained))
	register("kept", "make", keeping(keepMade))
	register("kept", "counted", keeping(keepCounted))
}
