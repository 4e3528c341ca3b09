module millpond/peers/websocket

go 1.22
