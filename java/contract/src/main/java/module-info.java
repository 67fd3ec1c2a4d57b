/// The contract suite: what every backend must do, as JUnit tests to extend.
module dev.descent.contract {
  requires transitive dev.descent;
  requires transitive dev.descent.testing;
  requires transitive org.junit.jupiter.api;
  requires transitive org.junit.jupiter.params;
  requires static org.jspecify;

  exports dev.descent.contract;

  opens dev.descent.contract;
}
