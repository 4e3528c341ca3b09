module millpond/peers/http

go 1.22
