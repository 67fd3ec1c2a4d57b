package dev.descent.cli.data;

import dev.descent.DescentException;
import dev.descent.cli.option.Converters;
import dev.descent.cli.option.Task;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.data.known.DataFetcher;
import dev.descent.data.known.DataFetcher.Fetched;
import dev.descent.data.known.DataFolder;
import dev.descent.data.known.PublishedData;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `descent data fetch`: downloads a data set. The only command that uses the network.
@Command(
    name = "fetch",
    customSynopsis = {"descent data fetch TASK [OPTIONS]", ""},
    description = "Download a data set, and check it.")
public final class DataFetchCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "TASK",
      converter = Task.Converter.class,
      description = "mnist, fashion or asl.")
  private @Nullable Task task;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      converter = Converters.File.class,
      description = "Where data sets lie. Default: DESCENT_DATA, else the user's cache folder.")
  private @Nullable Path data;

  public DataFetchCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    PublishedData wanted = published();
    Path root = DataFolder.resolve(data);
    invocation.print("%s to %s".formatted(wanted.title(), root.resolve(wanted.folder())));
    var progress = new FetchProgress(invocation);
    invocation.interruption().guard(progress::cancel);
    try {
      for (Fetched fetched : new DataFetcher(progress).fetch(wanted, root)) {
        invocation.print(
            "%s: %s".formatted(fetched.file().getFileName(), words(fetched.outcome())));
      }
      return ExitStatus.DONE;
    } catch (DescentException e) {
      int interrupted = invocation.interruption().status();
      if (interrupted == 0) {
        throw e;
      }
      progress.endLine();
      invocation.print("interrupted; nothing half-done is left");
      return interrupted;
    } finally {
      progress.endLine();
    }
  }

  private PublishedData published() {
    if (task == null) {
      throw new IllegalStateException("no task; picocli requires one");
    }
    Task named = task;
    return named
        .published()
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(),
                "%s needs no download; there are mnist, fashion, asl".formatted(named)));
  }

  private static String words(DataFetcher.Outcome outcome) {
    return switch (outcome) {
      case DOWNLOADED -> "downloaded, checksum right";
      case VERIFIED -> "was there, checksum right";
      case FOUND -> "was there";
    };
  }
}
