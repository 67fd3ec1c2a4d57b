/// The `descent` command.
module dev.descent.cli {
  requires dev.descent;
  requires dev.descent.onnx;
  requires dev.descent.report;
  requires info.picocli;
  requires java.desktop;
  // Interrupts (Ctrl-C) that end training after the current step.
  requires jdk.unsupported;
  requires static org.jspecify;

  opens dev.descent.cli to
      info.picocli;
  opens dev.descent.cli.bench to
      info.picocli;
  opens dev.descent.cli.compare to
      info.picocli;
  opens dev.descent.cli.data to
      info.picocli;
  opens dev.descent.cli.exchange to
      info.picocli;
  opens dev.descent.cli.inspect to
      info.picocli;
  opens dev.descent.cli.option to
      info.picocli;
  opens dev.descent.cli.shell to
      info.picocli;
  opens dev.descent.cli.train to
      info.picocli;
}
