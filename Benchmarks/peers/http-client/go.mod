module millpond/peers/http-client

go 1.22
