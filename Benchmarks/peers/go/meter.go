package main

import (
	"bufio"
	"encoding/json"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// meter measures the timed part of a scenario. What the runtime allocated is read outside the times.
type meter struct {
	wall          time.Time
	cpu           uint64
	before, after runtime.MemStats
	wallNs, cpuNs uint64
}

func (m *meter) start() {
	runtime.GC()
	runtime.ReadMemStats(&m.before)
	m.cpu = processTime()
	m.wall = time.Now()
}

func (m *meter) stop() {
	m.wallNs = uint64(time.Since(m.wall))
	m.cpuNs = processTime() - m.cpu
	runtime.ReadMemStats(&m.after)
}

func (m *meter) report(name, variant string, operations int, result outcome) {
	fields := map[string]any{
		"scenario": name, "variant": variant, "operations": operations, "wallNs": m.wallNs, "cpuNs": m.cpuNs,
		"mallocs": m.after.Mallocs - m.before.Mallocs, "allocatedBytes": m.after.TotalAlloc - m.before.TotalAlloc,
		"gcRuns": m.after.NumGC - m.before.NumGC, "peakBytes": peakResidentBytes(),
		"check": strconv.FormatUint(result.check, 16),
	}
	if result.most > 0 {
		fields["p50Ns"], fields["p99Ns"] = result.half, result.most
	}
	if err := json.NewEncoder(os.Stdout).Encode(fields); err != nil {
		fail(err)
	}
}

// processTime is the CPU time of the whole process, the garbage collector's included.
func processTime() uint64 {
	const processCPUTime = 2
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, processCPUTime, uintptr(unsafe.Pointer(&now)), 0)
	return uint64(now.Nano())
}

func peakResidentBytes() uint64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			kibibytes, _ := strconv.ParseUint(strings.Fields(rest)[0], 10, 64)
			return kibibytes * 1024
		}
	}
	return 0
}
