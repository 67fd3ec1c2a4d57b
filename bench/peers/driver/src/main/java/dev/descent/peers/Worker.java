package dev.descent.peers;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/// The loop of a side's JVM: a line in, a line out, until the input ends. Lines that are meant for
/// the driver begin with [#REPLY] or [#FAILURE]; native libraries may print what they like between
/// them.
public final class Worker {
  /// Begins an answer.
  public static final String REPLY = "= ";

  /// Begins the reason why there is no answer; the JVM then ends.
  public static final String FAILURE = "! ";

  /// Asks for an epoch: `seconds loss`.
  public static final String EPOCH = "epoch";

  /// Asks for the accuracy on the test images.
  public static final String ACCURACY = "accuracy";

  private Worker() {}

  /// Answers a request.
  @FunctionalInterface
  interface Service {
    String answer(String request) throws Exception;
  }

  /// Trains when told to. The first answer comes unasked: the side's description, once it is ready.
  public static void train(String[] arguments, Side.Opener opener) {
    PrintStream out = takeStandardOutput();
    try (Side side = opener.open(Task.of(arguments))) {
      serve(out, side.description(), request -> answer(side, request));
    } catch (Throwable e) {
      fail(out, e);
    }
    // Some products leave threads behind that are no daemons.
    System.exit(0);
  }

  private static String answer(Side side, String request) throws Exception {
    return switch (request) {
      case EPOCH -> {
        Side.Epoch epoch = side.epoch();
        yield epoch.seconds() + " " + epoch.loss();
      }
      case ACCURACY -> Double.toString(side.accuracy());
      default -> throw new IllegalArgumentException("no request " + request);
    };
  }

  /// Multiplies when told to, see [Products#answer].
  public static void multiply(Supplier<Multiplier> opener) {
    PrintStream out = takeStandardOutput();
    try (Multiplier multiplier = opener.get()) {
      serve(out, multiplier.description(), new Products(multiplier)::answer);
    } catch (Throwable e) {
      fail(out, e);
    }
    System.exit(0);
  }

  /// What Java libraries print goes to the log.
  private static PrintStream takeStandardOutput() {
    var out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    return out;
  }

  private static void serve(PrintStream out, String description, Service service) throws Exception {
    out.println(REPLY + description);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(REPLY + service.answer(line));
    }
  }

  private static void fail(PrintStream out, Throwable e) {
    e.printStackTrace();
    out.println(FAILURE + e.toString().replaceAll("\\s*\\R\\s*", "; "));
    System.exit(1);
  }
}
