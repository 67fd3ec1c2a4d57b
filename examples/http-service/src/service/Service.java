package service;

import static dev.descent.program.Activation.RELU;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import dev.descent.model.Model;
import dev.descent.predict.Prediction;
import dev.descent.predict.Predictor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// Recognizes digits. `POST /predict` takes a picture of 28 x 28 bytes; `POST /train` retrains on
/// new digits and replaces the model, while predictions go on; `GET /model` says which model
/// answers.
public final class Service implements AutoCloseable {
  private static final int DIGITS = 2000;
  private static final int LARGEST_BODY = 784;

  private final Engine engine = Engine.open("auto");
  private final Model model = Model.sequential(784).dense(64, RELU).dense(10).build(1);
  private final ExecutorService trainer = Executors.newSingleThreadExecutor();
  private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger version = new AtomicInteger();
  private final Predictor predictor;
  private final HttpServer server;

  Service(int port) throws IOException {
    train(1);
    version.set(1);
    predictor = engine.predictor(model);
    server = HttpServer.create(new InetSocketAddress(port), 0);
    server.setExecutor(requests);
    server.createContext("/predict", exchange -> answer(exchange, this::predict));
    server.createContext("/train", exchange -> answer(exchange, this::retrain));
    server.createContext("/model", exchange -> answer(exchange, _ -> "version " + version));
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  String backend() {
    return engine.device().backend();
  }

  /// Runs on one thread at a time.
  private void train(int seed) {
    DataSet digits = Digits.draw(seed, 0, DIGITS);
    engine.trainer(model).batch(32).fit(digits, 2);
  }

  private String predict(byte[] picture) {
    Prediction prediction = predictor.answer(picture);
    return String.format(Locale.ROOT, "%s %.4f", prediction.best(), prediction.value(prediction.best()));
  }

  private String retrain(byte[] ignored) {
    trainer.execute(() -> {
      train(version.get() + 1);
      predictor.update(model);
      version.incrementAndGet();
    });
    return "training";
  }

  private interface Answer {
    String to(byte[] body);
  }

  private static void answer(HttpExchange exchange, Answer answer) throws IOException {
    try (exchange) {
      int status = 200;
      String text;
      try {
        text = answer.to(exchange.getRequestBody().readNBytes(LARGEST_BODY + 1));
      } catch (DescentException e) {
        status = 400;
        text = e.getMessage();
      }
      byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    requests.close();
    trainer.close();
    predictor.close();
    engine.close();
  }

  /// @param args the port; `--check` to ask itself some questions and end
  public static void main(String[] args) throws Exception {
    boolean check = args.length > 0 && args[0].equals("--check");
    Service service = new Service(check || args.length == 0 ? 0 : Integer.parseInt(args[0]));
    if (check) {
      try (service) {
        System.out.println(Check.run(service));
      }
    } else {
      System.out.println("http://localhost:" + service.port());
    }
  }
}
