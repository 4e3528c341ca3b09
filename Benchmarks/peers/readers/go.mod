module millpond/peers/readers

go 1.22
