package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA

	maximumMessage = 1 << 20
)

var errProtocol = errors.New("the client broke the protocol")

// answerTo is the opcode that answers another: a pong to a ping, its own to any other.
func answerTo(opcode byte) byte {
	if opcode == opPing {
		return opPong
	}
	return opcode
}

// messages reads whole messages; control frames between fragments come as they are.
type messages struct {
	reader  *bufio.Reader
	kind    byte
	message []byte
	control [125]byte
	open    bool
}

func newMessages(reader *bufio.Reader) *messages { return &messages{reader: reader} }

// next returns a message or a control frame. The payload is valid until the next call.
func (m *messages) next() (byte, []byte, error) {
	if !m.open {
		m.message = m.message[:0]
	}
	for {
		var head [8]byte
		if _, err := io.ReadFull(m.reader, head[:2]); err != nil {
			return 0, nil, err
		}
		final, opcode := head[0]&0x80 != 0, head[0]&0x0F
		if head[0]&0x70 != 0 || head[1]&0x80 == 0 {
			return 0, nil, errProtocol
		}
		length := uint64(head[1] & 0x7F)
		switch length {
		case 126:
			if _, err := io.ReadFull(m.reader, head[:2]); err != nil {
				return 0, nil, err
			}
			length = uint64(binary.BigEndian.Uint16(head[:2]))
		case 127:
			if _, err := io.ReadFull(m.reader, head[:8]); err != nil {
				return 0, nil, err
			}
			length = binary.BigEndian.Uint64(head[:8])
		}
		var mask [4]byte
		if _, err := io.ReadFull(m.reader, mask[:]); err != nil {
			return 0, nil, err
		}
		if opcode >= opClose {
			if length > 125 || !final {
				return 0, nil, errProtocol
			}
			payload := m.control[:length]
			if _, err := io.ReadFull(m.reader, payload); err != nil {
				return 0, nil, err
			}
			unmask(payload, mask)
			return opcode, payload, nil
		}
		if m.open != (opcode == opContinuation) || uint64(len(m.message))+length > maximumMessage {
			return 0, nil, errProtocol
		}
		if opcode != opContinuation {
			m.kind = opcode
		}
		start := len(m.message)
		m.message = append(m.message, make([]byte, length)...)
		if _, err := io.ReadFull(m.reader, m.message[start:]); err != nil {
			return 0, nil, err
		}
		unmask(m.message[start:], mask)
		m.open = !final
		if final {
			return m.kind, m.message, nil
		}
	}
}

// unmask works on eight bytes at a time.
func unmask(payload []byte, mask [4]byte) {
	word := uint64(binary.LittleEndian.Uint32(mask[:]))
	word |= word << 32
	for len(payload) >= 8 {
		binary.LittleEndian.PutUint64(payload, binary.LittleEndian.Uint64(payload)^word)
		payload = payload[8:]
	}
	for i := range payload {
		payload[i] ^= mask[i&3]
	}
}

func appendFrame(out []byte, opcode byte, payload []byte) []byte {
	out = append(out, 0x80|opcode)
	switch length := len(payload); {
	case length < 126:
		out = append(out, byte(length))
	case length < 1<<16:
		out = append(out, 126)
		out = binary.BigEndian.AppendUint16(out, uint16(length))
	default:
		out = append(out, 127)
		out = binary.BigEndian.AppendUint64(out, uint64(length))
	}
	return append(out, payload...)
}
