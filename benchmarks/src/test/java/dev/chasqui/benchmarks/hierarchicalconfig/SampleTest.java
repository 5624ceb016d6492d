package dev.chasqui.benchmarks.hierarchicalconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class SampleTest {
  @Test
  void of_fiveLevels_spreadsOverridesEvenly() {
    Sample sample = Sample.of(5, 130);

    assertThat(sample.catalogue().size()).isEqualTo(1_399);
    assertThat(sample.catalogue().settings()).filteredOn(Sample::isInt).hasSize(498);
    assertThat(sample.layers()).hasSize(5).allSatisfy(layer -> assertThat(layer).hasSize(26));
  }

  @Test
  void of_askedTwice_isTheSame() {
    assertThat(Sample.of(5, 520).layers()).isEqualTo(Sample.of(5, 520).layers());
    assertThat(Sample.of(5, 520).defaults()).isEqualTo(Sample.of(5, 520).defaults());
  }

  @Test
  void of_everyOverride_isAllowed() {
    Sample sample = Sample.of(10, 520);
    for (Map<String, Number> layer : sample.layers()) {
      layer.forEach((key, value) ->
          assertThat(sample.catalogue().check(key, Sample.json(value))).as(key).isNull());
    }
  }

  @Test
  void of_moreOverridesThanThereAre_isRefused() {
    assertThatThrownBy(() -> Sample.of(5, 10_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("were to be 10000");
  }
}
