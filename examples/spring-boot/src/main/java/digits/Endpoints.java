package digits;

import dev.descent.DataException;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Endpoints {
  private final Digits digits;

  Endpoints(Digits digits) {
    this.digits = digits;
  }

  /// The probability of each digit for a picture of 28 x 28 bytes.
  @PostMapping(path = "/predict", consumes = "application/octet-stream")
  Map<String, Double> predict(@RequestBody byte[] picture) {
    return digits.predict(picture).byName();
  }

  @PostMapping("/train")
  void train() {
    digits.retrain();
  }

  @GetMapping("/model")
  int model() {
    return digits.version();
  }

  @ExceptionHandler
  @ResponseStatus(HttpStatus.BAD_REQUEST)
  String refuse(DataException e) {
    return e.getMessage();
  }
}
