/// The `descent` command.
module dev.descent.cli {
  requires dev.descent;
  requires info.picocli;
  requires java.desktop;
  // Interrupts (Ctrl-C) that end training after the current step.
  requires jdk.unsupported;
  requires static org.jspecify;

  opens dev.descent.cli to
      info.picocli;
}
