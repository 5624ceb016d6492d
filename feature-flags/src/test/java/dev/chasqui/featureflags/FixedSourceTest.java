package dev.chasqui.featureflags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.openfeature.sdk.OpenFeatureAPI;
import org.junit.jupiter.api.Test;

final class FixedSourceTest {
  @Test
  void open_anyText_isThereAtOnce() {
    OpenFeatureAPI api = OpenFeatureAPI.createIsolated();
    api.setProviderAndWait(FlagProvider.builder()
        .source(FixedSource.of(HandSource.document(0, "a").toJson()))
        .build());

    assertThat(api.getClient().getBooleanValue("a", false)).isTrue();
    api.shutdown();
  }

  @Test
  void ofResource_oneThatIsThere_isRead() {
    Heard heard = new Heard();
    FixedSource.ofResource(FixedSourceTest.class, "fixed-flags.json").open(heard);

    assertThat(heard.calls).containsExactly("loaded 0 [welcome]");
  }

  @Test
  void ofResource_oneThatIsNotThere_isRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FixedSource.ofResource(FixedSourceTest.class, "none.json"))
        .withMessageContaining("none.json");
  }

  @Test
  void of_textThatIsNoDocument_isRefused() {
    assertThatThrownBy(() -> FixedSource.of("[]")).isInstanceOf(FlagFormatException.class);
  }

  @Test
  void open_afterClose_isRefused() {
    FixedSource source = FixedSource.of("{\"flags\":{}}");
    source.close();

    assertThatIllegalStateException().isThrownBy(() -> source.open(new Heard()));
  }
}
