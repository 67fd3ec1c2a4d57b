package dev.descent.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NearestWordTest {
  @Test
  void countsWhatMustChange() {
    assertEquals(0, NearestWord.distance("", ""));
    assertEquals(3, NearestWord.distance("", "abc"));
    assertEquals(3, NearestWord.distance("kitten", "sitting"));
    assertEquals(1, NearestWord.distance("trian", "train"));
    assertEquals(1, NearestWord.distance("epoch", "epochs"));
  }

  @Test
  void suggestsOnlyWhatIsNear() {
    List<String> words = List.of("train", "evaluate", "data");
    assertEquals(Optional.of("evaluate"), NearestWord.of("evalaute", words));
    assertEquals(Optional.empty(), NearestWord.of("xyzzy", words));
    assertEquals(Optional.empty(), NearestWord.of("x", List.of()));
  }
}
