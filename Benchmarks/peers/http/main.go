// "Hello, World!" with Go's net/http: one goroutine for each connection.
//
//	http [-address 127.0.0.1:8082]
package main

import (
	"flag"
	"log"
	"net/http"
)

func main() {
	address := flag.String("address", "127.0.0.1:8082", "where to listen")
	flag.Parse()
	hello := []byte("Hello, World!")
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		header["Content-Type"] = []string{"text/plain"}
		header["Content-Length"] = []string{"13"}
		w.Write(hello)
	})
	log.Fatal(http.ListenAndServe(*address, handler))
}
