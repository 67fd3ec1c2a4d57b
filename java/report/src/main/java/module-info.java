/// Reports of training runs as pages of HTML, and their logs for tables and TensorBoard.
module dev.descent.report {
  requires transitive dev.descent;
  requires static org.jspecify;

  exports dev.descent.report;
  exports dev.descent.internal.page to
      dev.descent.cli;
}
