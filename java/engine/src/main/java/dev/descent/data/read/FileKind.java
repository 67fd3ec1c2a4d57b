package dev.descent.data.read;

import dev.descent.DataException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/// Kinds of files that are no tables in text, known by their first bytes.
enum FileKind {
  NPY("\u0093NUMPY", "an array of NumPy; read the folder it is in as npy:DIR"),
  PARQUET("PAR1", "Parquet; write it as CSV (in pandas: read_parquet, then to_csv)"),
  HDF5("\u0089HDF\r\n\u001a\n", "HDF5; write its table as CSV, or its arrays as npz:FILE"),
  ARROW("ARROW1", "Arrow or Feather; write it as CSV (in pandas: read_feather, then to_csv)"),
  FEATHER("FEA1", "Feather; write it as CSV (in pandas: read_feather, then to_csv)"),
  ORC("ORC", "ORC; write it as CSV (in pandas: read_orc, then to_csv)"),
  XLS("\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1", "an old Excel workbook; save it as CSV"),
  SQLITE("SQLite format 3\u0000", "a SQLite database; export the table as CSV"),
  PDF("%PDF-", "a PDF; export the table as CSV"),
  PNG("\u0089PNG\r\n\u001a\n", "a PNG picture; pictures go into images:DIR"),
  JPEG("\u00ff\u00d8\u00ff", "a JPEG picture; pictures go into images:DIR"),
  SEVEN_ZIP("7z\u00bc\u00af'\u001c", "a 7z archive; unpack it, or pack it as zip"),
  XZ("\u00fd7zXZ\u0000", "packed with xz; unpack it, or pack it with gzip"),
  BZIP2("BZh", "packed with bzip2; unpack it, or pack it with gzip"),
  ZSTD("(\u00b5/\u00fd", "packed with zstd; unpack it, or pack it with gzip"),
  RAR("Rar!\u001a\u0007", "a RAR archive; unpack it, or pack it as zip"),
  PICKLE("\u0080\u0004\u0095", "a Python pickle; write it as CSV"),
  JSON("{", "JSON; write it as CSV"),
  JSON_LIST("[{", "JSON; write it as CSV"),
  HTML("<!DOCTYPE", "a web page; the download may have failed"),
  HTML_TAG("<html", "a web page; the download may have failed"),
  XML("<?xml", "XML; write it as CSV");

  private static final Set<FileKind> TEXTS = Set.of(PDF, JSON, JSON_LIST, HTML, HTML_TAG, XML);

  private final String magic;
  private final String remedy;

  FileKind(String magic, String remedy) {
    this.magic = magic;
    this.remedy = remedy;
  }

  /// Refuses a file that begins like one of these.
  ///
  /// @param start its first bytes
  static void requireText(String file, byte[] start) {
    for (FileKind kind : values()) {
      if (kind.begins(start)) {
        throw new DataException(file + ": is " + kind.remedy);
      }
    }
  }

  /// Letters alone may begin a header: what is binary has bytes that no text has soon behind them.
  private boolean begins(byte[] start) {
    boolean odd = TEXTS.contains(this);
    for (byte b : start) {
      odd |= b < 0 || (b < ' ' && b != '\t' && b != '\n' && b != '\r');
    }
    if (!odd) {
      return false;
    }
    return new String(start, StandardCharsets.ISO_8859_1).startsWith(magic);
  }

  /// Refuses an archive that is another kind of file, by the names of what it holds.
  static void requireArchive(String file, List<String> names) {
    if (names.contains("[Content_Types].xml")) {
      boolean workbook = names.stream().anyMatch(name -> name.startsWith("xl/"));
      throw new DataException(
          "%s: is %s; save the sheet as CSV"
              .formatted(file, workbook ? "an Excel workbook" : "a document of Office"));
    }
    if (names.contains("content.xml") && names.contains("mimetype")) {
      throw new DataException(file + ": is a document of LibreOffice; save the sheet as CSV");
    }
    if (!names.isEmpty() && names.stream().allMatch(name -> name.endsWith(".npy"))) {
      throw new DataException(file + ": holds arrays of NumPy; read it as npz:FILE");
    }
  }
}
