// The scenarios of core-benchmark with Go's standard library, one per process, with the same arguments and output:
//
//	go-peer SCENARIO VARIANT OPERATIONS
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// outcome is what a scenario came to: the value that must be the same for all contestants, and for pools how long
// borrowers waited.
type outcome struct {
	check      uint64
	half, most uint64
}

// A scenario gets what follows the slash in its name, and runs its timed part between meter.start and meter.stop.
type scenario func(detail string, operations int, meter *meter) (outcome, error)

var scenarios = map[string]scenario{}

func register(name, variant string, body scenario) { scenarios[name+" "+variant] = body }

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: go-peer SCENARIO VARIANT OPERATIONS"))
	}
	name, variant := os.Args[1], os.Args[2]
	operations, err := strconv.Atoi(os.Args[3])
	if err != nil || operations <= 0 {
		fail(fmt.Errorf("'%s' is not a number of operations", os.Args[3]))
	}
	kind, detail, _ := strings.Cut(name, "/")
	body, found := scenarios[kind+" "+variant]
	if !found {
		fail(fmt.Errorf("%s %s: no such scenario or variant", name, variant))
	}
	var meter meter
	result, err := body(detail, operations, &meter)
	if err != nil {
		fail(fmt.Errorf("%s %s: %w", name, variant, err))
	}
	meter.report(name, variant, operations, result)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "go-peer:", err)
	os.Exit(2)
}
