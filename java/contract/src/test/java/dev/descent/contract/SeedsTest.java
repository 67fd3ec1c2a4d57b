package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.descent.testing.Inputs;
import dev.descent.testing.Seeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// What a failure says of the random inputs of its test.
final class SeedsTest {
  /// The seeds that each test of [Failing] had, by its name.
  private static final Map<String, List<String>> MADE = new HashMap<>();

  private static String made(String test, Inputs inputs) {
    MADE.computeIfAbsent(test, _ -> new ArrayList<>()).add(inputs.toString());
    return test;
  }

  /// Run by the test below alone.
  @ExtendWith(Seeds.class)
  static final class Failing {
    private final Inputs field = Inputs.fresh();

    @Test
    void byInputsOfItsOwn() {
      made("byInputsOfItsOwn", field);
      throw new AssertionError(made("byInputsOfItsOwn", Inputs.fresh()));
    }

    @Test
    void byInputsOfAnotherThread() throws InterruptedException {
      made("byInputsOfAnotherThread", field);
      Thread other = new Thread(() -> made("byInputsOfAnotherThread", Inputs.fresh()));
      other.start();
      other.join();
      throw new AssertionError("byInputsOfAnotherThread");
    }

    @Test
    void byOneThatSaysItself() {
      made("byOneThatSaysItself", field);
      throw new AssertionError("byOneThatSaysItself " + field);
    }
  }

  @Test
  void aFailureNamesTheSeedsOfItsTestAndNoOthers() {
    List<String> messages = new ArrayList<>();
    MADE.clear();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(Failing.class)).build(),
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                result.getThrowable().ifPresent(e -> messages.add(e.getMessage()));
              }
            });
    assertEquals(3, messages.size());
    MADE.forEach((test, seeds) -> {
      String message = messages.stream().filter(m -> m.contains(test)).findAny().orElseThrow();
      MADE.values().stream()
          .flatMap(List::stream)
          .forEach(seed -> {
            if (seeds.contains(seed)) {
              assertTrue(message.contains(seed), message);
              assertEquals(message.indexOf(seed), message.lastIndexOf(seed), message);
            } else {
              assertFalse(message.contains(seed), message);
            }
          });
    });
  }
}
