package dev.chasqui.houserules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a library shows to the world. */
final class ModuleDescriptorsTest {
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("librariesWithCode")
  void library_isAModuleNamedAsItsPackageRoot(Part library) throws IOException {
    assertThat(descriptor(library).name()).isEqualTo(library.packageRoot());
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("librariesWithCode")
  void library_exportsNothingInternal(Part library) throws IOException {
    assertThat(internalExports(descriptor(library))).isEmpty();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("librariesWithCode")
  void library_isNotOpenToReflection(Part library) throws IOException {
    assertThat(descriptor(library).isOpen()).isFalse();
  }

  /** What is both is looked for when a user's module is compiled, though it need not be there when it runs. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("librariesWithCode")
  void library_optionalModules_areNotAskedOfItsUsers(Part library) throws IOException {
    assertThat(descriptor(library).requires())
        .filteredOn(requires -> requires.modifiers().contains(Modifier.STATIC))
        .noneMatch(requires -> requires.modifiers().contains(Modifier.TRANSITIVE));
  }

  @Test
  void internalExports_exportedInternalPackage_isNamed() {
    ModuleDescriptor descriptor = ModuleDescriptor.newModule("fixture")
        .exports("fixture")
        .exports("fixture.internal")
        .exports("fixture.internal.deeper")
        .build();

    assertThat(internalExports(descriptor))
        .containsExactly("fixture.internal", "fixture.internal.deeper");
  }

  /** Empty only as long as no library has code. */
  static Stream<Part> librariesWithCode() {
    return Layout.parts().filter(part -> part.isLibrary() && part.hasCode());
  }

  private static List<String> internalExports(ModuleDescriptor descriptor) {
    return descriptor.exports().stream()
        .map(ModuleDescriptor.Exports::source)
        .filter(name -> (name + ".").contains(".internal."))
        .sorted()
        .toList();
  }

  private static ModuleDescriptor descriptor(Part library) throws IOException {
    Path file = library.path().resolve("target/classes/module-info.class");
    assertThat(file).as("descriptor of %s, from its module-info.java", library).exists();
    try (InputStream in = Files.newInputStream(file)) {
      return ModuleDescriptor.read(in);
    }
  }
}
