package dev.descent.data.known;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A server that answers as badly as a test wants: what it sends for a path is sent byte for byte,
/// and then the connection is closed, or held open where the answer says so.
final class LoopbackServer implements AutoCloseable {
  private final ServerSocket socket;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final AtomicInteger requests = new AtomicInteger();

  private record Answer(byte[] bytes, boolean hold) {}

  LoopbackServer() throws IOException {
    socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  URI address(String path) {
    return URI.create("http://127.0.0.1:" + socket.getLocalPort() + path);
  }

  /// The number of requests so far.
  int requests() {
    return requests.get();
  }

  /// Sends a status line, a length that may be a lie, and a body.
  void answer(String path, String status, int declared, byte[] body, boolean hold) {
    byte[] head =
        "HTTP/1.1 %s\r\nContent-Length: %s\r\nConnection: close\r\n\r\n"
            .formatted(status, declared)
            .getBytes(StandardCharsets.ISO_8859_1);
    raw(path, head, body, hold);
  }

  /// Sends the client to another address.
  void redirect(String path, String location) {
    byte[] head =
        "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .formatted(location)
            .getBytes(StandardCharsets.ISO_8859_1);
    raw(path, head, new byte[0], false);
  }

  private void raw(String path, byte[] head, byte[] body, boolean hold) {
    byte[] bytes = new byte[head.length + body.length];
    System.arraycopy(head, 0, bytes, 0, head.length);
    System.arraycopy(body, 0, bytes, head.length, body.length);
    answers.put(path, new Answer(bytes, hold));
  }

  void answer(String path, byte[] body) {
    answer(path, "200 OK", body.length, body, false);
  }

  private void serve() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        Thread.ofVirtual().start(() -> handle(connection));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void handle(Socket connection) {
    try (connection) {
      requests.incrementAndGet();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
      String request = in.readLine();
      for (String line = request; line != null && !line.isEmpty(); ) {
        line = in.readLine();
      }
      Answer answer = answers.get(request.split(" ", -1)[1]);
      OutputStream out = connection.getOutputStream();
      out.write(answer.bytes());
      out.flush();
      if (answer.hold()) {
        // Until the other side hangs up.
        in.readLine();
      }
    } catch (IOException _) {
      // The client has gone.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
