package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// Small writes with and without a buffer, and a file to the socket that the runner passes as standard input.

const (
	writeSize = 64
	perFlush  = 16
)

func smallWrites(to io.Writer, flush func() error, far, operations int, result *consumer) error {
	data := make([]byte, writeSize)
	for index := range data {
		data[index] = 7
	}
	received := make([]byte, writeSize*perFlush)
	for number := range operations / perFlush {
		for part := range perFlush {
			data[0], data[writeSize-1] = byte(number), byte(part)
			if _, err := to.Write(data); err != nil {
				return err
			}
		}
		if err := flush(); err != nil {
			return err
		}
		if count, err := syscall.Read(far, received); count != len(received) {
			return fmt.Errorf("%d of %d bytes came: %v", count, len(received), err)
		}
		result.warmUp(received)
		result.take(received)
	}
	return nil
}

// connection makes a net.Conn of a descriptor, as programs have it.
func connection(descriptor int) (net.Conn, error) {
	file := os.NewFile(uintptr(descriptor), "socket")
	defer file.Close()
	return net.FileConn(file)
}

func socketWrites(buffered bool) scenario {
	return func(_ string, operations int, meter *meter) (outcome, error) {
		ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			return outcome{}, err
		}
		near, err := connection(ends[0])
		if err != nil {
			return outcome{}, err
		}
		defer near.Close()
		var to io.Writer = near
		flush := func() error { return nil }
		if buffered {
			writer := bufio.NewWriter(near)
			to, flush = writer, writer.Flush
		}
		return timed(operations, meter, func(operations int, result *consumer) error {
			return smallWrites(to, flush, ends[1], operations, result)
		})
	}
}

// copyingSink is memory that takes everything, by copying it.
type copyingSink struct {
	target []byte
	total  uint64
}

func (s *copyingSink) Write(bytes []byte) (int, error) {
	s.total += uint64(len(bytes))
	return copy(s.target, bytes), nil
}

func memoryWrites(_ string, operations int, meter *meter) (outcome, error) {
	sink := &copyingSink{target: make([]byte, 1<<17)}
	writer := bufio.NewWriterSize(sink, 64*1024)
	data := make([]byte, writeSize)
	run := func(operations int) error {
		for range operations {
			if _, err := writer.Write(data); err != nil {
				return err
			}
		}
		return nil
	}
	if err := run(operations / 10); err != nil {
		return outcome{}, err
	}
	meter.start()
	err := run(operations)
	if err == nil {
		err = writer.Flush()
	}
	meter.stop()
	return outcome{check: sink.total}, err
}

// plainWriter hides that a connection can do better than be written to.
type plainWriter struct{ io.Writer }

// sendFile sends the first bytes of the file named by MILLPOND_BENCH_FILE; the reader at the other end checks them.
func sendFile(hidden bool) scenario {
	return func(_ string, count int, meter *meter) (outcome, error) {
		file, err := os.Open(os.Getenv("MILLPOND_BENCH_FILE"))
		if err != nil {
			return outcome{}, err
		}
		defer file.Close()
		socket, err := connection(0)
		if err != nil {
			return outcome{}, err
		}
		defer socket.Close()
		var to io.Writer = socket
		if hidden {
			to = plainWriter{socket}
		}
		meter.start()
		sent, err := io.Copy(to, io.LimitReader(file, int64(count)))
		meter.stop()
		if err == nil && sent != int64(count) {
			err = fmt.Errorf("%d of %d bytes were in the file", sent, count)
		}
		return outcome{check: uint64(sent)}, err
	}
}

func init() {
	register("writes", "buffered", socketWrites(true))
	register("writes", "unbuffered", socketWrites(false))
	register("memory", "buffered", memoryWrites)
	register("file", "copy", sendFile(true))
	register("file", "sendfile", sendFile(false))
}
