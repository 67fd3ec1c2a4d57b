package dev.descent.cuda;

import dev.descent.program.Buffer;
import dev.descent.program.Program;
import java.util.HashMap;
import java.util.Map;

/// Where everything lies in the one piece of device memory of a program: its buffers, then what
/// kernels need besides. All sizes are known before anything is allocated.
final class Layout {
  /// What every part starts on: what the driver itself gives.
  private static final long ALIGNMENT = 256;

  /// Each has tickets and a workspace of its own, since their kernels run at the same time.
  private static final int STREAMS = 2;

  private final Map<Buffer, Long> buffers = new HashMap<>();
  private final long status;
  private final long tickets;
  private final long partials;
  private final long workspace;
  private final long ticketBytes;
  private final long workspaceBytes;
  private final long bytes;

  /// @param ticketBytes one int for each tile of a product with a split k, and one for losses
  /// @param partialBytes where the blocks of a loss leave their sums
  /// @param workspaceBytes where the parts of a split k meet, or what cuBLAS works in
  Layout(Program program, long ticketBytes, long partialBytes, long workspaceBytes) {
    long at = 0;
    for (Buffer buffer : program.buffers()) {
      buffers.put(buffer, at);
      at = after(at, buffer.bytes());
    }
    status = at;
    this.ticketBytes = after(0, ticketBytes);
    this.workspaceBytes = after(0, workspaceBytes);
    tickets = after(status, Integer.BYTES);
    partials = tickets + STREAMS * this.ticketBytes;
    workspace = after(partials, partialBytes);
    bytes = workspace + STREAMS * this.workspaceBytes;
  }

  private static long after(long at, long size) {
    return Math.ceilDiv(Math.addExact(at, size), ALIGNMENT) * ALIGNMENT;
  }

  /// Where a buffer starts.
  ///
  /// @throws IllegalArgumentException if it is not of this program
  long offset(Buffer buffer) {
    Long offset = buffers.get(buffer);
    if (offset == null) {
      throw new IllegalArgumentException("buffer " + buffer.name() + " is not of this program");
    }
    return offset;
  }

  /// An int in which kernels report faults in data.
  long status() {
    return status;
  }

  /// Ints by which blocks learn which of them comes last; 0 between kernels.
  ///
  /// @param aside whether of the second stream
  long tickets(boolean aside) {
    return aside ? tickets + ticketBytes : tickets;
  }

  long partials() {
    return partials;
  }

  long workspace(boolean aside) {
    return aside ? workspace + workspaceBytes : workspace;
  }

  /// All of it.
  long bytes() {
    return bytes;
  }
}
