// Go's net/http as a peer of ours.
//
//	peers serve FOLDER      prints its port; files, on connections that end after a moment without requests
//	peers client URL FILE   requests of many kinds to an echo-http that serves FILE's folder; exits with 1 at the first
//	                        that is answered wrongly
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "serve":
		err = serve(os.Args[2])
	case len(os.Args) == 4 && os.Args[1] == "client":
		err = client(os.Args[2], os.Args[3])
	default:
		err = errors.New("usage: peers serve FOLDER | peers client URL FILE")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func serve(folder string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server := http.Server{Handler: http.FileServer(http.Dir(folder)), IdleTimeout: 20 * time.Millisecond}
	return server.Serve(listener)
}

func client(base, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	name := filepath.Base(file)
	connections := 0
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if !info.Reused {
			connections++
		}
	}}
	ctx := httptrace.WithClientTrace(context.Background(), trace)
	ask := func(method, path string, body io.Reader, fields ...string) (*http.Response, []byte, error) {
		request, err := http.NewRequestWithContext(ctx, method, base+path, body)
		if err != nil {
			return nil, nil, err
		}
		for index := 0; index < len(fields); index += 2 {
			request.Header.Set(fields[index], fields[index+1])
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, nil, err
		}
		defer response.Body.Close()
		bytes, err := io.ReadAll(response.Body)
		return response, bytes, err
	}
	expect := func(what string, status int, want []byte, response *http.Response, got []byte, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if response.StatusCode != status || want != nil && !bytes.Equal(got, want) {
			return fmt.Errorf("%s: %d and %d bytes, not %d and %d", what, response.StatusCode, len(got), status, len(want))
		}
		return nil
	}
	host := strings.TrimPrefix(base, "http://")
	echoed := func(method, path, body string) []byte {
		return []byte(fmt.Sprintf("%s %s host=%s len=%d body=%s", method, path, host, len(body), body))
	}

	large := strings.Repeat("0123456789abcdef", 8000)
	for round := range 50 {
		path := fmt.Sprintf("/a/%d?q=%d", round, round)
		response, got, err := ask("GET", path, nil)
		if err := expect("GET", 200, echoed("GET", path, ""), response, got, err); err != nil {
			return err
		}
		response, got, err = ask("POST", path, strings.NewReader(large))
		if err := expect("POST with a length", 200, echoed("POST", path, large), response, got, err); err != nil {
			return err
		}
		// A reader of unknown length is sent in chunks.
		response, got, err = ask("PUT", path, io.MultiReader(strings.NewReader(large)), "Expect", "100-continue")
		if err := expect("PUT in chunks", 200, echoed("PUT", path, large), response, got, err); err != nil {
			return err
		}
		response, got, err = ask("GET", "/"+name, nil)
		if err := expect("a file", 200, content, response, got, err); err != nil {
			return err
		}
		modified := response.Header.Get("Last-Modified")
		response, got, err = ask("GET", "/"+name, nil, "If-Modified-Since", modified)
		if err := expect("a file not modified", 304, []byte{}, response, got, err); err != nil {
			return err
		}
		response, got, err = ask("GET", "/"+name, nil, "Range", "bytes=100-299")
		if err := expect("a part of a file", 206, content[100:300], response, got, err); err != nil {
			return err
		}
		response, got, err = ask("HEAD", "/"+name, nil)
		if err := expect("HEAD of a file", 200, []byte{}, response, got, err); err != nil {
			return err
		}
		if response.ContentLength != int64(len(content)) {
			return fmt.Errorf("HEAD of a file: a length of %d", response.ContentLength)
		}
	}
	if connections != 1 {
		return fmt.Errorf("%d connections for requests one after the other", connections)
	}
	return concurrent(base, echoed)
}

func concurrent(base string, echoed func(method, path, body string) []byte) error {
	failures := make(chan error, 64)
	var group sync.WaitGroup
	for worker := range 64 {
		group.Go(func() {
			for number := range 100 {
				path := fmt.Sprintf("/%d/%d", worker, number)
				response, err := http.Post(base+path, "text/plain", strings.NewReader(path))
				if err != nil {
					failures <- err
					return
				}
				got, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || !bytes.Equal(got, echoed("POST", path, path)) {
					failures <- fmt.Errorf("%s was answered with %q, %v", path, got, err)
					return
				}
			}
		})
	}
	group.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}
