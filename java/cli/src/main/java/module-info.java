/// The `descent` command.
module dev.descent.cli {
  requires dev.descent;
  requires info.picocli;
  requires java.desktop;
  requires static org.jspecify;

  opens dev.descent.cli to
      info.picocli;
}
