package dev.descent.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Every benchmark runs; how fast is not looked at.
final class BenchmarksTest {
  @Test
  void everyBenchmarkRuns() throws Exception {
    Options once =
        new OptionsBuilder()
            .include("dev\\.descent\\.bench\\..*")
            .param("shape", "7x33x17")
            .param("size", "1001")
            .param("batch", "32")
            .param("threads", "2")
            .param(
                "optimizer", "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")
            .mode(Mode.SingleShotTime)
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();
    Collection<RunResult> results = new Runner(once).run();
    assertEquals(5, results.stream().map(r -> r.getParams().getBenchmark()).distinct().count());
  }
}
