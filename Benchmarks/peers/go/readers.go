package main

import (
	"bufio"
	"encoding/binary"
	"io"
)

// A hundred streams in turn, on one goroutine. The loops are written out for each way of reading: shared ones would
// call through interfaces and dictionaries, which costs what is measured here.

// bufferSize is bufio's default, and enough for the largest payload.
const bufferSize = 4096

func bufioReaders(data []byte, n network) []*bufio.Reader {
	all := make([]*bufio.Reader, streams)
	for index := range all {
		all[index] = bufio.NewReaderSize(newSource(data, n, index), bufferSize)
	}
	return all
}

func readLength(reader *bufio.Reader) (int, error) {
	head, err := reader.Peek(4)
	if err != nil {
		return 0, err
	}
	length := int(binary.BigEndian.Uint32(head))
	_, err = reader.Discard(4)
	return length, err
}

// packetsMade reads each packet of 1 KiB into a slice of its own.
func packetsMade(all []*bufio.Reader, operations int, to *consumer) error {
	for range operations / streams {
		for _, reader := range all {
			payload := make([]byte, 1024)
			if _, err := io.ReadFull(reader, payload); err != nil {
				return err
			}
			to.warmUp(payload)
			to.take(payload)
		}
	}
	return nil
}

// packetsReused reads them all into the same slice.
func packetsReused(all []*bufio.Reader, operations int, to *consumer) error {
	payload := make([]byte, 1024)
	for range operations / streams {
		for _, reader := range all {
			if _, err := io.ReadFull(reader, payload); err != nil {
				return err
			}
			to.warmUp(payload)
			to.take(payload)
		}
	}
	return nil
}

// packetsPeeked looks at them in bufio's buffer: no copies, no allocations.
func packetsPeeked(all []*bufio.Reader, operations int, to *consumer) error {
	for range operations / streams {
		for _, reader := range all {
			payload, err := reader.Peek(1024)
			if err != nil {
				return err
			}
			to.warmUp(payload)
			to.take(payload)
			if _, err = reader.Discard(1024); err != nil {
				return err
			}
		}
	}
	return nil
}

// framesMade reads a length of four bytes, then the payload, into a slice of its own.
func framesMade(all []*bufio.Reader, operations int, to *consumer) error {
	for range operations / streams {
		for _, reader := range all {
			length, err := readLength(reader)
			if err != nil {
				return err
			}
			payload := make([]byte, length)
			if _, err = io.ReadFull(reader, payload); err != nil {
				return err
			}
			to.warmUp(payload)
			to.take(payload)
		}
	}
	return nil
}

// framesReused reads them all into the same slice.
func framesReused(all []*bufio.Reader, operations int, to *consumer) error {
	space := make([]byte, bufferSize)
	for range operations / streams {
		for _, reader := range all {
			length, err := readLength(reader)
			if err != nil {
				return err
			}
			if _, err = io.ReadFull(reader, space[:length]); err != nil {
				return err
			}
			to.warmUp(space[:length])
			to.take(space[:length])
		}
	}
	return nil
}

// framesPeeked looks at them in bufio's buffer.
func framesPeeked(all []*bufio.Reader, operations int, to *consumer) error {
	for range operations / streams {
		for _, reader := range all {
			length, err := readLength(reader)
			if err != nil {
				return err
			}
			payload, err := reader.Peek(length)
			if err != nil {
				return err
			}
			to.warmUp(payload)
			to.take(payload)
			if _, err = reader.Discard(length); err != nil {
				return err
			}
		}
	}
	return nil
}

// overNetwork makes a scenario of a loop over readers, which first warms up.
func overNetwork[R any](
	data func() []byte, readers func([]byte, network) []R, body func([]R, int, *consumer) error,
) scenario {
	return func(detail string, operations int, meter *meter) (outcome, error) {
		n, err := parseNetwork(detail)
		if err != nil {
			return outcome{}, err
		}
		all := readers(data(), n)
		return timed(operations, meter, func(operations int, to *consumer) error {
			return body(all, operations, to)
		})
	}
}

// timed runs a body once to warm up, then between the marks.
func timed(operations int, meter *meter, body func(operations int, to *consumer) error) (outcome, error) {
	to := consumer{foldsAll: true}
	if err := body(operations/10, &to); err != nil {
		return outcome{}, err
	}
	to.foldsAll = false
	meter.start()
	err := body(operations, &to)
	meter.stop()
	return outcome{check: to.check}, err
}

func shortFrames() []byte { return framed(64, 1340) }

func init() {
	for variant, body := range map[string]func([]*bufio.Reader, int, *consumer) error{
		"make": packetsMade, "reused": packetsReused, "peek": packetsPeeked,
	} {
		register("packets", variant, overNetwork(plain, bufioReaders, body))
	}
	register("packets", "chained", overNetwork(plain, chainedReaders, packetsChained))
	for _, name := range []string{"frames", "pressure"} {
		for variant, body := range map[string]func([]*bufio.Reader, int, *consumer) error{
			"make": framesMade, "reused": framesReused, "peek": framesPeeked,
		} {
			register(name, variant, overNetwork(shortFrames, bufioReaders, body))
		}
		register(name, "chained", overNetwork(shortFrames, chainedReaders, framesChained))
	}
}
