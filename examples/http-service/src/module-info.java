/// A service that trains and predicts.
module service {
  requires dev.descent;
  requires java.logging;
  requires java.net.http;
  requires jdk.httpserver;
}
