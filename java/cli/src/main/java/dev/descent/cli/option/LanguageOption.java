package dev.descent.cli.option;

import dev.descent.cli.lesson.Language;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.text.Letters;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;
import picocli.CommandLine.TypeConversionException;

/// The flag that chooses the language of lessons.
public final class LanguageOption {
  @Spec(Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--lang",
      paramLabel = "LANG",
      converter = ByTag.class,
      description =
          "The language: en, or zh-TW (Traditional Chinese). Default: zh-TW where the locale is of"
              + " Taiwan, Hong Kong or Macau, else en.")
  private @Nullable Language asked;

  /// The requested language, or else the user's, if the output's encoding has its letters.
  ///
  /// @throws ParameterException if it was requested and the encoding lacks its letters
  public Language language(Invocation invocation) {
    var letters = new Letters(invocation.out().charset());
    Language language = asked;
    if (language == null) {
      language = Language.preferred(System::getenv, Locale.getDefault(Locale.Category.DISPLAY));
      return letters.have(language.sample()) ? language : Language.ENGLISH;
    }
    if (!letters.have(language.sample())) {
      throw new ParameterException(
          spec.commandLine(),
          "the output's encoding, %s, can't show %s; set LC_ALL=C.UTF-8, say"
              .formatted(invocation.out().charset(), language.tag()));
    }
    return language;
  }

  /// A language by its tag.
  static final class ByTag implements ITypeConverter<Language> {
    @Override
    public Language convert(String text) {
      Language language = Language.tagged(text);
      if (language == null) {
        throw new TypeConversionException("must be en or zh-TW");
      }
      return language;
    }
  }
}
