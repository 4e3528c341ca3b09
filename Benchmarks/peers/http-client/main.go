// The work of http-client-benchmark with Go's net/http client, and the server that both are measured against.
//
//	http-client -serve 127.0.0.1:8082         a server; to /close it closes the connection behind each response
//	http-client URL MODE REQUESTS IN-FLIGHT   MODE is pool or fresh: a connection for each request
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func serve(address string) {
	hello := []byte("Hello, World!")
	log.Fatal(http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["Content-Type"] = []string{"text/plain"}
		header["Content-Length"] = []string{"13"}
		if r.URL.Path == "/close" {
			header["Connection"] = []string{"close"}
		}
		w.Write(hello)
	})))
}

var dials atomic.Int64

func run(client *http.Client, url string, requests, inFlight int) {
	var group sync.WaitGroup
	for worker := 0; worker < inFlight; worker++ {
		count := requests / inFlight
		if worker < requests%inFlight {
			count++
		}
		group.Add(1)
		go func() {
			defer group.Done()
			for ; count > 0; count-- {
				response, err := client.Get(url)
				if err != nil {
					log.Fatal(err)
				}
				size, err := io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if err != nil || size != 13 || response.StatusCode != 200 {
					log.Fatal("wrong response: ", response.StatusCode, size, err)
				}
			}
		}()
	}
	group.Wait()
}

func cpu() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func main() {
	address := flag.String("serve", "", "where to listen; without, it is a client")
	flag.Parse()
	if *address != "" {
		serve(*address)
	}
	if flag.NArg() != 4 {
		log.Fatal("usage: http-client URL pool|fresh REQUESTS IN-FLIGHT")
	}
	requests, _ := strconv.Atoi(flag.Arg(2))
	inFlight, _ := strconv.Atoi(flag.Arg(3))
	dialer := &net.Dialer{}
	transport := &http.Transport{
		MaxIdleConns: inFlight, MaxIdleConnsPerHost: inFlight, DisableKeepAlives: flag.Arg(1) == "fresh",
		DisableCompression: true,
	}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return dialer.DialContext(ctx, network, address)
	}
	client := &http.Client{Transport: transport}
	run(client, flag.Arg(0), requests/10, inFlight)

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	startCPU, start := cpu(), time.Now()
	opened := dials.Load()
	run(client, flag.Arg(0), requests, inFlight)
	wall, used := time.Since(start), cpu()-startCPU
	runtime.ReadMemStats(&after)
	line, _ := json.Marshal(map[string]int64{
		"requests": int64(requests), "cpuNs": used.Nanoseconds(), "wallNs": wall.Nanoseconds(),
		"dials": dials.Load() - opened, "mallocs": int64(after.Mallocs - before.Mallocs),
	})
	fmt.Fprintln(os.Stdout, string(line))
}
