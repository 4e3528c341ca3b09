package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// A connection is borrowed, used once, and given back: database/sql's pool over a driver that does nothing, and the
// channel of connections that is often used instead.

// fakeConn counts without synchronization, so that the sum is wrong if two ever had it.
type fakeConn struct{ uses uint64 }

var errNoStatements = errors.New("the driver only connects")

func (*fakeConn) Prepare(string) (driver.Stmt, error) { return nil, errNoStatements }
func (*fakeConn) Close() error                        { return nil }
func (*fakeConn) Begin() (driver.Tx, error)           { return nil, errNoStatements }

// opened hands out connections and remembers them.
type opened struct {
	mutex sync.Mutex
	all   []*fakeConn
}

func (o *opened) open() *fakeConn {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.all = append(o.all, new(fakeConn))
	return o.all[len(o.all)-1]
}

func (o *opened) Connect(context.Context) (driver.Conn, error) { return o.open(), nil }
func (o *opened) Driver() driver.Driver                        { return nil }

func (o *opened) uses() (sum uint64) {
	for _, one := range o.all {
		sum += one.uses
	}
	return
}

// A lender lends a connection for the time of a call.
type lender interface {
	with(use func(*fakeConn)) error
}

type sqlLender struct{ pool *sql.DB }

func (l sqlLender) with(use func(*fakeConn)) error {
	connection, err := l.pool.Conn(context.Background())
	if err != nil {
		return err
	}
	err = connection.Raw(func(raw any) error {
		use(raw.(*fakeConn))
		return nil
	})
	return errors.Join(err, connection.Close())
}

type channelLender chan *fakeConn

func (l channelLender) with(use func(*fakeConn)) error {
	connection := <-l
	use(connection)
	l <- connection
	return nil
}

func sqlPool(opened *opened, limit int) lender {
	pool := sql.OpenDB(opened)
	pool.SetMaxOpenConns(limit)
	pool.SetMaxIdleConns(limit)
	return sqlLender{pool}
}

func channelPool(opened *opened, limit int) lender {
	idle := make(channelLender, limit)
	for range limit {
		idle <- opened.open()
	}
	return idle
}

func uncontended(make func(*opened, int) lender) scenario {
	return func(_ string, operations int, meter *meter) (outcome, error) {
		pool := make(new(opened), 1)
		return timed(operations, meter, func(operations int, to *consumer) error {
			use := func(connection *fakeConn) {
				connection.uses++
				to.fold(connection.uses)
			}
			for range operations {
				if err := pool.with(use); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// compete has so many goroutines borrow; each lets the others run while it has a connection.
func compete(pool lender, goroutines, operations int) (waits []uint64, err error) {
	all := make([][]uint64, goroutines)
	failures := make(chan error, goroutines)
	for index := range goroutines {
		go func() {
			mine := make([]uint64, 0, operations/goroutines)
			var asked time.Time
			use := func(connection *fakeConn) {
				mine = append(mine, uint64(time.Since(asked)))
				connection.uses++
				runtime.Gosched()
			}
			var failure error
			for range operations / goroutines {
				asked = time.Now()
				if failure = pool.with(use); failure != nil {
					break
				}
			}
			all[index] = mine
			failures <- failure
		}()
	}
	for range goroutines {
		err = errors.Join(err, <-failures)
	}
	return slices.Concat(all...), err
}

func contended(make func(*opened, int) lender) scenario {
	return func(detail string, operations int, meter *meter) (outcome, error) {
		var goroutines, connections int
		if _, err := fmt.Sscanf(detail, "%d-%d", &goroutines, &connections); err != nil {
			return outcome{}, err
		}
		opened := new(opened)
		pool := make(opened, connections)
		if _, err := compete(pool, goroutines, operations/10); err != nil {
			return outcome{}, err
		}
		meter.start()
		waits, err := compete(pool, goroutines, operations)
		meter.stop()
		slices.Sort(waits)
		return outcome{opened.uses(), waits[len(waits)/2], waits[len(waits)*99/100]}, err
	}
}

func init() {
	register("borrow", "sql", uncontended(sqlPool))
	register("borrow", "channel", uncontended(channelPool))
	register("waiters", "sql", contended(sqlPool))
	register("waiters", "channel", contended(channelPool))
}
