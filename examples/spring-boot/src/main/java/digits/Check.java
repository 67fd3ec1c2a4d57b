package digits;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.Map;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/// With `--check`: asks this service for digits while it retrains, and ends it.
@Component
class Check implements ApplicationRunner {
  private static final int QUESTIONS = 50;
  private static final int MOST_ROUNDS = 50;

  private final ServletWebServerApplicationContext context;
  private final Engine engine;
  private final MeterRegistry registry;

  Check(ServletWebServerApplicationContext context, Engine engine, MeterRegistry registry) {
    this.context = context;
    this.engine = engine;
    this.registry = registry;
  }

  @Override
  public void run(ApplicationArguments arguments) {
    if (!arguments.containsOption("check")) {
      return;
    }
    RestClient client =
        RestClient.create("http://localhost:" + context.getWebServer().getPort());
    DataSet digits = dev.descent.data.known.Digits.draw(99, 0, QUESTIONS);
    int asked = 0;
    int right = 0;
    int during = 0;
    int rounds = 0;
    // A training may be over before the first question is.
    while (rounds < MOST_ROUNDS && (during == 0 || asked < QUESTIONS)) {
      rounds++;
      client.post().uri("/train").retrieve().toBodilessEntity();
      String next = Integer.toString(rounds + 1);
      boolean trained = false;
      while (!trained) {
        int row = asked % QUESTIONS;
        String best = best(client, Arrays.copyOfRange(digits.bytes(), row * 784, (row + 1) * 784));
        right += best.equals(Integer.toString(digits.labels()[row])) ? 1 : 0;
        asked++;
        trained = next.equals(client.get().uri("/model").retrieve().body(String.class));
        during += trained ? 0 : 1;
      }
    }
    System.out.println(
        "service: %s, most are right: %b, answered during training: %b, epochs counted: %b"
            .formatted(
                engine.device().backend(),
                right > asked * 0.7,
                during > 0,
                registry.counter("descent.training.epochs").count() == 2 * (rounds + 1)));
    context.close();
  }

  private static String best(RestClient client, byte[] picture) {
    Map<String, Double> answer =
        client
            .post()
            .uri("/predict")
            .contentType(MediaType.APPLICATION_OCTET_STREAM)
            .body(picture)
            .retrieve()
            .body(new ParameterizedTypeReference<Map<String, Double>>() {});
    return answer.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }
}
