// WebSocket echo and broadcast the usual way in Go: net/http, a hijacked connection, a goroutine to read it and,
// where others write to it, a goroutine with a channel to write. Standard library only.
//
//	websocket [-address 127.0.0.1:9002] [-mode echo|broadcast]
package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"flag"
	"log"
	"net"
	"net/http"
	"strings"
)

const acceptKey = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// upgrade answers the handshake and takes the connection over.
func upgrade(w http.ResponseWriter, r *http.Request) (net.Conn, *bufio.Reader, bool) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if key == "" || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		http.Error(w, "a WebSocket handshake is expected", http.StatusUpgradeRequired)
		return nil, nil, false
	}
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return nil, nil, false
	}
	sum := sha1.Sum([]byte(key + acceptKey))
	_, err = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"))
	if err != nil {
		conn.Close()
		return nil, nil, false
	}
	return conn, buffered.Reader, true
}

func echo(w http.ResponseWriter, r *http.Request) {
	conn, reader, ok := upgrade(w, r)
	if !ok {
		return
	}
	defer conn.Close()
	var out []byte
	messages := newMessages(reader)
	for {
		opcode, payload, err := messages.next()
		if err != nil {
			return
		}
		out = appendFrame(out[:0], answerTo(opcode), payload)
		if _, err := conn.Write(out); err != nil || opcode == opClose {
			return
		}
	}
}

func broadcast(hub *hub) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, reader, ok := upgrade(w, r)
		if !ok {
			return
		}
		member := hub.join(conn)
		defer hub.leave(member)
		messages := newMessages(reader)
		for {
			opcode, payload, err := messages.next()
			if err != nil {
				return
			}
			switch opcode {
			case opText, opBinary:
				hub.publish(appendFrame(nil, opcode, payload))
			case opPing, opClose:
				member.queue <- appendFrame(nil, answerTo(opcode), payload)
				if opcode == opClose {
					return
				}
			}
		}
	}
}

func main() {
	address := flag.String("address", "127.0.0.1:9002", "where to listen")
	mode := flag.String("mode", "echo", "echo or broadcast")
	flag.Parse()
	handler := http.HandlerFunc(echo)
	if *mode == "broadcast" {
		handler = broadcast(newHub())
	}
	log.Fatal(http.ListenAndServe(*address, handler))
}
