// Answers every request with a short HTTP response and closes. Writes its port first; it listens on every address of loopback. Ended by a signal.

const listener = Bun.listen({
  hostname: "0.0.0.0",
  port: 0,
  socket: {
    data: (socket) => void socket.end("HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"),
    error: () => undefined,
  },
});
console.log(listener.port);
