module millpond/benchmarks/peers/go

go 1.27
