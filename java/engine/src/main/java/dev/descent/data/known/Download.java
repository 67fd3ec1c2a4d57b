package dev.descent.data.known;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Writes the body of a response to a file as it arrives, counts it, and breaks off when it is
/// longer than it may be.
final class Download implements BodySubscriber<Long> {
  private final FileChannel channel;
  private final long mostBytes;
  private final AtomicLong received;
  private final CompletableFuture<Long> result = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;

  /// @param channel receives the body; stays open
  /// @param received counts the bytes. Modified.
  Download(FileChannel channel, long mostBytes, AtomicLong received) {
    this.channel = channel;
    this.mostBytes = mostBytes;
    this.received = received;
  }

  /// The file can't be written: another mirror won't help.
  static final class WriteFailure extends IOException {
    private static final long serialVersionUID = 1L;

    WriteFailure(IOException cause) {
      super(cause);
    }

    /// What went wrong.
    IOException reason() {
      return getCause() instanceof IOException e ? e : this;
    }
  }

  @Override
  public CompletionStage<Long> getBody() {
    return result;
  }

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    subscription = newSubscription;
    newSubscription.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    try {
      for (ByteBuffer buffer : buffers) {
        if (received.addAndGet(buffer.remaining()) > mostBytes) {
          throw new IOException("sends more than " + mostBytes + " bytes");
        }
        write(buffer);
      }
      if (subscription != null) {
        subscription.request(1);
      }
    } catch (IOException e) {
      if (subscription != null) {
        subscription.cancel();
      }
      result.completeExceptionally(e);
    }
  }

  private void write(ByteBuffer buffer) throws WriteFailure {
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw new WriteFailure(e);
    }
  }

  @Override
  public void onError(Throwable failure) {
    result.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    result.complete(received.get());
  }
}
