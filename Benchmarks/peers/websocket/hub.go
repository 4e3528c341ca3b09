package main

import (
	"net"
	"sync"
)

// member is a connection with the frames that wait for it and a goroutine that writes them.
type member struct {
	conn  net.Conn
	queue chan []byte
}

// hub sends what one says to all. A frame is encoded once and shared.
type hub struct {
	mutex   sync.RWMutex
	members map[*member]struct{}
}

func newHub() *hub { return &hub{members: map[*member]struct{}{}} }

func (h *hub) join(conn net.Conn) *member {
	m := &member{conn: conn, queue: make(chan []byte, 64)}
	go func() {
		defer conn.Close()
		for frame := range m.queue {
			if _, err := conn.Write(frame); err != nil {
				// Keep draining, so that no publisher waits for a connection that is gone.
				for range m.queue {
				}
				return
			}
		}
	}()
	h.mutex.Lock()
	h.members[m] = struct{}{}
	h.mutex.Unlock()
	return m
}

func (h *hub) leave(m *member) {
	h.mutex.Lock()
	delete(h.members, m)
	h.mutex.Unlock()
	close(m.queue)
}

func (h *hub) publish(frame []byte) {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	for m := range h.members {
		m.queue <- frame
	}
}
