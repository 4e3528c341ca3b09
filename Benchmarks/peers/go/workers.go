package main

import (
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Jobs submitted from one place: each in a goroutine of its own, through a buffered channel to as many workers as there
// are processors, and through a bounded pool whose workers take several jobs at a time from a ring under a lock.

type job func()

// An executor runs jobs until it is finished, which waits for all of them.
type executor interface {
	submit(job)
	finish()
}

type goroutines struct{ all sync.WaitGroup }

func (g *goroutines) submit(body job) { g.all.Go(body) }
func (g *goroutines) finish()         { g.all.Wait() }

type channelWorkers struct {
	queue chan job
	all   sync.WaitGroup
}

func newChannelWorkers(workers, limit int) *channelWorkers {
	pool := &channelWorkers{queue: make(chan job, limit)}
	for range workers {
		pool.all.Go(func() {
			for body := range pool.queue {
				body()
			}
		})
	}
	return pool
}

func (p *channelWorkers) submit(body job) { p.queue <- body }

func (p *channelWorkers) finish() {
	close(p.queue)
	p.all.Wait()
}

// boundedPool starts a worker when a job comes and none is idle, up to its limit.
type boundedPool struct {
	mutex                sync.Mutex
	work, room           sync.Cond
	ring                 []job
	head, count          int
	workers, idle, limit int
	closed               bool
	all                  sync.WaitGroup
}

func newBoundedPool(workers, limit int) *boundedPool {
	pool := &boundedPool{ring: make([]job, limit), limit: workers}
	pool.work.L, pool.room.L = &pool.mutex, &pool.mutex
	return pool
}

func (p *boundedPool) submit(body job) {
	p.mutex.Lock()
	for p.count == len(p.ring) {
		p.room.Wait()
	}
	p.ring[(p.head+p.count)%len(p.ring)] = body
	p.count++
	if p.idle > 0 {
		p.work.Signal()
	} else if p.workers < p.limit {
		p.workers++
		p.all.Go(p.run)
	}
	p.mutex.Unlock()
}

func (p *boundedPool) run() {
	var batch [16]job
	for {
		p.mutex.Lock()
		for p.count == 0 && !p.closed {
			p.idle++
			p.work.Wait()
			p.idle--
		}
		if p.count == 0 {
			p.mutex.Unlock()
			return
		}
		// A fair share, so that jobs which block do not wait behind each other.
		taken := min(len(batch), max(1, p.count/p.limit))
		for index := range taken {
			batch[index] = p.ring[p.head]
			p.ring[p.head] = nil
			p.head = (p.head + 1) % len(p.ring)
		}
		if p.count == len(p.ring) {
			p.room.Broadcast()
		}
		p.count -= taken
		p.mutex.Unlock()
		for _, body := range batch[:taken] {
			body()
		}
	}
}

func (p *boundedPool) finish() {
	p.mutex.Lock()
	p.closed = true
	p.work.Broadcast()
	p.mutex.Unlock()
	p.all.Wait()
}

func trivialJobs(start func(workers, limit int) executor) scenario {
	return func(detail string, operations int, meter *meter) (outcome, error) {
		queueLimit, err := strconv.Atoi(detail)
		if err != nil {
			return outcome{}, err
		}
		var sum atomic.Uint64
		run := func(operations int) {
			pool := start(runtime.GOMAXPROCS(0), queueLimit)
			for number := range operations {
				pool.submit(func() { sum.Add(uint64(number)) })
			}
			pool.finish()
		}
		run(operations / 10)
		meter.start()
		run(operations)
		meter.stop()
		return outcome{check: sum.Load()}, nil
	}
}

func sleepingJobs(start func(workers, limit int) executor) scenario {
	return func(detail string, operations int, meter *meter) (outcome, error) {
		workers, err := strconv.Atoi(detail)
		if err != nil {
			return outcome{}, err
		}
		var sum atomic.Uint64
		meter.start()
		pool := start(workers, operations)
		for number := range operations {
			pool.submit(func() {
				time.Sleep(10 * time.Millisecond)
				sum.Add(uint64(number))
			})
		}
		pool.finish()
		meter.stop()
		return outcome{check: sum.Load()}, nil
	}
}

func init() {
	for variant, start := range map[string]func(workers, limit int) executor{
		"go":      func(int, int) executor { return new(goroutines) },
		"channel": func(workers, limit int) executor { return newChannelWorkers(workers, limit) },
		"bounded": func(workers, limit int) executor { return newBoundedPool(workers, limit) },
	} {
		register("jobs", variant, trivialJobs(start))
		register("sleep", variant, sleepingJobs(start))
	}
}
