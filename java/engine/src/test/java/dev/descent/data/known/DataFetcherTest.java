package dev.descent.data.known;

import static dev.descent.data.read.TestFiles.assertRefused;
import static dev.descent.data.read.TestFiles.gzip;
import static dev.descent.data.read.TestFiles.write;
import static dev.descent.data.read.TestFiles.zip;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.DescentException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DataFetcherTest {
  private static final byte[] CONTENT =
      "the content of a file ".repeat(10_000).getBytes(StandardCharsets.UTF_8);
  private static final DataFetcher.Listener QUIET = (_, _, _) -> {};

  @TempDir Path root;
  private LoopbackServer server;

  private Duration patience = Duration.ofSeconds(60);

  @BeforeEach
  void start() throws IOException {
    server = new LoopbackServer();
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private static String digest(String algorithm, byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
  }

  private static PublishedData data(List<Checksum> checksums, URI... mirrors) {
    PublishedFile file =
        new PublishedFile("f.gz", List.of("f"), List.of(mirrors), checksums, 2L * CONTENT.length);
    return new PublishedData(
        "thing", "A thing", "thing", List.of(file), "https://thing.example", 1, 1, 1, List.of("a"));
  }

  private PublishedData plain(String... paths) throws Exception {
    return data(
        List.of(Checksum.ofFile("MD5", digest("MD5", CONTENT))),
        Arrays.stream(paths).map(server::address).toArray(URI[]::new));
  }

  private List<DataFetcher.Fetched> fetch(PublishedData data) {
    return new DataFetcher(QUIET, patience).fetch(data, root);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> list = Files.list(root.resolve("thing"))) {
      return list.map(file -> String.valueOf(file.getFileName())).toList();
    }
  }

  private void assertNothingLeft() {
    assertTrue(Files.notExists(root.resolve("thing")), "a folder is left");
  }

  private void assertFails(PublishedData data, String... parts) throws IOException {
    assertRefused(() -> fetch(data), parts);
    assertNothingLeft();
  }

  @Test
  void downloadsOnceWithProgress() throws Exception {
    server.answer("/f", CONTENT);
    AtomicLong last = new AtomicLong();
    DataFetcher fetcher =
        new DataFetcher((file, bytes, total) -> {
          assertEquals("f.gz", file);
          assertTrue(bytes >= last.getAndSet(bytes));
          assertTrue(total == -1 || total == CONTENT.length);
        });
    DataFetcher.Fetched fetched = fetcher.fetch(plain("/f"), root).getFirst();
    assertEquals(DataFetcher.Outcome.DOWNLOADED, fetched.outcome());
    assertArrayEquals(CONTENT, Files.readAllBytes(root.resolve("thing/f.gz")));
    assertEquals(List.of("f.gz"), files());
    assertEquals(CONTENT.length, last.get());
    // No second request.
    assertEquals(
        DataFetcher.Outcome.VERIFIED, fetcher.fetch(plain("/f"), root).getFirst().outcome());
    assertEquals(1, server.requests());
  }

  @Test
  void comparesContentWhereThatIsPublished() throws Exception {
    server.answer("/f", gzip(CONTENT));
    PublishedData data =
        data(
            List.of(Checksum.ofContent("SHA-256", digest("SHA-256", CONTENT))),
            server.address("/f"));
    assertEquals(DataFetcher.Outcome.DOWNLOADED, fetch(data).getFirst().outcome());
    assertEquals(DataFetcher.Outcome.VERIFIED, fetch(data).getFirst().outcome());
  }

  @Test
  void comparesEntriesOfArchives() throws Exception {
    byte[] text = "1,2,3".getBytes(StandardCharsets.UTF_8);
    Checksum checksum = Checksum.ofEntry("SHA-256", digest("SHA-256", text), "a.csv");
    server.answer("/z", zip("a.csv", "1,2,4"));
    PublishedData data = data(List.of(checksum), server.address("/z"));
    assertFails(data, "sends another file", checksum.hex(), "a.csv");
    server.answer("/z", zip("x/a.csv", "1,2,3", "b.csv", ""));
    assertEquals(DataFetcher.Outcome.DOWNLOADED, fetch(data).getFirst().outcome());
    // The same data unpacked are as good.
    Files.delete(root.resolve("thing/f.gz"));
    write(root.resolve("thing"), "a.csv", text);
    assertEquals(DataFetcher.Outcome.VERIFIED, fetch(data).getFirst().outcome());
  }

  @Test
  void triesTheMirrorsInTurn() throws Exception {
    server.answer("/gone", "404 Not Found", 4, new byte[4], false);
    server.answer("/other", new byte[9]);
    server.answer("/short", "200 OK", CONTENT.length, Arrays.copyOf(CONTENT, 1000), false);
    server.answer("/f", CONTENT);
    assertEquals(
        DataFetcher.Outcome.DOWNLOADED,
        fetch(plain("/gone", "/other", "/short", "/f")).getFirst().outcome());
    assertEquals(List.of("f.gz"), files());
  }

  @Test
  void namesTheReasonAndTheRemedy() throws Exception {
    server.answer("/f", "404 Not Found", 0, new byte[0], false);
    assertFails(plain("/f"), "/f answers with HTTP status 404", "place f.gz", "thing.example");
    server.answer("/f", "200 OK", CONTENT.length, Arrays.copyOf(CONTENT, 1000), false);
    assertFails(plain("/f"), "/f breaks off");
    server.answer("/f", new byte[2 * CONTENT.length + 1]);
    assertFails(plain("/f"), "sends more than " + 2 * CONTENT.length);
    server.answer("/f", new byte[5]);
    assertFails(plain("/f"), "sends another file", digest("MD5", CONTENT));
  }

  @Test
  void followsRedirectsButNotForEver() throws Exception {
    server.redirect("/old", "/f");
    server.answer("/f", CONTENT);
    fetch(plain("/old"));
    assertEquals(List.of("f.gz"), files());
    Files.delete(root.resolve("thing").resolve("f.gz"));
    Files.delete(root.resolve("thing"));
    server.redirect("/f", "/g");
    server.redirect("/g", "/f");
    assertFails(plain("/f"), "/f answers with HTTP status 302");
    server.redirect("/f", "file:///etc/hostname");
    assertFails(plain("/f"), "/f");
    server.redirect("/f", "http://[::1");
    assertFails(plain("/f"), "/f");
  }

  @Test
  void whatAServerSaysReachesNoTerminalRaw() throws Exception {
    for (String status : List.of("\u001b]0;owned\u0007", "200\u001b[2J", "\u009b31m", "OK 200")) {
      server.answer("/f", status, 3, new byte[3], false);
      DataException e = assertThrows(DataException.class, () -> fetch(plain("/f")));
      assertTrue(
          e.getMessage().chars().noneMatch(Character::isISOControl),
          () -> "raw: " + e.getMessage());
      assertNothingLeft();
    }
  }

  /// A slow machine may look like a silent server, but not the other way round.
  @Test
  void aServerThatFallsSilentIsGivenUp() throws Exception {
    patience = Duration.ofMillis(500);
    server.answer("/f", "503 Busy", 1 << 30, new byte[10], true);
    assertFails(plain("/f"), "sends nothing for 0.5 s");
    server.answer("/f", "200 OK", CONTENT.length, Arrays.copyOf(CONTENT, 1000), true);
    assertFails(plain("/f"), "sends nothing for 0.5 s");
  }

  @Test
  void damagedArchivesAreAnotherFile() throws Exception {
    byte[] packed = gzip(CONTENT);
    PublishedData data =
        data(List.of(Checksum.ofContent("MD5", digest("MD5", CONTENT))), server.address("/f"));
    server.answer("/f", Arrays.copyOf(packed, packed.length - 9));
    assertFails(data, "sends another file", "truncated");
  }

  @Test
  void saysThatThereIsNoNetwork() throws Exception {
    PublishedData data = plain("/f");
    server.close();
    assertFails(data, "can't be reached", "is there a network?", root.resolve("thing").toString());
    PublishedData nowhere =
        data(
            List.of(Checksum.ofFile("MD5", digest("MD5", CONTENT))),
            URI.create("http://no-such-host.invalid/f"));
    assertFails(nowhere, "can't be reached", "is there a network?");
  }

  @Test
  void leavesOtherFilesAlone() throws Exception {
    Path folder = Files.createDirectory(root.resolve("thing"));
    Path mine = write(folder, "f.gz", gzip(new byte[] {1, 2, 3}));
    byte[] before = Files.readAllBytes(mine);
    assertRefused(() -> fetch(plain("/f")), "f.gz", "expected the MD5", "move the file away");
    assertArrayEquals(before, Files.readAllBytes(mine));
    assertEquals(0, server.requests());
    Files.delete(mine);
    write(folder, "f", "unpacked by hand");
    assertEquals(DataFetcher.Outcome.FOUND, fetch(plain("/f")).getFirst().outcome());
  }

  @Test
  void cancelLeavesNothing() throws Exception {
    server.answer("/f", "200 OK", CONTENT.length, Arrays.copyOf(CONTENT, 1000), true);
    DataFetcher.Listener impatient =
        new DataFetcher.Listener() {
          private long seen;

          @Override
          public void progress(String file, long bytes, long totalBytes) {
            seen = bytes;
          }

          @Override
          public boolean cancelled() {
            return seen == 1000;
          }
        };
    PublishedData data = plain("/f", "/never");
    DescentException e =
        assertThrows(DescentException.class, () -> new DataFetcher(impatient).fetch(data, root));
    assertTrue(String.valueOf(e.getMessage()).contains("cancelled"), e.getMessage());
    assertNothingLeft();
    assertEquals(1, server.requests());
  }

  @Test
  void interruptCancelsAndStays() throws Exception {
    server.answer("/f", "200 OK", CONTENT.length, new byte[0], true);
    PublishedData data = plain("/f");
    Thread.currentThread().interrupt();
    assertThrows(DescentException.class, () -> new DataFetcher(QUIET).fetch(data, root));
    assertTrue(Thread.interrupted());
    assertNothingLeft();
  }

  @Test
  void saysWhyTheFolderCannotBeMade() throws Exception {
    write(root, "thing", "a file");
    PublishedData data = plain("/f");
    DescentException e = assertThrows(DescentException.class, () -> fetch(data));
    assertTrue(String.valueOf(e.getMessage()).contains("can't make folder"), e.getMessage());
  }
}
