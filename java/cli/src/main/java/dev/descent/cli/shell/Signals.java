package dev.descent.cli.shell;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Sends the signals that end programs to an [Interruption].
///
/// The JDK's only interface for this is `sun.misc.Signal`, which javac warns of wherever it is
/// named and which a runtime may lack; so it is called by reflection, and where it is missing a
/// signal ends the program as it always did. A signal that was ignored when the program started
/// stays ignored.
final class Signals {
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");
  private static final String IGNORED = "SigIgn:";
  private static final int HEXADECIMAL = 16;

  private Signals() {}

  static void sendTo(Interruption interruption) {
    for (String name : NAMES) {
      try {
        handle(name, interruption);
      } catch (ReflectiveOperationException | IllegalArgumentException _) {
        // No such signal on this system, or the virtual machine keeps it for itself.
      }
    }
  }

  // A proxy is equal to nothing but itself.
  @SuppressWarnings("ReferenceEquality")
  private static void handle(String name, Interruption interruption)
      throws ReflectiveOperationException {
    Class<?> signalClass = Class.forName("sun.misc.Signal");
    Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
    Object signal = signalClass.getConstructor(String.class).newInstance(name);
    int number = (int) signalClass.getMethod("getNumber").invoke(signal);
    if (isIgnored(number)) {
      return;
    }
    InvocationHandler handler =
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "handle" -> {
                interruption.signal(number);
                yield null;
              }
              case "equals" -> arguments != null && proxy == arguments[0];
              case "hashCode" -> System.identityHashCode(proxy);
              default -> "interruption by SIG" + name;
            };
    Object proxy =
        Proxy.newProxyInstance(
            handlerClass.getClassLoader(), new Class<?>[] {handlerClass}, handler);
    signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, proxy);
  }

  /// Whether the program was started with a signal ignored, as under nohup and as a shell does for
  /// SIGINT of what runs in its background: it stays ignored. Where the system does not tell, none
  /// is.
  private static boolean isIgnored(int signal) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(IGNORED))
          .map(line -> new BigInteger(line.substring(IGNORED.length()).strip(), HEXADECIMAL))
          .anyMatch(mask -> mask.testBit(signal - 1));
    } catch (IOException | UncheckedIOException | NumberFormatException _) {
      return false;
    }
  }
}
