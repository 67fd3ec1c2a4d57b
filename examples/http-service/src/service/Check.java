package service;

import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.Locale;

/// Asks a service for digits while it retrains.
final class Check {
  private static final int QUESTIONS = 50;
  private static final int MOST_ROUNDS = 50;

  private Check() {}

  /// @return one line
  static String run(Service service) throws IOException, InterruptedException {
    DataSet digits = Digits.draw(99, 0, QUESTIONS);
    try (HttpClient client = HttpClient.newHttpClient()) {
      int asked = 0;
      int right = 0;
      int during = 0;
      // A training may be over before the first question is.
      for (int round = 1; round <= MOST_ROUNDS && (during == 0 || asked < QUESTIONS); round++) {
        post(client, service, "/train", new byte[0]);
        String next = "version " + (round + 1);
        boolean trained = false;
        while (!trained) {
          int row = asked % QUESTIONS;
          byte[] picture = Arrays.copyOfRange(digits.bytes(), row * 784, (row + 1) * 784);
          String answer = post(client, service, "/predict", picture).body();
          right += answer.startsWith(digits.labels()[row] + " ") ? 1 : 0;
          asked++;
          trained = get(client, service).startsWith(next);
          during += trained ? 0 : 1;
        }
      }
      int refused = post(client, service, "/predict", new byte[3]).statusCode();
      return String.format(Locale.ROOT, "service: %s module, %s, most are right: %b, answered during training: %b, wrong size: %d", Service.class.getModule().isNamed() ? "named" : "unnamed",
              service.backend(),
              right > asked * 0.7,
              during > 0,
              refused);
    }
  }

  private static URI uri(Service service, String path) {
    return URI.create("http://localhost:" + service.port() + path);
  }

  private static HttpResponse<String> post(
      HttpClient client, Service service, String path, byte[] body)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(uri(service, path)).POST(BodyPublishers.ofByteArray(body)).build();
    return client.send(request, BodyHandlers.ofString());
  }

  private static String get(HttpClient client, Service service)
      throws IOException, InterruptedException {
    return client
        .send(HttpRequest.newBuilder(uri(service, "/model")).build(), BodyHandlers.ofString())
        .body();
  }
}
