package dev.descent.cli.shell;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;

/// Sends the signals that end programs to an [Interruption].
///
/// The JDK's only interface for this is `sun.misc.Signal`, which javac warns of wherever it is named
/// and which a runtime may lack; so it is called by reflection, and where it is missing a signal ends
/// the program as it always did.
final class Signals {
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

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
}
