package digits;

import dev.descent.Engine;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

@SpringBootApplication
public class Application {
  public static void main(String[] args) {
    SpringApplication.run(Application.class, args);
  }

  /// Spring closes it.
  @Bean
  Engine engine() {
    return Engine.open("auto");
  }

  @Bean
  Model model() {
    return Model.sequential(784).dense(64, Activation.RELU).dense(10).build(1);
  }
}
