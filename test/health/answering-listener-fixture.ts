// Answers every request with a short HTTP response and closes. Writes its port of loopback first. Ended by a signal.

const listener = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    data: (socket) => void socket.end("HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"),
    error: () => undefined,
  },
});
console.log(listener.port);
