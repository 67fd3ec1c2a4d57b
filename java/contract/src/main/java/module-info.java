/// The contract suite: what every backend must do, as JUnit tests to extend.
module dev.descent.contract {
  requires transitive dev.descent;
  requires transitive org.junit.jupiter.api;
  requires static org.jspecify;

  exports dev.descent.contract;
}
