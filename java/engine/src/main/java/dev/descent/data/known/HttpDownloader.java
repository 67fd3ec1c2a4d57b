package dev.descent.data.known;

import dev.descent.DescentException;
import dev.descent.internal.format.AtomicFile;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/// Downloads one address into one file. It never hangs: a server that sends nothing for a while, or
/// next to nothing, is given up. It goes from one address to another where the server says so, but
/// never from https to http.
final class HttpDownloader implements AutoCloseable {
  private static final int OK = 200;
  private static final long POLL_MILLISECONDS = 50;

  private final HttpClient client;
  private final Duration patience;
  private final DataFetcher.Listener listener;

  /// @param patience how long a server may take to connect, and to send nothing
  HttpDownloader(Duration patience, DataFetcher.Listener listener) {
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(patience)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    this.patience = patience;
    this.listener = listener;
  }

  /// The user gave up.
  static final class CancelledException extends DescentException {
    private static final long serialVersionUID = 1L;

    CancelledException(String file) {
      super("download of " + file + " cancelled; nothing was kept of it");
    }
  }

  /// There is no way to the server.
  static final class Unreachable extends IOException {
    private static final long serialVersionUID = 1L;

    Unreachable(String message, IOException cause) {
      super(message, cause);
    }
  }

  /// Downloads.
  ///
  /// @param name the file's name in progress reports
  /// @param target an empty file
  /// @throws IOException with the reason as its message, if this address does not deliver
  /// @throws Download.WriteFailure if the file can't be written
  /// @throws CancelledException if the listener or an interrupt asked for it
  void download(String name, URI address, Path target, long mostBytes) throws IOException {
    AtomicLong received = new AtomicLong();
    AtomicLong total = new AtomicLong(-1);
    try (FileChannel channel = open(target)) {
      BodyHandler<Long> handler =
          info -> {
            if (info.statusCode() != OK) {
              return BodySubscribers.replacing(-1L);
            }
            total.set(info.headers().firstValueAsLong("Content-Length").orElse(-1));
            return new Download(channel, mostBytes, received);
          };
      HttpRequest request = HttpRequest.newBuilder(address).build();
      CompletableFuture<HttpResponse<Long>> response = client.sendAsync(request, handler);
      int status = await(name, response, received, total).statusCode();
      if (status != OK) {
        throw new IOException("answers with HTTP status " + status);
      }
      channel.force(true);
    }
  }

  private static FileChannel open(Path target) throws Download.WriteFailure {
    try {
      return FileChannel.open(target, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new Download.WriteFailure(e);
    }
  }

  private <T> T await(
      String name, CompletableFuture<T> response, AtomicLong received, AtomicLong total)
      throws IOException {
    long lastBytes = -1;
    var watch = new TransferWatch(patience, System::nanoTime);
    try {
      while (true) {
        long bytes = received.get();
        if (bytes != lastBytes) {
          lastBytes = bytes;
          listener.progress(name, bytes, total.get());
        }
        String problem = watch.problem(bytes);
        if (problem != null) {
          throw new IOException(problem);
        }
        if (listener.cancelled()) {
          throw new CancelledException(name);
        }
        try {
          T result = response.get(POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
          listener.progress(name, received.get(), total.get());
          return result;
        } catch (TimeoutException _) {
          // Not there yet: look at the progress.
        }
      }
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw inWords(cause == null ? e : cause);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CancelledException(name);
    } finally {
      response.cancel(true);
    }
  }

  private static IOException inWords(Throwable failure) {
    return switch (failure) {
      case Download.WriteFailure w -> w;
      case HttpConnectTimeoutException e -> new Unreachable("takes too long to connect", e);
      case ConnectException e -> new Unreachable("can't be reached", e);
      case IOException e -> new IOException("breaks off: " + AtomicFile.reason(e), e);
      default -> new IOException("fails: " + failure, failure);
    };
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
